"""Rows in memory, as a test would arrange them: worked out here, written down as factory calls later."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from qlf.evaluation import evaluate
from qlf.model.types import NUMERIC, TEXTUAL
from qlf.samples import DAY, MOMENT, SampleValue, enum_values, fits, parsed, sample, sample_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from qlf.agents.tests.solve import Wish
    from qlf.model.spec import Entity, Field, Relation, Spec

SEQUENCED = frozenset({"text", "longtext", "email", "url", "phone", "int", "uuid", "file"})
PASSWORD_FIELD = "password_hash"  # noqa: S105


@dataclass(frozen=True)
class Link:
    """What a factory hands on to a row that it makes: `path` from its own row, or a constant."""

    field: str
    path: tuple[str, ...] = ()
    value: Any = None


@dataclass(frozen=True)
class Defaults:
    """What a factory does unless told otherwise, so that a row and what it refers to fit together."""

    values: Mapping[str, Any]
    links: Mapping[str, tuple[Link, ...]]


@dataclass(frozen=True)
class Known:
    """Fields of rows of one kind, and those that the factory numbers so that rows can stand side by side.

    `plain` has the names of those whose value is read as it stands.
    """

    by_name: Mapping[str, Field]
    sequenced: frozenset[str]
    plain: frozenset[str]


class Kinds:
    """What is known of the rows of each entity, worked out once for all worlds of a spec."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self._known: dict[str, Known] = {}
        self._samples: dict[str, dict[str, SampleValue]] = {}

    def known(self, entity: Entity) -> Known:
        """Return what is known of rows of an entity."""
        if entity.name not in self._known:
            self._known[entity.name] = _known(entity.fields, sequenced(entity))
        return self._known[entity.name]

    def sample(self, entity: Entity) -> Mapping[str, SampleValue]:
        """Return values that fit together for the required fields of an entity."""
        if entity.name not in self._samples:
            self._samples[entity.name] = sample(self.spec, entity, optional=False)
        return self._samples[entity.name]


def _known(fields: tuple[Field, ...], numbered: frozenset[str]) -> Known:
    plain = (one.name for one in fields if one.computed is None and one.name not in {"id", *numbered})
    return Known({one.name: one for one in fields}, numbered, frozenset(plain))


@dataclass(eq=False)
class Row:
    """One row of a world. What nobody asked about is as the factory would make it.

    `explicit` members must be given to the factory, `linked` ones are given by the factory of the row
    that refers to this one, `pinned` ones are not to be changed. A row that is not `stored` is the body
    of a request; with no entity, an operation's input.
    """

    world: World
    name: str
    fields: tuple[Field, ...]
    known: Known
    entity: Entity | None
    variant: int
    stored: bool = True
    values: dict[str, Any] = field(default_factory=dict)
    links: dict[str, list[Row]] = field(default_factory=dict)
    explicit: set[str] = field(default_factory=set)
    linked: set[str] = field(default_factory=set)
    pinned: set[str] = field(default_factory=set)

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401
        """Return a field, relation or derived value."""
        if name in self.values and name in self.known.plain:
            return self.values[name]
        known = self.field(name)
        if known is not None:
            return self._field(known)
        if self.entity is None:
            raise KeyError(name)
        if name == self.entity.key.kind:
            return self
        for relation in self.entity.relations:
            if relation.name == name:
                return self._related(relation)
        for derived in self.entity.derived:
            if derived.name == name:
                return evaluate(derived.value, self.names())
        raise KeyError(name)

    def field(self, name: str) -> Field | None:
        """Return the field of that name, None if there is none."""
        return self.known.by_name.get(name)

    @property
    def relations(self) -> tuple[Relation, ...]:
        """The relations of the row's entity."""
        return self.entity.relations if self.entity else ()

    @property
    def there(self) -> bool:
        """Whether the row is stored in the world as it is now."""
        return self.stored and self in self.world.rows

    def names(self) -> dict[str, Any]:
        """Return what conditions about this row can name."""
        return self.world.names() | {"this": self}

    def _field(self, known: Field) -> Any:  # noqa: ANN401
        if known.computed is not None:
            return evaluate(known.computed, self.names())
        if known.name == "id":
            return self
        if self.stored and known.name in self.known.sequenced and known.name not in self.linked:
            self.explicit.add(known.name)
        return self.peek(known)

    def peek(self, known: Field) -> Any:  # noqa: ANN401
        """Return a stored value without holding the factory to it."""
        if known.name not in self.values:
            self.values[known.name] = self.world.default(self, known)
        return self.values[known.name]

    def _related(self, relation: Relation) -> list[Row]:
        if relation.kind == "many-to-many":
            return list(self.links.get(relation.name, []))
        return [
            row
            for row in self.world.rows
            if row.entity is not None
            and row.entity.name == relation.entity
            and row.values.get(str(relation.via)) is self
        ]


