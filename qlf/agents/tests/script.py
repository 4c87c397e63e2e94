"""A world written down: the factory calls that arrange it, and the requests about its rows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from qlf.agents.tests.names import identifier, json_value, python_value, quoted, snake
from qlf.agents.tests.world import Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from qlf.agents.tests.world import World
    from qlf.model.spec import Property, Relation, Route, Spec

_ORDINALS = ("", "other_", "third_", "fourth_", "fifth_", "sixth_")
# What a test's own variables and fixtures are called.
_TAKEN = frozenset(
    {"session", "client", "response", "body", "before", "app", "viewer"}
    | {"member", "value", "role", "method", "path", "sort", "step", "select", "date", "day", "parts", "wire"}
)
_TEXT = re.compile(r"""(\bf)?(?:"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)')""")
_REPLACED = re.compile(r"\{([^{}]*)\}")


class Script:
    """The arrangement of one test."""

    def __init__(self, spec: Spec, world: World) -> None:
        self.spec = spec
        self.world = world
        self._names: dict[int, str] = {}
        self._order: list[Row] = []
        self._calls: list[tuple[str, str]] = []

    def arrange(self, roots: Iterable[Row]) -> None:
        """Take in every row that is not just as the factories make it, and these in any case."""
        for row in self._needed(list(roots)):
            self._visit(row, ())
        self._calls = [(self.name(row), self._call(row)) for row in self._order]

    def lines(self, rest: str) -> list[str]:
        """Return the calls; rows that nothing else names, in `rest` or among them, get no variable."""
        kept = []
        for place, (name, call) in enumerate(self._calls):
            later = _outside_texts(" ".join([*(text for _, text in self._calls[place + 1 :]), rest]))
            kept.append(f"{name} = {call}" if re.search(rf"\b{name}\b(?!=[^=])", later) else call)
        return kept

    def name(self, row: Row) -> str:
        """Return the variable that holds a row."""
        if row is self.world.viewer:
            return "viewer"
        if id(row) not in self._names:
            base = snake(row.name)
            base = f"{base}_row" if base in _TAKEN else identifier(base)
            taken = set(self._names.values())
            free = (f"{prefix}{base}" for prefix in _ORDINALS)
            self._names[id(row)] = next((one for one in free if one not in taken), f"{base}_{len(taken)}")
        return self._names[id(row)]

    def key(self, row: Row, *, json: bool) -> str:
        """Return the expression of what names a row in bodies, or in paths."""
        kind = row.entity.key.kind if row.entity else "uuid"
        text = f"{self.name(row)}.{'slug' if kind == 'slug' else 'id'}"
        return f"str({text})" if json and kind == "uuid" else text

    def path(self, route: Route, *rows: Row) -> str:
        """Return the route's path as a Python literal with the keys of the rows in it."""
        parts = re.split(r"\{\w+\}", route.path)
        if len(parts) == 1:
            return quoted(route.path)
        keys = [f"{{{self.key(row, json=False)}}}" for row in rows]
        return f'f"{"".join(part + key for part, key in zip(parts, [*keys, ""], strict=True))}"'

    def value(self, name: str, row: Row) -> str:
        """Return a member of a row as it is compared with a stored one."""
        known = row.field(name)
        value = row[name]
        if isinstance(value, Row):
            return self.name(value)
        return python_value(known.type, value) if known else json_value(value)

    def members(self, row: Row, properties: Iterable[Property]) -> list[tuple[str, str]]:
        """Return the members of a body that its factory does not fill in itself, by wire name."""
        return [(prop.wire, text) for prop in properties for text in self._member(row, prop)]

    def _member(self, row: Row, prop: Property) -> Iterator[str]:
        if prop.type.many:
            related = row.links.get(prop.of, [])
            if related or prop.required:
                yield f"[{', '.join(self.key(one, json=True) for one in related)}]"
            return
        known = row.field(prop.of)
        if known is None:
            return
        if known.type.kind != "reference":
            if known.name in row.explicit:
                yield json_value(row[known.name])
        elif isinstance(row.peek(known), Row):
            yield self.key(row.peek(known), json=True)

    # What is needed, and in which order

    def _needed(self, roots: list[Row]) -> list[Row]:
        stored = [row for row in self.world.rows if row.stored]
        needed = {id(row): row for row in [*roots, *(row for row in stored if row.explicit or row.links)]}
        if self.world.viewer:
            needed[id(self.world.viewer)] = self.world.viewer
        while True:
            before = len(needed)
            for row in list(needed.values()):
                for other in self._given(row):
                    needed.setdefault(id(other), other)
            for row in stored:
                for name, value in row.values.items():
                    if isinstance(value, Row) and id(value) in needed and name not in row.linked:
                        row.explicit.add(name)
                        needed.setdefault(id(row), row)
            if len(needed) == before:
                return [row for row in needed.values() if row.stored]

    def _given(self, row: Row) -> list[Row]:
        """Return the rows that the call for this one names."""
        found = [row.values.get(name) for name in sorted(row.explicit | row.linked)]
        related = [one for name, rows in sorted(row.links.items()) for one in rows if self._owns(row, name)]
        return [one for one in [*found, *related] if isinstance(one, Row)]

    def _owns(self, row: Row, name: str) -> bool:
        return self._relation(row, name).owning

    @staticmethod
    def _relation(row: Row, name: str) -> Relation:
        relations = row.entity.relations if row.entity else ()
        return next(one for one in relations if one.name == name)

    def _visit(self, row: Row, path: tuple[Row, ...]) -> None:
        if row in self._order or row in path:
            return
        for other in self._given(row):
            if other.stored:
                self._visit(other, (*path, row))
        self._order.append(row)

    def _call(self, row: Row) -> str:
        given = (row.explicit | row.linked) & row.values.keys()
        names = [known.name for known in row.fields if known.name in given]
        arguments = [
            "session",
            *(f"{self._keyword(row, name)}={self._argument(row, name)}" for name in names),
        ]
        for name, rows in sorted(row.links.items()):
            if rows and self._owns(row, name):
                arguments.append(f"{identifier(name)}=[{', '.join(self.name(one) for one in rows)}]")
        return f"make_{snake(row.name)}({', '.join(arguments)})"

    @staticmethod
    def _keyword(row: Row, name: str) -> str:
        known = row.field(name)
        if known is None or known.type.kind == "reference":
            return identifier(name)
        return identifier(known.column)

    def _argument(self, row: Row, name: str) -> str:
        value: Any = row.values[name]
        if isinstance(value, Row):
            return self.name(value)
        known = row.field(name)
        return python_value(known.type, value) if known else quoted(value)


def _outside_texts(python: str) -> str:
    """Return Python without what its texts say; of formatted ones their expressions stay."""

    def expressions(text: re.Match[str]) -> str:
        return " ".join(_REPLACED.findall(text[2] or text[3] or "")) if text[1] else '""'

    return _TEXT.sub(expressions, python)
