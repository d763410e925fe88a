"""The support matrix, check x backend, of a run of the suite that was stored.

pytest --pyargs pytest_ipfs_bench.testing --hardware=all --bench-db=conformance.duckdb
python -m pytest_ipfs_bench.testing.matrix conformance.duckdb
"""

import sys
from collections.abc import Iterable
from pathlib import Path

from pytest_ipfs_bench.cell import PRECISIONS
from pytest_ipfs_bench.testing.always import AlwaysChecks
from pytest_ipfs_bench.testing.device import DeviceChecks

SQL = """
SELECT node_id, status FROM integration_test_results JOIN test_runs USING (run_id)
WHERE node_id LIKE '%::test_%[%]' AND started_at = (SELECT max(started_at) FROM test_runs)
"""
Check = tuple[str, str]
SIGNS = {"pass": "yes", "skip": "-", "fail": "NO", "error": "NO", "xfail": "not yet"}


def markdown(outcomes: Iterable[tuple[str, str]]) -> str:
    """A table of node ids and their statuses: a row per check, a column per backend."""
    found = {place: SIGNS.get(status, status) for place, status in ((_place(node), told) for node, told in outcomes)}
    checks = sorted({check for check, _ in found}, key=_order)
    backends = list(dict.fromkeys(backend for _, backend in found))
    rows = [["check", *backends], ["---"] * (len(backends) + 1)]
    rows += [[_words(*check), *(found.get((check, backend), "") for backend in backends)] for check in checks]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _place(node: str) -> tuple[Check, str]:
    """The check (its name, and the precision it asks for) and the backend of a node id."""
    name, _, parameters = node.rpartition("::")[2].removesuffix("]").partition("[")
    parts = parameters.split("-")
    asked = [part for part in parts if part in PRECISIONS]
    return (name, "".join(asked)), "-".join(part for part in parts if part not in PRECISIONS)


def _order(check: Check) -> tuple[int, int]:
    """As the checks are written."""
    name, asked = check
    written = [*vars(AlwaysChecks), *vars(DeviceChecks)]
    return written.index(name), ("", *PRECISIONS).index(asked)


def _words(name: str, asked: str) -> str:
    return name.removeprefix("test_").replace("_", " ") + (f" ({asked})" if asked else "")


def main() -> None:
    """The matrix of the newest run in the database named."""
    from pytest_ipfs_bench import ask

    sys.stdout.write(markdown(ask.ask(Path(sys.argv[1]), SQL, timeout=60.0).rows))


if __name__ == "__main__":
    main()