State = list[tuple[Row, dict[str, Any], set[str], dict[str, list[Row]]]]


class World:
    """Rows that refer to each other, one of them perhaps the viewer; changes can be taken back."""

    def __init__(self, kinds: Kinds, defaults: Callable[[Entity], Defaults]) -> None:
        self.spec = kinds.spec
        self.rows: list[Row] = []
        self.viewer: Row | None = None
        self.bound: dict[str, Any] = {}
        self.turn = 0
        self.wanted: list[Wish] = []
        self._kinds = kinds
        self._defaults = defaults
        self._undo: list[Callable[[], None]] = []

    def names(self) -> dict[str, Any]:
        """Return what every condition can name."""
        return {"viewer": self.viewer, "now": MOMENT, "today": DAY, **self.bound}

    def add(
        self, entity: Entity, values: Mapping[str, Any] = MappingProxyType({}), *, stored: bool = True
    ) -> Row:
        """Add a row, with some values said."""
        variant = sum(1 for row in self.rows if row.entity is entity)
        known = self._kinds.known(entity)
        row = Row(self, entity.name, entity.fields, known, entity, variant, stored=stored)
        row.values.update(values)
        row.explicit.update(values)
        self.rows.append(row)
        self._undo.append(lambda: self.rows.remove(row))
        return row

    def add_input(self, fields: tuple[Field, ...]) -> Row:
        """Add the input of an operation and bind it to its name."""
        row = Row(self, "input", fields, _known(fields, frozenset()), None, 0, stored=False)
        self.bound["input"] = row
        return row

    def complete(self) -> None:
        """Add every row that another refers to and that nobody has asked about yet."""
        for row in self.rows:
            for known in row.fields:
                if known.type.kind == "reference":
                    row.peek(known)

    def mark(self) -> int:
        """Return a point to come back to."""
        return len(self._undo)

    def state(self) -> State:
        """Return what all rows have now."""
        bound = (row for row in self.bound.values() if isinstance(row, Row))
        return [
            (row, dict(row.values), set(row.explicit), {name: list(rows) for name, rows in row.links.items()})
            for row in (*self.rows, *bound)
        ]

    def rollback(self, mark: int) -> None:
        """Take back everything since the mark."""
        while len(self._undo) > mark:
            self._undo.pop()()

    def assign(self, row: Row, name: str, value: Any) -> bool:  # noqa: ANN401
        """Set a field if it may have that value; tell whether it was set."""
        known = row.field(name)
        if known is None or name in row.pinned or known.computed is not None or known.name == "id":
            return False
        if not self._allowed(known, value):
            return False
        before = (row.values.get(name), name in row.values, name in row.explicit)
        row.values[name] = value
        row.explicit.add(name)
        self._undo.append(lambda: _restore(row, name, *before))
        return True

    def link(self, row: Row, relation: Relation, other: Row) -> None:
        """Relate two rows by a many-to-many relation, or make the other refer to this one."""
        if relation.kind != "many-to-many":
            self.assign(other, str(relation.via), row)
            return
        for here, name, there in ((row, relation.name, other), (other, relation.inverse, row)):
            rows = here.links.setdefault(name, [])
            if there not in rows:
                rows.append(there)
                self._undo.append(partial(rows.remove, there))

    def merge(self, row: Row, other: Row) -> None:
        """Let whatever refers to a row refer to another, and take the row away."""
        for one in self.rows:
            for name in [name for name, value in one.values.items() if value is row]:
                self.assign(one, name, other)
        for name, rows in row.links.items():
            relation = next(known for known in row.relations if known.name == name)
            for one in list(rows):
                self.link(other, relation, one)
                there = one.links[relation.inverse]
                there.remove(row)
                self._undo.append(partial(there.append, row))
        place = self.rows.index(row)
        del self.rows[place]
        self._undo.append(lambda: self.rows.insert(place, row))

    def default(self, row: Row, known: Field) -> Any:  # noqa: ANN401
        """Return what the factory gives to a field."""
        planned = self._defaults(row.entity) if row.entity else Defaults({}, {})
        if known.name in planned.values:
            return planned.values[known.name]
        if known.type.kind == "reference":
            return self._reference(row, known, planned)
        if known.default is not None:
            return self._constant(known)
        if known.name in {"created_at", "updated_at"} and known.system:
            return MOMENT
        if known.system and known.name == "version":
            return 1
        if not known.required:
            return None
        return self._sample(row, known)

    def _reference(self, row: Row, known: Field, planned: Defaults) -> Row | None:
        if known.default == "viewer":
            return self.viewer
        if row.entity and row.entity.owner == known.name and not row.stored:
            return self.viewer
        if not known.required:
            return None
        child = self.add(self.spec.entity(str(known.type.entity)))
        for link in planned.links.get(known.name, ()):
            value: Any = link.value
            if link.path:
                value = row
                for step in link.path:
                    value = value[step]
            child.values[link.field] = value
            child.linked.add(link.field)
        return child

    def _constant(self, known: Field) -> Any:  # noqa: ANN401
        if known.default == "now" and known.type.kind == "datetime":
            return MOMENT
        if known.default == "today" and known.type.kind == "date":
            return DAY
        text = str(known.default)
        return parsed(known.type, text) if known.type.kind in {"decimal", "money"} else known.default

    def _sample(self, row: Row, known: Field) -> Any:  # noqa: ANN401
        if row.entity is None:
            return parsed(known.type, sample_value(self.spec, known))
        if known.name in row.known.sequenced:
            return parsed(known.type, sample_value(self.spec, known, row.variant))
        plain = self._kinds.sample(row.entity)
        value = plain[known.name] if known.name in plain else sample_value(self.spec, known)
        return parsed(known.type, value)

    def _allowed(self, known: Field, value: Any) -> bool:  # noqa: ANN401
        if value is None:
            return not known.required
        kind = known.type.kind
        if kind == "reference":
            return isinstance(value, Row) and value.name == known.type.entity
        if kind == "enum":
            return value in enum_values(self.spec, known.type)
        if kind in TEXTUAL:
            return isinstance(value, str) and fits(known, value)
        if kind in NUMERIC:
            low, high = known.minimum, known.maximum
            return (low is None or value >= low) and (high is None or value <= high)
        return True


def _restore(row: Row, name: str, value: Any, known: bool, explicit: bool) -> None:  # noqa: ANN401
    if known:
        row.values[name] = value
    else:
        row.values.pop(name, None)
    if not explicit:
        row.explicit.discard(name)


def sequenced(entity: Entity) -> frozenset[str]:
    """Return the fields that must differ between the rows that a factory makes."""
    return frozenset(_sequenced(entity))


def _sequenced(entity: Entity) -> Iterator[str]:
    grouped = {name for group in entity.unique for name in group}
    for one in entity.fields:
        free = one.type.kind in SEQUENCED and one.computed is None and one.name != PASSWORD_FIELD
        if free and one.name not in {"id", "version"} and (one.unique or one.name in grouped):
            yield one.name
