"""Which columns of a table tell people something: those in which something is known, and those in which rows differ."""

from pytest_ipfs_bench.reports.table import Table

# What says which cell a row is about: often the same in all rows, and then a line above them instead of a column.
ABOUT = frozenset({
    "weights", "hardware", "device", "runtime", "mode", "precision", "batch", "shape", "options", "provenance", "statistic",
    "host", "type",
})  # fmt: skip
QUIET = frozenset({"options"})  # columns of which people are not even told that nothing is known in them


def known(table: Table) -> list[int]:
    """The places of columns in which something is known, and the first."""
    return [place for place in range(len(table.columns)) if place == 0 or _known(table, place)]


def differing(table: Table) -> list[int]:
    """Of these, those that are not the same in each of several rows."""
    places = known(table)
    if len(table.rows) < 2:  # noqa: PLR2004  of one row all would be
        return places
    return [place for place in places if place == 0 or table.columns[place] not in ABOUT or not _same(table, place)]


def unknown(table: Table) -> list[str]:
    """The names of columns in which nothing is known, where people would miss them."""
    there = {*known(table), *(place for place, name in enumerate(table.columns) if name in QUIET)}
    return [name for place, name in enumerate(table.columns) if place not in there and table.rows]


def _known(table: Table, place: int) -> bool:
    return any(row[place] is not None for row in table.rows)


def _same(table: Table, place: int) -> bool:
    first = table.rows[0][place]
    return all(row[place] == first for row in table.rows)
