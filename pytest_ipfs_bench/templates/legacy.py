"""Templates of the legacy project: sources of Python, some with fields of str.format, in JSON or in tables of a database."""

import ast
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_ipfs_bench.errors import BenchError
from pytest_ipfs_bench.store.connection import CONFIG, SANDBOX, explain

if TYPE_CHECKING:
    import duckdb

# Names that its generators knew, by which a text is told to be one of Jinja.
FIELDS = (
    "model_name", "model_id", "model_type", "model_base", "model_class", "model_category", "model_family", "modality",
    "platform", "platforms", "hardware_type", "device", "batch_size", "sequence_length", "class_name", "normalized_name",
)  # fmt: skip
FIELD = re.compile(r"(?<!\{)\{([A-Za-z_]\w*)\}(?!\})")  # of str.format
BRACES = ("{{", "{%", "{#")
MODALITIES = {
    "image": "vision",
    "text_embedding": "text",
    "text_generation": "text",
    "vision_language": "multimodal",
}
# Names of rows are made of what told them apart; what no name has becomes a dash.
TABLES = {
    "model_templates": """
        SELECT regexp_replace(model_id, '[^A-Za-z0-9_.-]', '-', 'g') AS name, template_content AS text, model_family,
            last_updated AS created_at FROM model_templates ORDER BY ALL""",
    "templates": """
        SELECT regexp_replace(concat_ws('-', model_type, template_type, platform), '[^A-Za-z0-9_.-]', '-', 'g') AS name,
            template AS text, model_type AS model_family, platform, coalesce(updated_at, created_at) AS created_at
        FROM templates ORDER BY ALL""",
}
STATEMENT = r"\{%-?\s*(?:extends|block|if|for|set|include|import|from|macro|raw)\b"
JINJA = re.compile(r"\{\{\s*(?:" + "|".join(FIELDS) + r")\b|" + STATEMENT)


def about(
    name: str, row: Mapping[str, Any], families: Collection[str], modalities: Collection[str], hardware: Collection[str]
) -> dict[str, str]:
    """What a legacy template is for: by its columns, by its name where that is a family or a modality, or begins with hardware.

    >>> about("cpu_embedding", {}, {"bert"}, {"text"}, {"cpu"})
    {'kind': 'test', 'hardware': 'cpu', 'description': 'legacy template cpu_embedding'}
    """
    told = {"kind": "skill" if name.startswith("skill") else "test"}
    named = str(row.get("model_family") or name).removeprefix("skill_")
    modality = MODALITIES.get(named, named)
    platform = str(row.get("platform") or name.partition("_")[0])
    if named.replace("_", "-") in families:
        told["family"] = named.replace("_", "-")
    elif modality in modalities:
        told["modality"] = modality
    if platform in hardware:
        told["hardware"] = platform
    return {**told, "description": f"legacy template {name}"}


def text(source: str) -> str:
    """A legacy text as one of Jinja: what it makes stays what it made.

    One that is no Python until its fields are filled in was meant for str.format: its fields become variables.

    >>> text("class Test{model_class}: x = {{}}")
    'class Test{{ model_class }}: x = {}'
    >>> text("x = f'{platform}'")
    "x = f'{platform}'"
    """
    if JINJA.search(source):
        return source
    if not _is_python(source) and _is_python(_single(FIELD.sub(r"\1", source))):
        protected = re.sub(r"\{(?=[{%#])", "{{ '{' }}", _single(FIELD.sub("\0\\1\1", source)))
        return protected.replace("\0", "{{ ").replace("\1", " }}")
    return _raw(source) if any(one in source for one in BRACES) else source


def tables(path: Path) -> list[dict[str, Any]]:
    """The rows of the template tables of a legacy database, which is only read. Raises BenchError where it has none."""
    import duckdb

    closed: Any = {**CONFIG, **SANDBOX}
    try:
        with duckdb.connect(str(path.resolve()), read_only=True, config=closed) as con:
            con.execute("SET enable_external_access = false")
            there = {name for (name,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
            if "schema_version" in there and "template_versions" in there:
                raise BenchError(f"{path}: a database of this program.\nTake it in with: ipfs-bench db merge {path}")
            if not there & set(TABLES):
                raise BenchError(f"{path}: it has none of the tables {', '.join(TABLES)}.")
            return [row for name in sorted(there & set(TABLES)) for row in _table(con, TABLES[name])]
    except duckdb.Error as error:
        raise BenchError(str(explain(path, error))) from error


def _table(con: "duckdb.DuckDBPyConnection", sql: str) -> list[dict[str, Any]]:
    answer = con.execute(sql)
    columns = [column[0] for column in answer.description or ()]
    return [{**dict(zip(columns, row, strict=True)), "legacy": True} for row in answer.fetchall()]


def _single(source: str) -> str:
    return source.replace("{{", "{").replace("}}", "}")


def _is_python(source: str) -> bool:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _raw(source: str) -> str:
    return "{% raw %}" + source.replace("{% endraw %}", "{% endraw %}{{ '{% endraw %}' }}{% raw %}") + "{% endraw %}"
