"""Whether a module only declares: what may be imported without running anything but imports of well-known modules.

Everything that is allowed is named here in its exact shape, and anything else is an act. Whoever reads code that somebody
else has written can't list what is dangerous; the list of what is harmless is short, and is what generated tests are made of.
"""

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

MODULES = frozenset((
    "__future__", "abc", "argparse", "collections", "contextlib", "copy", "csv", "dataclasses", "datetime", "enum", "functools",
    "io", "itertools", "json", "logging", "math", "operator", "os", "pathlib", "random", "re", "shutil", "statistics", "string",
    "subprocess", "sys", "tempfile", "textwrap", "time", "types", "typing", "uuid", "warnings",
    "duckdb", "hardware_backends", "model_suites", "numpy", "onnxruntime", "openvino", "pandas", "pluggy", "pytest",
    "pytest_ipfs_bench", "torch", "transformers",
))  # fmt: skip
OURS = ("pytest_ipfs_bench", "hardware_backends", "model_suites")
# Names that mean something below, with where they come from; None: they are Python's own, or the module itself.
MEANT = {
    "pytest": None, "dataclasses": None, "functools": None, "typing": None, "TYPE_CHECKING": "typing",
    "dataclass": "dataclasses", "field": "dataclasses", "hookimpl": "pytest_ipfs_bench.hookspecs",
    "abstractmethod": "abc", "override": "typing", "property": "", "staticmethod": "", "classmethod": "", "range": "",
    "ImportError": "", "ModuleNotFoundError": "", "object": "", "list": "", "dict": "", "set": "", "tuple": "", "str": "",
}  # fmt: skip
DECORATORS = (
    "property", "staticmethod", "classmethod", "abstractmethod", "override", "hookimpl", "functools.cached_property",
    "pytest.fixture", "dataclass", "dataclasses.dataclass",
)  # fmt: skip
FIELDS = ("dataclass", "dataclasses.dataclass", "field", "dataclasses.field")
MAKERS = ("list", "dict", "set", "tuple", "str")
METHODS = ("__init__", "__enter__", "__exit__", "__post_init__")  # of classes of which importing makes no instance
ASKED = ("TYPE_CHECKING", "typing.TYPE_CHECKING", "__name__ == '__main__'")
ABSENT = ("ImportError", "ModuleNotFoundError", "(ImportError, ModuleNotFoundError)")
OPERATORS = (ast.Add, ast.Sub, ast.BitOr)
LARGE, THIRD = 10_000, 3
DEEP = "something that is nested too deep to tell"


def acts(text: str, beside: Collection[str] = ()) -> str | None:
    """What importing a module would do beyond declarations, in words; None if nothing. beside: modules in its own folder.

    >>> acts("import os\\nos.remove('x')\\n")
    "line 2: os.remove('x')"
    >>> acts("import pytest\\n\\n@pytest.mark.slow\\ndef test_a() -> None:\\n    print(1)\\n")
    """
    try:
        tree = ast.parse(text.encode())  # as an import reads it: a comment may declare an encoding
        found = next(_Module.of(tree, frozenset(beside)).acts(tree.body), None)
        return f"line {getattr(found, 'lineno', 1)}: {ast.unparse(found).splitlines()[0][:80]}" if found else None
    except (RecursionError, MemoryError):
        return DEEP
    except (SyntaxError, ValueError) as error:
        return f"what can't be read ({error})"


