import json

import pytest

from pytest_ipfs_bench.importers.contract import Finding, Importer, NotResults, Rejected
from pytest_ipfs_bench.importers.times import moment
from pytest_ipfs_bench.migration.run import Asked, migrate
from pytest_ipfs_bench.records import Compatibility, Outcome, Performance


class Simple(Importer):
    """A format of these tests: {"simple": [{"model": ..., "ms": ...} or {"test": ...} or {"runs": bool}]}."""

    name = "simple"

    def recognises(self, document):
        return "simple" in document.keys

    def read(self, document):
        rows = document.json["simple"]
        if rows == "summary":
            raise NotResults("a summary of other files")
        if rows == "broken":
            raise Rejected("a row without a number", "/simple/0")
        for number, row in enumerate(rows):
            yield finding(row, f"/simple/{number}")


def finding(row, place):
    common = {
        "place": place,
        "model": row.get("model"),
        "hardware": row.get("on", "cpu"),
        "time": moment(row.get("at")),
    }
    common |= {"simulated": row.get("simulated"), "extra": row.get("extra", {})}
    if "test" in row:
        columns = {"node_id": row["test"], "test_name": row["test"], "status": row["status"]}
        return Finding(kind=Outcome, columns=columns, **common)
    if "runs" in row:
        return Finding(kind=Compatibility, columns={"status": "compatible", "is_compatible": row["runs"]}, **common)
    columns = {"test_case": "t", "mode": "inference", "average_latency_ms": row["ms"]}
    if "batch" in row:
        columns["batch_size"] = row["batch"]
    return Finding(kind=Performance, columns=columns, **common)


@pytest.fixture
def tree(tmp_path):
    """tree(path, rows): writes a file of the format above; tree.root is the folder."""

    def write(path, content):
        file = write.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content if isinstance(content, str) else json.dumps({"simple": content}))
        return file

    write.root = tmp_path / "tree"
    write.root.mkdir()
    return write


@pytest.fixture
def database(tmp_path):
    return tmp_path / "bench.duckdb"


@pytest.fixture
def run(tree, database):
    """run(**how): one migration of the tree."""

    def go(*, importers=(), **how):
        return migrate(Asked(**{"trees": [tree.root], "database": database, **how}), [Simple(), *importers])

    return go


def result(ms=1.5, model="bert", **more):
    return {"model": model, "ms": ms, **more}
