"""Tables of old results together: which hold results, which give names for ids, which rows belong to others."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from pytest_ipfs_bench.importers import table_shapes as shapes
from pytest_ipfs_bench.importers.contract import Finding, Kind
from pytest_ipfs_bench.importers.table_entry import Entry, Fields
from pytest_ipfs_bench.importers.table_rows import read
from pytest_ipfs_bench.records import Performance

Rows = Mapping[str, Fields]  # by their key, as text
# Tables of names: what they are about, the column that names it.
REGISTRIES = {
    "models": ("model_id", "model_name"),
    "hardware_platforms": ("hardware_id", "hardware_type"),
}

ALIKE = 3  # webgpu_advanced_features belongs to web_platform_results, not to performance_results


@dataclass(frozen=True, eq=False)
class Table:
    """A table: its columns, the number of its rows, and a way to read them, as often as need be, as plain mappings."""

    name: str
    columns: tuple[str, ...]
    size: int
    rows: Callable[[], Iterable[Fields]] = field(repr=False)
    foreign: Mapping[str, str] = field(default_factory=dict)  # columns, and the tables that they are declared to call

    @cached_property
    def kind(self) -> Kind | None:
        """What its rows are, by its columns."""
        return shapes.kind_of(frozenset(self.columns))

    @cached_property
    def key(self) -> str | None:
        """The column by which other tables call its rows."""
        if shapes.is_run(frozenset(self.columns)):
            return "run_id"
        own = shapes.references(frozenset(self.columns))
        first = next((name for name in self.columns if name in own), None)
        return "id" if "id" in self.columns else first if first == self.columns[0] else None

    def by(self, column: str | None) -> Rows:
        """Its rows by a column's value, as text."""
        return {str(row[column]): row for row in self.rows() if row.get(column) is not None} if column else {}

    def keys(self) -> set[str]:
        """The values of its key, as text."""
        return {str(row[self.key]) for row in self.rows() if row.get(self.key) is not None} if self.key else set()


@dataclass(frozen=True)
class Plan:
    """What is to be made of each table. `parents`: the table that a table's rows belong to, and the column that says so."""

    tables: Sequence[Table]
    results: Sequence[Table]
    parents: Mapping[Table, tuple[Table, str]]

    @cached_property
    def registries(self) -> dict[str, list[Table]]:
        """Tables that give names for ids, by what they name."""
        return {name: [table for table in self.tables if _names(table, name)] for name in REGISTRIES}

    @property
    def known(self) -> bool:
        """Whether any table is one of ours, with results in it or not."""
        return any(table.kind for table in self.tables) or any(self.registries.values())

    @cached_property
    def children(self) -> dict[Table, tuple[Table, str]]:
        """Tables whose rows are kept with those of another: details of a measurement, and whatever is no result itself.

        A family has two generations: who has children is nobody's child, so that no row is lost in a circle.
        """
        found: dict[Table, tuple[Table, str]] = {}
        for table, (parent, column) in self.parents.items():
            detail = table.kind is None or table.kind is parent.kind is Performance
            if detail and parent not in found and table not in {above for above, _ in found.values()}:
                found[table] = parent, column
        return found

    def describe(self) -> str:
        """Every table, with its rows, in words."""
        return ", ".join(f"{table.name} ({self.rows(table, table.size)})" for table in self.tables)

    def rows(self, table: Table, number: int) -> str:
        """A number of rows of a table, and what they are good for, in words."""
        named = any(table in tables for tables in self.registries.values())
        return f"{number} row{'' if number == 1 else 's'}{': names for ids' if named else ''}" if number else "empty"


def plan(tables: Sequence[Table]) -> Plan:
    """What is to be made of these tables. Looks at columns and at whether there are rows, at no row itself."""
    known = [table for table in tables if table.kind]
    parents = {table: found for table in tables if table.size and (found := _parent(table, known))}
    return Plan(tables, [table for table in known if table.size], parents)


def findings(found: Plan) -> Iterator[Finding]:
    """Every result in these tables. Rows that belong to another table's go with those, if they are there."""
    links = _links(found)
    for table in found.results:
        above = found.parents.get(table) if table not in found.children else None
        parents = above[0].by(above[0].key) if above else {}
        for number, fields, repeated in _numbered(table, links.families.claimed.get(table, frozenset())):
            parent = parents.get(str(fields.get(above[1])), {}) if above else {}
            yield from read(table.kind or Performance, links.entry(table, number, fields, parent, repeated))


