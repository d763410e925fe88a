"""What may be said to a server: to hand rows over, and to copy a table. The server admits these texts and no other.

Client and server build them from the same files: what a client fills with rows is, to the server, a pattern in which
string literals may differ and nothing else. A client of another version therefore is refused, and asks why (`ABOUT`).
"""

import re
from collections.abc import Iterable, Mapping
from importlib import resources

from pytest_ipfs_bench.store import schema
from pytest_ipfs_bench.store.copy import FACTS, KEYS
from pytest_ipfs_bench.store.inserting import sql as of_store

LITERAL = "'(?:[^']|'')*'"
PARAMETER = re.compile(r"\$(\w+)(?![\w$])")
GUARD = "ipfs_bench_guard"  # the database in memory beside the served one: what the server knows, and asks itself
ABOUT = f"FROM {GUARD}.about"
COPIES = (*KEYS, "schema_version")
MARKED = ("performance_results", "hardware_compatibility", "integration_test_results")


def literal(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def copy_of(table: str) -> str:
    """All of one table."""
    return f"FROM {table}"


def rows(table: str, shape: str, lines: Iterable[str]) -> str:
    """Rows of one table (as JSON), those whose ids are not there already; `shape`: their types, as from_json wants them."""
    return _filled(_inserting(table), {"lines": "\n".join(lines), "shape": shape})


def marks(table: str, ids: Iterable[str]) -> str:
    """These results of a table are simulated."""
    return _filled(_marking(table), {"ids": f"[{', '.join(ids)}]"})


def handover(proof: str, statements: Iterable[str], *, keep: bool = True) -> str:
    """One transaction, which is kept or only tried; kept, it answers with the rows that each table gained."""
    return ";\n".join([_head(proof), _counted("earlier"), *statements, *_tail(keep=keep)])


def admitted(proof: str) -> str:
    """A regular expression that matches every text that a server admits from those who know the proof, and from readers."""
    told = "|".join(_pattern(one) for one in (*map(_inserting, KEYS), *map(_marking, MARKED)))
    tails = "|".join(_pattern(";\n".join(_tail(keep=keep))) for keep in (True, False))
    head = _pattern(";\n".join([_head(proof), _counted("earlier")]))
    copies = "|".join(_pattern(text) for text in (*map(copy_of, COPIES), ABOUT))
    return f"(?:{copies})|{head};\n(?:(?:{told});\n)*(?:{tails})"


def _head(proof: str) -> str:
    return f"/* pytest-ipfs-bench, schema {schema.VERSION}, {proof} */ BEGIN"


def _tail(*, keep: bool) -> list[str]:
    return [_counted("later"), "COMMIT", _sql("gained")] if keep else ["ROLLBACK"]


def _counted(when: str) -> str:
    return _sql("counted").format(when=when)


def _inserting(table: str) -> str:
    return of_store("insert_facts" if table in FACTS else "insert_dimensions").format(table=table, key=KEYS[table])


def _marking(table: str) -> str:
    return of_store("mark_simulated").format(table=table, key=KEYS[table])


def _filled(statement: str, values: Mapping[str, str]) -> str:
    return PARAMETER.sub(lambda found: literal(values[found[1]]), statement)


def _pattern(statement: str) -> str:
    parts = PARAMETER.split(statement)[::2]
    return LITERAL.join(map(re.escape, parts))


def _sql(name: str) -> str:
    return (resources.files(__package__) / "sql" / f"{name}.sql").read_text(encoding="utf-8").rstrip("\n")
