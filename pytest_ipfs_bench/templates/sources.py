"""What can be told of generated Python without running it: whether it parses, whom it imports, what importing it would run."""

import ast
import importlib.machinery
import re
import sys
from collections.abc import Collection, Iterable, Iterator

from pytest_ipfs_bench.templates.validation import Finding

# What may be called while a module is imported: it declares, and does nothing else.
DECLARING = re.compile(
    r"pytest\.mark\.[a-zA-Z]\w*|pytest\.(param|fixture|importorskip)|(dataclasses\.)?(dataclass|field)|hookimpl"
    r"|frozenset|tuple|dict|set|range"
)
DECORATING = re.compile(
    rf"{DECLARING.pattern}|property|staticmethod|classmethod|abstractmethod|override|functools\.cached_property"
)
TRUSTED = {
    "pytest", "dataclasses", "functools", "dataclass", "field", "hookimpl", "abstractmethod", "override",
    "frozenset", "tuple", "dict", "set", "range", "property", "staticmethod", "classmethod",
}  # fmt: skip
FROM = ("pytest", "dataclasses", "functools", "abc", "typing", "pytest_ipfs_bench")  # where these names come from
# Arguments of declarations that may be functions, which are called at once.
CALLBACKS = ("ids", "default_factory", "scope", "params")
LARGE = 1_000_000
MAKERS = ("list", "dict", "set", "tuple", "str", "None")
# Names under which pytest or Python itself calls a function of a module, or of a class, that is only imported.
CALLED = ("pytest_", "__getattr__", "__init_subclass__", "__set_name__", "__class_getitem__", "__prepare__")
PLAIN = (
    ast.Constant, ast.Name, ast.Attribute, ast.Tuple, ast.List, ast.Set, ast.Dict, ast.BinOp, ast.UnaryOp, ast.JoinedStr,
    ast.FormattedValue, ast.Subscript, ast.Starred, ast.Slice, ast.Compare, ast.BoolOp, ast.keyword, ast.operator,
    ast.unaryop, ast.boolop, ast.cmpop, ast.expr_context,
)  # fmt: skip


