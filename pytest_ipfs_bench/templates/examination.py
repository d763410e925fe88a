"""What a template's text says before it is rendered: whom it builds on, which names nothing gives it. For the renderer."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

DEFINED = ("defined", "undefined")
DEFAULTED = ("default", "d")
RELATIONS = {"Extends": "extends", "Include": "include", "Import": "import", "FromImport": "import"}


@dataclass(frozen=True)
class Reference:
    """Another template that one names: extends, include or import."""

    relation: str
    name: str
    line: int


class Examiner:
    """Looks at templates and those that they build on; each text is parsed once."""

    def __init__(self, environment: Any, texts: Mapping[str, str], names: Iterable[str], known: Iterable[str]) -> None:
        self._environment, self._texts, self._names = environment, texts, list(names)
        self._known = {*known, *environment.globals}
        self._trees: dict[str, Any] = {}

    def examine(self, name: str) -> dict[str, Any]:
        """Its closure (itself first), its own references, and findings as dictionaries.

        Raises jinja2's TemplateSyntaxError for a text that can't be parsed, be it of a parent.
        """
        references = self.references(name)
        told = {"name": name, "references": [asdict(one) for one in references], "closure": [name]}
        broken = list(self._broken_references(name))
        if broken:
            return {**told, "findings": broken}
        closure = self.closure(name)
        findings = [*self._unresolved(name, closure), *self._unused(name, closure), *self._never_shown(name)]
        return {**told, "closure": closure, "findings": findings}

    def tree(self, name: str) -> Any:
        """The parsed text."""
        if name not in self._trees:
            self._trees[name] = self._environment.parse(self._texts[name], name, name)
        return self._trees[name]

    def references(self, name: str) -> list[Reference]:
        """The templates that a text names."""
        from jinja2 import nodes

        found = []
        kinds = (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)
        for node in self.tree(name).find_all(kinds):
            parts = node.template.items if isinstance(node.template, nodes.List | nodes.Tuple) else [node.template]
            for part in parts:
                told = part.value if isinstance(part, nodes.Const) else None
                found.append(
                    Reference(RELATIONS[type(node).__name__], told if isinstance(told, str) else "", node.lineno)
                )
        return found

    def closure(self, name: str) -> list[str]:
        """A template and all that it builds on, itself first."""
        found: dict[str, None] = {name: None}
        waiting = [name]
        while waiting:
            for reference in self.references(waiting.pop()):
                if reference.name not in found:
                    found[reference.name] = None
                    waiting.append(reference.name)
        return list(found)

    def _broken_references(self, name: str, path: tuple[str, ...] = ()) -> Iterator[dict[str, Any]]:
        """Names that are not written out, that nobody has, or that lead back."""
        for reference in self.references(name):
            line = {"template": name, "line": reference.line}
            if not reference.name:
                yield {
                    "rule": "parent",
                    "message": f"the name after {reference.relation} has to be written out",
                    **line,
                }
            elif reference.name in (*path, name):
                circle = " -> ".join((*path, name, reference.name))
                yield {"rule": "cycle", "message": f"it builds on itself: {circle}", **line}
            elif reference.name not in self._texts:
                message = f"no template is called {reference.name!r}{_guess(reference.name, self._names)}"
                yield {"rule": "parent", "message": message, **line}
            else:
                yield from self._broken_references(reference.name, (*path, name))

    def _unresolved(self, name: str, closure: list[str]) -> Iterator[dict[str, Any]]:
        """Variables that nothing gives a value."""
        from jinja2 import meta

        known = self._known.union(*(self._given(one) for one in closure))
        for variable in sorted(meta.find_undeclared_variables(self.tree(name)) - known):
            lines = [line for one, line in self._read(name) if one == variable]
            if lines:
                message = f"nothing is called {variable!r}{_guess(variable, known)}"
                yield {"rule": "variable", "message": message, "template": name, "line": min(lines)}

    def _unused(self, name: str, closure: list[str]) -> Iterator[dict[str, Any]]:
        """Variables that a text sets, or imports, and nothing reads."""
        read = {variable for one in closure for variable, _ in self._read(one)}
        for variable, line in self._given(name).items():
            if variable not in read and not variable.startswith("_"):
                message = f"{variable!r} is set, and nothing reads it{_guess(variable, read)}"
                yield {"rule": "unused", "message": message, "template": name, "line": line}

    def _never_shown(self, name: str) -> Iterator[dict[str, Any]]:
        """Of a text with a parent: blocks that no parent has, and what stands outside its blocks."""
        from jinja2 import nodes

        parents = self._parents(name)
        if not parents:
            return
        theirs = {block.name for one in parents for block in self.tree(one).find_all(nodes.Block)}
        mine = list(self.tree(name).find_all(nodes.Block))
        inside = {inner.name for block in mine for inner in block.find_all(nodes.Block)}
        for block in mine:
            if block.name not in theirs | inside:
                message = f"no parent has a block {block.name!r}: it is never rendered{_guess(block.name, theirs)}"
                yield {"rule": "unused", "message": message, "template": name, "line": block.lineno}
        for node in self.tree(name).body:
            if isinstance(node, nodes.Output) and not all(_is_blank(part) for part in node.nodes):
                message = "text outside of blocks is never rendered: the template extends another"
                yield {"rule": "unused", "message": message, "template": name, "line": node.lineno}

    def _parents(self, name: str) -> list[str]:
        """Those that it extends, the nearest first."""
        found: list[str] = []
        while True:
            name = next((one.name for one in self.references(name) if one.relation == "extends"), "")
            if not name:
                return found
            found.append(name)

    def _given(self, name: str) -> dict[str, int]:
        """What a text sets or imports, with the line. Macros are for others."""
        from jinja2 import nodes

        given: dict[str, int] = {}
        for node in self.tree(name).find_all((nodes.Assign, nodes.AssignBlock)):
            targets = [node.target, *node.target.find_all(nodes.Name)]
            given |= {one.name: node.lineno for one in targets if isinstance(one, nodes.Name)}
        for node in self.tree(name).find_all(nodes.Import):
            given[node.target] = node.lineno
        for node in self.tree(name).find_all(nodes.FromImport):
            given |= {one if isinstance(one, str) else one[1]: node.lineno for one in node.names}
        return given

    def _read(self, name: str) -> list[tuple[str, int]]:
        """Names that a text reads, but for those that it asks about (`is defined`, `| default`): they may be missing."""
        from jinja2 import nodes

        tree = self.tree(name)
        asked = [node.node for node in tree.find_all(nodes.Test) if node.name in DEFINED]
        asked += [node.node for node in tree.find_all(nodes.Filter) if node.name in DEFAULTED]
        free = {node.name for node in asked if isinstance(node, nodes.Name)} - self._known
        named = (node for node in tree.find_all(nodes.Name) if node.ctx == "load")
        return [(node.name, node.lineno) for node in named if node.name not in free]


def _guess(name: str, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, sorted(names), n=1, cutoff=0.5)
    return f". Did you mean {near[0]!r}?" if near else ""


def _is_blank(node: Any) -> bool:
    return not str(getattr(node, "data", "x")).strip()