@dataclass(frozen=True)
class _Module:
    """Names of a module: those that only ever hold what is written out, its classes, and those that come from our packages."""

    beside: frozenset[str]
    values: set[str] = field(default_factory=set)
    classes: set[str] = field(default_factory=set)
    ours: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, tree: ast.Module, beside: frozenset[str]) -> "_Module":
        found, others = cls(beside), set()
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                found.classes.add(node.name)
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                others.add(node.name)
            elif isinstance(node, ast.Import | ast.ImportFrom):
                names = {alias.asname or alias.name.partition(".")[0] for alias in node.names}
                others |= names
                found.ours.update(names if (getattr(node, "module", None) or "").partition(".")[0] in OURS else ())
        given = _given(tree)
        found.values.update(set(given) - others - found.classes)
        found.ours.difference_update(given, found.classes)
        while unknown := {
            one for one in found.values if not all(value and found._is_literal(value) for value in given[one])
        }:
            found.values.difference_update(unknown)
        return found

    def acts(self, body: list[ast.stmt], *, of_class: bool = False) -> Iterator[ast.AST]:
        """The parts of statements that are no declaration."""
        for statement in body:
            match statement:
                case ast.Import() | ast.ImportFrom():
                    yield from self._import(statement)
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    yield from self._function(statement, of_class=of_class)
                case ast.ClassDef():
                    yield from self._class(statement)
                case ast.Assign() | ast.AnnAssign() | ast.Expr():
                    yield from self._assignment(statement)
                case ast.If() | ast.Try():
                    yield from self._branches(statement, of_class=of_class)
                case ast.Pass():
                    pass
                case _:
                    yield statement

    def _import(self, statement: ast.Import | ast.ImportFrom) -> Iterator[ast.AST]:
        module = getattr(statement, "module", None)
        for alias in statement.names:
            origin, bound = (
                module or alias.name,
                alias.asname or (alias.name if module else alias.name.partition(".")[0]),
            )
            known = origin.partition(".")[0] in MODULES | self.beside and not getattr(statement, "level", 0)
            inner = any(part.startswith("__") for part in origin.split(".")) and origin != "__future__"
            true = alias.asname is None and MEANT.get(bound, "?") == (module or None)
            if not known or inner or alias.name == "*" or not (_is_free(bound) or true):
                yield statement

    def _function(self, function: ast.FunctionDef | ast.AsyncFunctionDef, *, of_class: bool) -> Iterator[ast.AST]:
        if not _is_free(function.name) and not (of_class and function.name in METHODS):
            yield function
        every = function.args
        arguments = [*every.posonlyargs, *every.args, *every.kwonlyargs, *filter(None, (every.vararg, every.kwarg))]
        types = [function.returns, *(one.annotation for one in arguments)]
        yield from (one for one in filter(None, types) if not self._is_type(one))
        yield from (one for one in (*every.defaults, *every.kw_defaults) if one and not self._is_value(one))
        yield from (one for one in function.decorator_list if not self._decorates(one))

    def _class(self, owner: ast.ClassDef) -> Iterator[ast.AST]:
        if owner.keywords or not _is_free(owner.name):
            yield owner
        for base in owner.bases:
            if not (isinstance(base, ast.Name) and base.id in {"object"} | self.classes | self.ours):
                yield base
        yield from (one for one in owner.decorator_list if not self._decorates(one))
        yield from self.acts(owner.body, of_class=True)

    def _assignment(self, statement: ast.Assign | ast.AnnAssign | ast.Expr) -> Iterator[ast.AST]:
        if not isinstance(statement, ast.Expr):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            yield from (one for one in targets if not (isinstance(one, ast.Name) and _may_be_set(one.id)))
        if isinstance(statement, ast.AnnAssign) and not self._is_type(statement.annotation):
            yield statement.annotation
        if statement.value is not None and not self._is_value(statement.value):
            yield statement.value

    def _branches(self, statement: ast.If | ast.Try, *, of_class: bool) -> Iterator[ast.AST]:
        """Every way that can be gone, but for what an import never does: the main guard, and what is for types alone."""
        ways = [statement.orelse]
        if isinstance(statement, ast.Try):
            ways += [statement.body, statement.finalbody, *(handler.body for handler in statement.handlers)]
            kinds = [handler.type for handler in statement.handlers if handler.type]
            yield from (one for one in kinds if ast.unparse(one) not in ABSENT)
        elif ast.unparse(statement.test) not in ASKED:
            ways.append(statement.body)
            yield from () if self._is_value(statement.test) else (statement.test,)
        for way in ways:
            yield from self.acts(way, of_class=of_class)

    def _decorates(self, node: ast.expr) -> bool:
        return (
            ast.unparse(node) in DECORATORS or _is_mark(node) or (isinstance(node, ast.Call) and self._declares(node))
        )

    def _is_type(self, node: ast.expr) -> bool:
        """An annotation: names, what they are subscripted with, and unions."""
        match node:
            case ast.Constant() | ast.Name() | ast.Attribute():
                return _is_path(node) or isinstance(node, ast.Constant)
            case ast.Subscript(value=owner, slice=inner):
                return _is_path(owner) and self._is_type(inner)
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return self._is_type(left) and self._is_type(right)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                return all(map(self._is_type, parts))
        return False

    def _is_value(self, node: ast.expr) -> bool:
        """An expression that only makes a value of what stands there."""
        match node:
            case ast.Constant():
                return True
            case ast.Name() | ast.Attribute():
                return _is_path(node)
            case ast.Tuple() | ast.List() | ast.Set() | ast.Dict():
                return all(self._is_part(one) for one in _parts(node))
            case ast.BinOp(left=left, op=operator, right=right):
                small = isinstance(operator, ast.Mult) and _is_small(left) and _is_small(right)
                return small or (isinstance(operator, OPERATORS) and self._is_value(left) and self._is_value(right))
            case ast.UnaryOp() | ast.BoolOp() | ast.Compare() | ast.IfExp() | ast.Subscript() | ast.Slice():
                return all(self._is_value(one) for one in ast.iter_child_nodes(node) if isinstance(one, ast.expr))
            case ast.JoinedStr(values=parts):
                return all(self._is_text(one) for one in parts)
            case ast.Call():
                return self._declares(node)
        return False

    def _is_part(self, node: ast.expr) -> bool:
        """A part of a list, or another list's parts."""
        if isinstance(node, ast.Starred):
            return self._is_literal(node.value)
        return self._is_value(node)

    def _is_text(self, node: ast.expr) -> bool:
        """A part of an f-string, without a width that could be any."""
        plain = isinstance(node, ast.FormattedValue) and node.format_spec is None and self._is_value(node.value)
        return plain or isinstance(node, ast.Constant)

    def _is_literal(self, node: ast.expr) -> bool:
        """Written out, or a name that holds a value: never a function, which a declaration might call."""
        match node:
            case ast.Constant():
                return True
            case ast.Name(id=name):
                return name in self.values
            case ast.Tuple() | ast.List() | ast.Set() | ast.Dict():
                return all(self._is_literal(one.value if isinstance(one, ast.Starred) else one) for one in _parts(node))
            case ast.UnaryOp(operand=operand):
                return isinstance(operand, ast.Constant)
            case ast.Call(func=function):
                return ast.unparse(function) in ("pytest.param", "range") and self._declares(node)
        return False

    def _declares(self, call: ast.Call) -> bool:
        """A call that declares: its name, its number of arguments, and what they are."""
        name, keywords = ast.unparse(call.func), {one.arg: one.value for one in call.keywords}
        if None in keywords or any(isinstance(one, ast.Starred) for one in call.args):
            return False
        if name == "pytest.mark.parametrize":  # its third argument calls nothing, its fourth might
            return len(call.args) < THIRD and all(map(self._is_literal, (*call.args, *keywords.values())))
        if _is_mark(call.func):
            return all(map(self._is_value, (*call.args, *keywords.values())))
        if name == "pytest.param":
            marks = keywords.pop("marks", ast.Constant(None))
            return all(map(self._is_literal, (*call.args, *keywords.values()))) and self._is_marks(marks)
        if name == "pytest.fixture":
            return not call.args and all(map(self._is_literal, keywords.values()))
        if name == "pytest.importorskip":
            return all(isinstance(one, ast.Constant) for one in (*call.args, *keywords.values())) and self._is_known(
                call
            )
        if name == "range":
            return not keywords and all(map(_is_small, call.args))
        if name in FIELDS:
            maker = keywords.pop("default_factory", ast.Name("list"))
            return not call.args and ast.unparse(maker) in MAKERS and all(map(self._is_value, keywords.values()))
        return False

    def _is_marks(self, node: ast.expr) -> bool:
        """A mark, or several."""
        each = node.elts if isinstance(node, ast.Tuple | ast.List) else [node]
        return all(isinstance(one, ast.Constant) or self._decorates(one) for one in each)

    def _is_known(self, call: ast.Call) -> bool:
        module = call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else None
        return isinstance(module, str) and module.partition(".")[0] in MODULES and "__" not in module