def check(text: str, where: str, beside: Collection[str] = ()) -> list[Finding]:
    """What is wrong with a module: it does not parse, or imports what is neither installed nor one of the modules beside it."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None)
        shown = _shown(text, line)
        return [Finding("python", f"what it makes is no Python: {_words(error)}{shown}", where=where)]
    return [
        Finding("import", f"it imports {module!r}, which is not installed here", where=where)
        for module in dict.fromkeys(_missing(tree))
        if module not in beside
    ]


def runs(text: str) -> str | None:
    """What importing a module would run, beyond declarations, in words; None if nothing. Careful rather than complete.

    >>> runs("import os\\nos.remove('x')\\n")
    "line 2: os.remove('x')"
    >>> runs("import pytest\\n\\n@pytest.mark.slow\\ndef test_a():\\n    print(1)\\n")
    """
    try:
        tree = ast.parse(text)
        found = next(_run(tree.body, local=_defined(tree)), None)
    except (RecursionError, MemoryError):
        return "something that is nested too deep to tell"
    if found is None:
        return None
    return f"line {getattr(found, 'lineno', 1)}: {ast.unparse(found).splitlines()[0][:80]}"


def _run(body: list[ast.stmt], local: set[str]) -> Iterator[ast.AST]:
    """The parts of statements that do something when they are imported."""
    for statement in body:
        match statement:
            case ast.Import() | ast.ImportFrom():
                yield from _renamed(statement)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield from _function(statement, local)
            case ast.ClassDef():
                yield from _class(statement, local)
            case ast.Assign() | ast.AnnAssign() | ast.Expr():
                yield from _value(statement, local)
            case ast.If() | ast.Try():
                yield from _branches(statement, local)
            case ast.Pass():
                pass
            case _:
                yield statement


def _value(statement: ast.Assign | ast.AnnAssign | ast.Expr, local: set[str]) -> Iterator[ast.AST]:
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", ast.Name("_"))]
    yield from (one for one in targets if not isinstance(one, ast.Name) or one.id.startswith("pytest_"))
    if statement.value is not None:
        yield from _calls(statement.value, local)


def _branches(statement: ast.If | ast.Try, local: set[str]) -> Iterator[ast.AST]:
    if isinstance(statement, ast.Try):
        handled = [one for handler in statement.handlers for one in handler.body]
        yield from _run([*statement.body, *handled, *statement.orelse, *statement.finalbody], local)
        return
    if ast.unparse(statement.test) != "__name__ == '__main__'":
        yield from _calls(statement.test, local)
        yield from _run(statement.body, local)
    yield from _run(statement.orelse, local)


def _renamed(statement: ast.Import | ast.ImportFrom) -> Iterator[ast.AST]:
    """An import that hides, or could, behind a name that is trusted here."""
    for alias in statement.names:
        bound = alias.asname or alias.name.partition(".")[0]
        origin = (getattr(statement, "module", None) or alias.name).partition(".")[0]
        if (bound in TRUSTED or bound == "*") and (origin not in FROM or bool(getattr(statement, "level", 0))):
            yield statement


def _function(function: ast.FunctionDef | ast.AsyncFunctionDef, local: set[str]) -> Iterator[ast.AST]:
    if function.name.startswith(CALLED):
        yield function
    defaults = [one for one in (*function.args.defaults, *function.args.kw_defaults) if one]
    for part in (*function.decorator_list, *defaults):
        yield from _calls(part, local)
    for decorator in function.decorator_list:
        if not isinstance(decorator, ast.Call) and not _trusted(decorator, local, DECORATING):
            yield decorator


def _class(owner: ast.ClassDef, local: set[str]) -> Iterator[ast.AST]:
    if owner.keywords:
        yield owner
    for part in (*owner.bases, *owner.decorator_list):
        yield from _calls(part, local)
    for decorator in owner.decorator_list:
        if not isinstance(decorator, ast.Call) and not _trusted(decorator, local, DECLARING):
            yield decorator
    yield from _run(owner.body, local)


def _calls(value: ast.expr, local: set[str]) -> Iterator[ast.AST]:
    """The parts of an expression that are more than values."""
    parts: Iterable[ast.AST] = ast.iter_child_nodes(value)
    if isinstance(value, ast.Call):
        parts = (*value.args, *(one.value for one in value.keywords))
        if not _trusted(value.func, local, DECLARING) or any(_is_called(one, local) for one in value.keywords):
            yield value
    elif not isinstance(value, PLAIN) or (isinstance(value, ast.BinOp) and _is_large(value)):
        yield value
        return
    for part in parts:
        if isinstance(part, ast.expr):
            yield from _calls(part, local)


def _is_called(keyword: ast.keyword, local: set[str]) -> bool:
    """Whether a declaration is given a function that it will call."""
    if keyword.arg not in CALLBACKS or isinstance(keyword.value, ast.Constant):
        return False
    told = ast.unparse(keyword.value)
    return not (isinstance(keyword.value, ast.List | ast.Tuple) or (told in MAKERS and told not in local))


def _is_large(value: ast.BinOp) -> bool:
    """Whether an operator could make something of any size: a power, a shift, a product of more than two small numbers."""
    if isinstance(value.op, ast.Mult):
        sides = (value.left, value.right)
        return not all(isinstance(one, ast.Constant) and type(one.value) is int and one.value <= LARGE for one in sides)
    return isinstance(value.op, ast.Pow | ast.LShift)


def _trusted(function: ast.expr, local: set[str], names: re.Pattern[str]) -> bool:
    told = ast.unparse(function)
    return told.partition(".")[0] not in local and names.fullmatch(told) is not None


def _defined(tree: ast.Module) -> set[str]:
    """Names that the module itself gives a function or class."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    assigned = (node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    return {node.name for node in ast.walk(tree) if isinstance(node, kinds)} | set(assigned)


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
