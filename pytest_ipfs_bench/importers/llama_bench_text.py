"""What llama-bench prints as SQL and as Markdown -> rows with the names of its JSON. Parsed, never executed."""

import re
from collections.abc import Iterator
from typing import Any

from pytest_ipfs_bench.importers.contract import Rejected

INSERT = re.compile(r"INSERT INTO (?:llama_bench|test) \(([\w, ]+)\) VALUES \((.*)\);?\s*")
VALUE = re.compile(r"\s*(?:'((?:[^']|'')*)'|([-+.\w]+))\s*(?:,|$)")
LOGS = re.compile(r"(ggml_|load_|register_|main:|warning:|  Device )")  # what the backends say before the table
SHORT = {
    "model": "model_type", "ngl": "n_gpu_layers", "threads": "n_threads", "sm": "split_mode", "fa": "flash_attn",
    "nkvo": "no_kv_offload", "mmap": "use_mmap", "embd": "embeddings", "dev": "devices", "ts": "tensor_split",
    "ot": "tensor_buft_overrides", "nopo": "no_op_offload", "noh": "no_host", "lm": "load_mode", "dio": "use_direct_io",
    "backend": "backends",
}  # fmt: skip
TEST = re.compile(r"(?:pp ?(?P<n_prompt>\d+))?\+?(?:tg ?(?P<n_gen>\d+))?(?: @ d(?P<n_depth>\d+))?")
SPEED = re.compile(r"(?P<avg_ts>[\d.]+)(?: ± (?P<stddev_ts>[\d.]+))?")


def is_sql(content: str) -> bool:
    """Whether these are the statements that llama-bench prints."""
    head = content[:8192]
    return ("INSERT INTO test (" in head or "INSERT INTO llama_bench (" in head) and "avg_ts" in head


def sql_rows(content: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows of its INSERT statements, one a line, with the places of their lines."""
    for number, line in enumerate(content.split("\n"), 1):
        if not line.startswith("INSERT INTO"):
            continue
        found = INSERT.fullmatch(line)
        if found is None:
            raise Rejected("the INSERT is not one of llama-bench's", f"line {number}")
        names, values = [name.strip() for name in found[1].split(",")], list(_values(found[2], number))
        if len(names) != len(values):
            raise Rejected(f"the INSERT names {len(names)} columns and has {len(values)} values", f"line {number}")
        yield f"line {number}", dict(zip(names, values, strict=True))


def _values(listed: str, number: int) -> Iterator[str | None]:
    place = 0
    while place < len(listed):
        found = VALUE.match(listed, place)
        if found is None:
            raise Rejected("a value of the INSERT is neither a number nor quoted text", f"line {number}")
        place = found.end()
        yield found[1].replace("''", "'") if found[1] is not None else None if found[2] == "NULL" else found[2]


def is_markdown(content: str) -> bool:
    """Whether this is llama-bench's table, maybe after what its backends logged; not a page with such a table in it."""
    for line in content[:8192].split("\n"):
        if line.startswith("|"):
            return {"model", "backend", "test", "t/s"} <= set(_cells(line))
        if line.strip() and not LOGS.match(line):
            return False
    return False


def markdown_rows(content: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows of its table, with the places of their lines."""
    header: list[str] = []
    for number, line in enumerate(content.split("\n"), 1):
        if not line.startswith("|") or set(line) <= set("|-: \r"):
            continue
        cells = _cells(line)
        if not header or cells == header:
            header = cells
        elif len(cells) != len(header):
            raise Rejected(f"the row has {len(cells)} cells, the header {len(header)}", f"line {number}")
        else:
            yield f"line {number}", _named(dict(zip(header, cells, strict=True)), number)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _named(row: dict[str, str], number: int) -> dict[str, Any]:
    test, speed = TEST.fullmatch(row["test"]), SPEED.fullmatch(row["t/s"])
    if test is None or speed is None:
        wrong = row["test"] if test is None else row["t/s"]
        raise Rejected(f"{wrong[:40]!r} is not what llama-bench writes there", f"line {number}")
    sizes = {name: value or "0" for name, value in test.groupdict().items()}
    speeds = {name: value for name, value in speed.groupdict().items() if value is not None}
    return {SHORT.get(name, name): value for name, value in row.items() if name != "t/s"} | sizes | speeds
