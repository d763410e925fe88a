"""What can be told of generated Python without running it: whether it parses, and whom it imports."""

import ast
import importlib.machinery
import re
import sys
from collections.abc import Collection, Iterator

from pytest_ipfs_bench.templates.validation import Finding

# PEP 263. Importing a file honours it, and nothing that reads the text does.
COOKIE = re.compile(r"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")


def check(text: str, where: str, beside: Collection[str] = ()) -> list[Finding]:
    """What is wrong with a module: it does not parse, or imports what is neither installed nor one of the modules beside it."""
    try:
        tree = ast.parse(text.encode())
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None)
        shown = _shown(text, line)
        return [Finding("python", f"what it makes is no Python: {_words(error)}{shown}", where=where)]
    declared = next((found[1] for line in text.splitlines()[:2] if (found := COOKIE.match(line))), "utf-8")
    if declared.lower().replace("_", "-") not in ("utf-8", "utf8"):
        return [Finding("python", f"it declares the encoding {declared}; files are written in UTF-8", where=where)]
    return [
        Finding("import", f"it imports {module!r}, which is not installed here", where=where)
        for module in dict.fromkeys(_missing(tree))
        if module not in beside
    ]


def _missing(tree: ast.Module) -> Iterator[str]:
    """Modules that are imported and not there; not those whose absence the module itself foresees."""
    foreseen = {id(node) for guard in ast.walk(tree) if _guards(guard) for node in ast.walk(guard)}
    for node in ast.walk(tree):
        if id(node) in foreseen:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if not _is_there(alias.name))
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level and not _is_there(node.module):
            yield node.module


def _guards(node: ast.AST) -> bool:
    if isinstance(node, ast.Try):
        caught = " ".join(ast.unparse(handler.type) for handler in node.handlers if handler.type)
        return "ImportError" in caught or "ModuleNotFoundError" in caught or any(not one.type for one in node.handlers)
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def _is_there(module: str) -> bool:
    """Whether a module can be found; nothing is imported for it."""
    first, _, rest = module.partition(".")
    if first in sys.builtin_module_names or module in sys.stdlib_module_names:
        return True
    path = None
    for name in _steps(first, rest):
        found = importlib.machinery.PathFinder.find_spec(name, path)
        if found is None:
            return False
        if found.submodule_search_locations is None:
            return name == module or first in sys.stdlib_module_names  # os.path is a name of os, and no file in it
        path = list(found.submodule_search_locations)
    return True


def _steps(first: str, rest: str) -> Iterator[str]:
    yield (so_far := first)
    for part in rest.split(".") if rest else ():
        yield (so_far := f"{so_far}.{part}")


def _words(error: Exception) -> str:
    if isinstance(error, SyntaxError):
        return f"line {error.lineno}: {error.msg}"
    return f"{type(error).__name__}: {error}"


def _shown(text: str, line: int | None) -> str:
    lines = text.splitlines()
    return f": {lines[line - 1].strip()[:80]}" if line and line <= len(lines) else ""
