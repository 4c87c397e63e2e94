"""The members of bodies as tables: one for all bodies of an entity, one for a body that stands alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qlf.agents.documentation.markdown import anchor, code, codes, plain, table
from qlf.agents.documentation.samples import camel
from qlf.agents.documentation.wording import default_words, digits, limits, mask_words, type_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qlf.model.spec import Entity, Property, Shape, Spec
    from qlf.model.types import Type

_FORMS = {
    "int": "integer",
    "bool": "boolean",
    "json": "object",
    "date": "string, date",
    "datetime": "string, date and time",
    "time": "string, time",
    "duration": "string, ISO 8601 duration",
    "uuid": "string, UUID",
    "email": "string, email address",
    "url": "string, URL",
    "phone": "string, E.164 number",
    "file": "string, key of a file",
}


@dataclass(frozen=True, slots=True)
class Members:
    """Tables of members for one application."""

    spec: Spec

    def member_table(self, entity: Entity) -> str:
        """Return every member of the entity's bodies, with where it occurs."""
        bodies = self.bodies(entity)
        occurring: dict[str, dict[str, Property]] = {}
        for purpose, shape in bodies.items():
            for each in shape.properties:
                occurring.setdefault(each.wire, {})[purpose] = each
        rows = [self._member(purposes, bodies) for purposes in occurring.values()]
        headers = ("Member", "Type", "In answers", "On creation", "On update", "Rules", "Class", "Meaning")
        return table(rows, *headers)

    def body_table(self, shape: Shape) -> str:
        """Return the members of one body that stands alone."""
        request = shape.purpose in {"input", "auth", "create", "update"}
        rows = [
            (
                code(each.wire),
                self.form(each.type),
                ("required" if each.required else "optional") if request else "",
                self._rules([each]),
                codes(each.classes),
                plain(each.description),
            )
            for each in shape.properties
        ]
        return table(rows, "Member", "Type", "Presence", "Rules", "Class", "Meaning")

    def form(self, kind: Type) -> str:
        """Return how a value looks in JSON; references link to the resource that they name."""
        if kind.entity:
            return (
                f"list of keys of {self._link(kind.entity)}"
                if kind.many
                else f"key of {self._link(kind.entity)}"
            )
        if kind.kind in {"decimal", "money"}:
            return "string, decimal({}, {})".format(*digits(kind))
        if kind.kind == "enum":
            return type_words(kind, self.spec.enums)
        return _FORMS.get(kind.kind, "string")

    def has(self, *kinds: str) -> bool:
        """Tell whether any member has a value of one of these types."""
        shapes = self.spec.api.shapes if self.spec.api else ()
        return any(each.type.kind in kinds for shape in shapes for each in shape.properties)

    def bodies(self, entity: Entity) -> dict[str, Shape]:
        """Return the entity's own shapes by their purpose."""
        found: dict[str, Shape] = {}
        for purpose in ("read", "item", "create", "update"):
            for shape in self.spec.api.shapes if self.spec.api else ():
                if shape.entity == entity.name and shape.purpose == purpose:
                    found.setdefault(purpose, shape)
        return found

    def wire(self, name: str) -> str:
        """Return the name of a member of every page."""
        return camel(name) if self.spec.api and self.spec.api.field_case == "camel" else name

    def wire_of(self, entity: Entity, name: str) -> str:
        """Return what the API calls a property of an entity's rows."""
        shapes = self.bodies(entity).values()
        return next((p.wire for shape in shapes for p in shape.properties if name in {p.name, p.of}), name)

    def _link(self, name: str) -> str:
        entity = self.spec.entity(name)
        return f"[{entity.label}](data-model.md#{anchor(entity.label)})"

    def _member(self, purposes: dict[str, Property], bodies: dict[str, Shape]) -> tuple[str, ...]:
        each = next(iter(purposes.values()))
        answered = purposes.get("read") or purposes.get("item")
        created, updated = purposes.get("create"), purposes.get("update")
        shown = "no"
        if answered:
            shown = "may be null" if answered.nullable else "always"
            shown += ", not in lists" if "item" in bodies and "item" not in purposes else ""
        return (
            code(each.wire),
            self.form(each.type),
            shown if answered or {"read", "item"} & bodies.keys() else "",
            ("required" if created.required else "optional")
            if created
            else "no"
            if "create" in bodies
            else "",
            "yes" if updated else "no" if "update" in bodies else "",
            self._rules(list(purposes.values())),
            codes(each.classes),
            plain(each.description),
        )

    def _rules(self, occurring: Sequence[Property]) -> str:
        """Return the rules that any of a member's occurrences states, each once."""
        rules: dict[str, None] = {}
        for each in occurring:
            rules.update(dict.fromkeys(limits(each)))
            if each.default is not None:
                rules[default_words(each.default, each.type)] = None
            if each.mask is not None:
                rules[mask_words(each.mask)] = None
        return "; ".join(rules)