@dataclass(frozen=True)
class _Links:
    """What the rows of other tables say of a row."""

    models: Rows
    hardware: Rows
    runs: Rows
    families: "_Families"
    context: Mapping[str, Mapping[str, str]]

    def entry(self, table: Table, number: int, fields: Fields, parent: Fields, repeated: int) -> Entry:
        return Entry(
            table=table.name,
            place=f"{table.name} row {number}".strip(),
            fields=fields,
            model=_refer(self.models, "model_id", fields, parent),
            hardware=_refer(self.hardware, "hardware_id", fields, parent),
            run=_refer(self.runs, "run_id", fields, parent) if table.key != "run_id" else {},
            parent=parent,
            children=self.families.of(table, fields),
            context=self.context,
            nth=repeated,
        )


def _links(found: Plan) -> _Links:
    models, hardware = (_registry(found.registries[name], name) for name in ("models", "hardware_platforms"))
    runs = {key: row for table in found.tables if table.key == "run_id" for key, row in table.by("run_id").items()}
    families = _families(found)
    left = _left_over(found, families)
    return _Links(models, hardware, runs, families, {"tables_without_results": left} if left else {})


@dataclass(frozen=True)
class _Families:
    """Rows that are kept with another table's: by that table's name and the row's key; and the numbers of those rows."""

    rows: Mapping[tuple[str, str], Mapping[str, list[Fields]]]
    claimed: Mapping[Table, frozenset[int]]

    def of(self, table: Table, fields: Fields) -> Mapping[str, list[Fields]]:
        return self.rows.get((table.name, str(fields.get(table.key or ""))), {})


def _families(found: Plan) -> _Families:
    rows: dict[tuple[str, str], dict[str, list[Fields]]] = {}
    claimed = {}
    for table, (parent, column) in found.children.items():
        there = parent.keys()
        taken = set()
        for number, fields in enumerate(table.rows(), 1):
            if (key := str(fields.get(column))) in there:
                rows.setdefault((parent.name, key), {}).setdefault(table.name, []).append(fields)
                taken.add(number)
        claimed[table] = frozenset(taken)
    return _Families(rows, claimed)


def _numbered(table: Table, claimed: frozenset[int]) -> Iterator[tuple[int, Fields, int]]:
    """The rows that no other table has claimed: with their number, and how often the same was there before."""
    before: Counter[str] = Counter()
    for number, fields in enumerate(table.rows(), 1):
        if number in claimed:
            continue
        repeated = 0
        if fields.get(table.key or "") is None:  # rows with a key differ by it
            written = repr(fields)
            repeated = before[written]
            before[written] += 1
        yield number, fields, repeated


def _left_over(found: Plan, families: _Families) -> dict[str, str]:
    """The tables with rows that are neither results nor kept with one, in words."""
    rest = {table: table.size - len(families.claimed.get(table, ())) for table in found.tables if not table.kind}
    return {table.name: found.rows(table, number) for table, number in rest.items() if number}


def _registry(tables: Sequence[Table], name: str) -> Rows:
    column = REGISTRIES[name][0]
    keyed = ((table, column if column in table.columns else "id") for table in tables)
    return {key: row for table, key_column in keyed for key, row in table.by(key_column).items()}


def _names(table: Table, name: str) -> bool:
    """Whether a table gives names for ids: it is called by what it names, or begins with the id and holds nothing else."""
    column, naming = REGISTRIES[name]
    called = table.name.rpartition(".")[2] == name and {column, "id"} & {*table.columns}
    return naming in table.columns and bool(called or (table.columns[0] == column and table.kind is None))


def _refer(rows: Rows, column: str, fields: Fields, parent: Fields) -> Fields:
    """The row that this one's id stands for, or that of the row above it."""
    keys = (fields.get(column), parent.get(column))
    return next((rows[str(key)] for key in keys if key is not None and str(key) in rows), {})


def _parent(table: Table, known: Sequence[Table]) -> tuple[Table, str] | None:
    """The table of results that a column of this one points at, if that is certain: a wrong one would lend its names."""
    own = shapes.references(frozenset(table.columns)) - {table.key}
    for column in table.columns:
        if column in own and (other := _pointed_at(table, column, known)):
            return other, column
    return None


def _pointed_at(table: Table, column: str, known: Sequence[Table]) -> Table | None:
    """The one table that a column may call: by a foreign key, by the key's name, or as `test_id` calls `test_results`."""
    others = [other for other in known if other is not table and other.size and other.key not in (None, "run_id")]
    declared = [other for other in others if other.name == table.foreign.get(column)]
    keyed = [other for other in others if other.key == column]
    called = [other for other in others if other.key == "id" and column.removesuffix("_id") in other.name]
    found = declared or keyed or called
    alike = [other for other in found if other.name[:ALIKE] == table.name[:ALIKE]]
    return next((few[0] for few in (found, alike) if len(few) == 1), None)
