"""Read one entity: its fields and everything that is said about its rows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, cast

from qlf.declarations.access import action_names, read_access
from qlf.declarations.fields import read_field
from qlf.declarations.reading import USER, Reading, members, names, text_of
from qlf.declarations.relations import check_relations
from qlf.model.brief import (
    ActionDecl,
    CheckDecl,
    DerivedDecl,
    EntityDecl,
    FieldDecl,
    KeyKind,
    OverlayDecl,
    RetentionDecl,
    StatesDecl,
    TransitionDecl,
)
from qlf.model.types import TEXTUAL
from qlf.strict_yaml import Mapping, Scalar, Sequence, Yaml
from qlf.structure import did_you_mean

if TYPE_CHECKING:
    from qlf.strict_yaml import Place

_SLUG = re.compile(r"slug\( *(\w+) *\)")
_STAMPS = ("created_at", "updated_at")
_OF_USER = ("email", "role", "active", "password")


def read_entity(reading: Reading, key: Scalar, node: Mapping) -> EntityDecl:
    """Read the entity under a key; problems are noted in `reading`."""
    reader = _EntityReader(reading, key, node)
    return reader.read()


class _EntityReader:
    """The clauses of one entity, and the names that they may use."""

    def __init__(self, reading: Reading, key: Scalar, node: Mapping) -> None:
        self._reading = reading
        self._key = key
        self._name = key.text
        self._said = dict(node.entries)
        self._keys = node.keys
        written = reading.entities[key.text]
        # What an overlay adds is not known here: names of an entity from one are checked when it is whole.
        self._open = "from" in written
        self._field_names = list(members(written.get("fields")))
        self._columns = [*self._field_names]
        if owner := text_of(written.get("owner")):
            self._columns.append(owner)
        if self._name == USER and reading.auth is not False:
            self._columns += ["email", "role", "active"]
        if self._flag("timestamps", default=True):
            self._columns += _STAMPS

    def read(self) -> EntityDecl:
        fields = self._fields()
        self._check_actions()
        kind, source = self._id(fields)
        return EntityDecl(
            name=self._name,
            taken=self._taken(),
            plural=text_of(self._said.get("plural")),
            description=text_of(self._said.get("description")) or "",
            owner=self._owner(fields),
            key=kind,
            slug_from=source,
            fields=fields,
            unique=self._field_lists("unique", fields),
            indexes=self._field_lists("index", fields),
            checks=read_checks(self._reading, self._said.get("check")),
            states=self._states(fields),
            access=read_access(self._reading, self._name, self._said.get("access")),
            derived=self._derived(),
            actions=self._actions(),
            soft_delete=self._flag("soft_delete", default=False),
            timestamps=self._flag("timestamps", default=True),
            versioned=self._flag("versioned", default=True),
            retention=self._retention(),
            list_omits=self._omits(),
            renamed_from=text_of(self._said.get("renamed_from")),
            origin=self._reading.origin(self._key.place),
        )

    def _taken(self) -> OverlayDecl | None:
        node = self._said.get("from")
        if not isinstance(node, Scalar):
            return None
        return OverlayDecl(name=node.text, origin=self._reading.origin(node.place))

    def _retention(self) -> RetentionDecl | None:
        node = self._said.get("retention")
        if not isinstance(node, Mapping):
            return None
        since, days = (cast("Scalar", node.entries[name]) for name in ("since", "days"))
        self._column(since.text, since.place)
        return RetentionDecl(
            since=since.text,
            days=cast("int", days.value),
            origin=self._reading.origin(node.keys["since"].place),
        )

    def _flag(self, name: str, *, default: bool) -> bool:
        node = self._said.get(name)
        return node.value is True if isinstance(node, Scalar) else default

    def _fields(self) -> tuple[FieldDecl, ...]:
        node = self._said.get("fields")
        if not isinstance(node, Mapping):
            return ()
        taken = dict.fromkeys(_OF_USER, "User") if self._is_account() else {}
        if self._flag("timestamps", default=True):
            taken |= dict.fromkeys(_STAMPS, "an entity with timestamps")
        if self._flag("soft_delete", default=False):
            taken["deleted_at"] = "an entity with soft_delete"
        fields: list[FieldDecl] = []
        for name, value in node.entries.items():
            key = node.keys[name]
            if name in taken:
                self._reading.problem(key.place, f"{taken[name]} has {name} already", "remove it")
            field = read_field(self._reading, key, value)
            if field is None:
                continue
            fields.append(field)
            if field.kind == "reference":
                self._reading.relations.append((self._name, field, key.place))
        return tuple(fields)

    def _is_account(self) -> bool:
        return self._name == USER and self._reading.auth is not False

    def _id(self, fields: tuple[FieldDecl, ...]) -> tuple[KeyKind | None, str | None]:
        node = self._said.get("id")
        if not isinstance(node, Scalar):
            return None, None
        match = _SLUG.fullmatch(node.text)
        if match is None:
            return cast("Literal['uuid', 'int']", node.text), None
        place = node.at(match.start(1))
        self._column(match[1], place)
        field = next((one for one in fields if one.name == match[1]), None)
        if field is not None and field.kind not in TEXTUAL:
            self._reading.problem(place, f"{match[1]} is no text", "make a slug from a text field")
        return "slug", match[1]

    def _owner(self, fields: tuple[FieldDecl, ...]) -> str | None:
        node = self._said.get("owner")
        if not isinstance(node, Scalar):
            return None
        name, place = node.text, node.place
        self._reading.fresh(name, place)
        if self._reading.auth is False:
            self._reading.problem(place, "there are no owners with auth: false", "leave one of them out")
        field = next((one for one in fields if one.name == name), None)
        if field is not None and (field.target != USER or field.many):
            self._reading.problem(
                place, f"{name} is no reference to User", "name a new one, or a field of type User"
            )
        return name

    def _column(self, name: str, place: Place) -> None:
        if name not in self._columns and not self._open:
            self._reading.problem(
                place,
                f"{self._name} has no field {name}",
                did_you_mean(name, list(dict.fromkeys(self._columns))),
            )

    def _field_lists(self, key: str, fields: tuple[FieldDecl, ...]) -> tuple[tuple[str, ...], ...]:
        many = {field.name for field in fields if field.many}
        node = self._said.get(key)
        lists = node.items if isinstance(node, Sequence) else ()
        for one in lists:
            for item in names(one):
                self._column(item.text, item.place)
                if item.text in many:
                    what = f"{key} does not fit the many-to-many {item.text}"
                    self._reading.problem(item.place, what, "remove it")
        return tuple(tuple(item.text for item in names(one)) for one in lists)

    def _omits(self) -> tuple[str, ...]:
        omitted = names(members(self._said.get("list")).get("omit"))
        derived = members(self._reading.entities[self._name].get("derived"))
        for item in omitted:
            if item.text not in derived:
                self._column(item.text, item.place)
        return tuple(item.text for item in omitted)

    def _states(self, fields: tuple[FieldDecl, ...]) -> tuple[StatesDecl, ...]:
        node = self._said.get("states")
        if not isinstance(node, Mapping):
            return ()
        by_name = {field.name: field for field in fields}
        machines: list[StatesDecl] = []
        for name, transitions in node.entries.items():
            key = node.keys[name]
            if name not in self._field_names and not self._open:
                known = [one.name for one in fields if one.kind == "enum"]
                what = f"{self._name} has no field {name}"
                self._reading.problem(key.place, what, did_you_mean(name, known))
            field = by_name.get(name)
            if field is not None and (field.kind != "enum" or field.default is None):
                what = f"{name} is no enum with a default, its initial state"
                self._reading.problem(key.place, what, f"write {name}: enum(a, b) = a")
            machines.append(self._machine(key, transitions, field))
        return tuple(machines)

    def _machine(self, key: Scalar, node: Yaml, field: FieldDecl | None) -> StatesDecl:
        values = field.values if field is not None and field.kind == "enum" else None
        transitions: list[TransitionDecl] = []
        for name, value in members(node).items():
            at = cast("Mapping", node).keys[name]
            transition = _transition(self._reading, at, value, values)
            if transition is not None:
                transitions.append(transition)
        return StatesDecl(
            field=key.text, transitions=tuple(transitions), origin=self._reading.origin(key.place)
        )

    def _derived(self) -> tuple[DerivedDecl, ...]:
        node = self._said.get("derived")
        found: list[DerivedDecl] = []
        for name, value in members(node).items():
            key = cast("Mapping", node).keys[name]
            self._reading.fresh(name, key.place)
            if name in self._columns:
                self._reading.problem(
                    key.place, f"{self._name} has a field {name} already", "rename one of them"
                )
            long = members(value)
            found.append(
                DerivedDecl(
                    name=name,
                    value=self._reading.cel(long.get("value", value)),
                    description=text_of(long.get("description")) or "",
                    origin=self._reading.origin(key.place),
                )
            )
        return tuple(found)

    def _actions(self) -> tuple[ActionDecl, ...]:
        node = self._said.get("actions")
        found: list[ActionDecl] = []
        for name, value in members(node).items():
            action = _relation_action(self._reading, cast("Mapping", node).keys[name], value)
            if action is not None:
                found.append(action[0])
                self._reading.actions.append((self._name, *action))
        return tuple(found)

    def _check_actions(self) -> None:
        """Every action of an entity is a route of its own: none may be called like another."""
        seen: dict[str, str] = dict.fromkeys(
            ("create", "read", "update", "delete", "all", "own"), "the language"
        )
        for kind, key in action_names(self._reading, self._name):
            if key.text in seen:
                what = f"the {kind} {key.text} is called like one of {seen[key.text]}"
                self._reading.problem(key.place, what, "rename it")
            seen.setdefault(key.text, f"the {kind}s")


def read_entities(reading: Reading, node: Yaml | None) -> tuple[EntityDecl, ...]:
    """Read `entities`: name to entity, with what can be seen only with all of them read."""
    if not isinstance(node, Mapping):
        return ()
    found = tuple(
        read_entity(reading, node.keys[name], value)
        for name, value in node.entries.items()
        if isinstance(value, Mapping)
    )
    check_relations(reading, found)
    return found


def read_checks(reading: Reading, node: Yaml | None) -> tuple[CheckDecl, ...]:
    """Read `check` or `guard`: name to CEL, or to {when, message}."""
    found: list[CheckDecl] = []
    for name, value in members(node).items():
        long = members(value)
        found.append(
            CheckDecl(
                name=name,
                condition=reading.cel(long.get("when", value)),
                message=text_of(long.get("message")) or "",
                origin=reading.origin(cast("Mapping", node).keys[name].place),
            )
        )
    return tuple(found)


def _transition(
    reading: Reading, key: Scalar, node: Yaml, values: tuple[str, ...] | None
) -> TransitionDecl | None:
    more: dict[str, Any] = {}
    if isinstance(node, Scalar):
        parts = reading.parts("transition", node)
        if not parts:
            return None
        sources = [(part.text, node.at(part.offset)) for part in parts if part.name == "source"]
        target = next((part.text, node.at(part.offset)) for part in parts if part.name == "target")
        named = [(part.text, node.at(part.offset)) for part in parts if part.name == "role"]
        roles = reading.named_roles(named)
    else:
        long = members(node)
        to = cast("Scalar", long["to"])
        sources = [(item.text, item.place) for item in names(long["from"])]
        target = (to.text, to.place)
        roles = reading.by(long.get("by"))
        more["condition"] = reading.cel(long["when"]) if "when" in long else None
        more["description"] = text_of(long.get("description")) or ""
    for state, place in (*sources, target):
        if values is not None and state not in values:
            reading.problem(place, f"there is no state {state}", did_you_mean(state, values))
    return TransitionDecl(
        name=key.text,
        sources=tuple(dict.fromkeys(state for state, _ in sources)),
        target=target[0],
        roles=roles,
        origin=reading.origin(key.place),
        **more,
    )


def _relation_action(reading: Reading, key: Scalar, node: Yaml) -> tuple[ActionDecl, Place] | None:
    if isinstance(node, Scalar):
        parts = reading.parts("relation_action", node)
        if not parts:
            return None
        subject, relation = parts[0].text, parts[1].text
        place = node.at(parts[1].offset)
        roles = reading.named_roles([(part.text, node.at(part.offset)) for part in parts[2:]])
        description = ""
    else:
        long = members(node)
        subject, relation = text_of(long["subject"]) or "", text_of(long["relation"]) or ""
        place = long["relation"].place
        roles = reading.by(long.get("by"))
        description = text_of(long.get("description")) or ""
    action = ActionDecl(
        name=key.text,
        relation=relation,
        subject=cast("Literal['viewer', 'row']", subject),
        roles=roles,
        description=description,
        origin=reading.origin(key.place),
    )
    return action, place