def _given(tree: ast.Module) -> dict[str, list[ast.expr | None]]:
    """Names with every value that they are given, wherever that is; None for one that is given by other means (a loop)."""
    found: dict[str, list[ast.expr | None]] = {}
    direct = set()
    for node in ast.walk(tree):
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        for target in targets:
            if isinstance(target, ast.Name):
                direct.add(id(target))
                found.setdefault(target.id, []).append(getattr(node, "value", None))
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and id(node) not in direct:
            found.setdefault(node.id, []).append(None)
    return found


def _is_free(name: str) -> bool:
    """Whether a name means nothing to Python, to pytest, or here."""
    return name not in MEANT and not name.startswith(("__", "pytest_"))


def _may_be_set(name: str) -> bool:
    return _is_free(name) or name in ("__all__", "__test__")


def _is_path(node: ast.expr) -> bool:
    """A name, or what it holds by names; none that is Python's own business."""
    while isinstance(node, ast.Attribute):
        if node.attr.startswith("_"):
            return False
        node = node.value
    return isinstance(node, ast.Name)


def _is_mark(node: ast.expr) -> bool:
    """`pytest.mark.NAME`."""
    return (
        isinstance(node, ast.Attribute) and not node.attr.startswith("_") and ast.unparse(node.value) == "pytest.mark"
    )


def _is_small(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int and abs(node.value) <= LARGE


def _parts(node: ast.Tuple | ast.List | ast.Set | ast.Dict) -> list[ast.expr]:
    if isinstance(node, ast.Dict):
        return [*(key for key in node.keys if key), *node.values]
    return node.elts
