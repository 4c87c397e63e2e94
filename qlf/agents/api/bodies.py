"""Component schemas of shapes, and the bodies that carry them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qlf.agents.api.samples import sample
from qlf.agents.api.schemas import nullable, property_schema, reference
from qlf.agents.api.wording import cased, indefinite, one, several, snake

if TYPE_CHECKING:
    from qlf.agents.api.schemas import Json
    from qlf.model.spec import Api, Property, Shape, Spec

_ROWS = frozenset({"read", "create", "update"})
_PURPOSES = {
    "read": "One {row}.",
    "item": "One {row} in a list.",
    "exported": "One {row} as the person gets it whom it is about.",
    "create": "A new {row}.",
    "update": "Changes to {a_row}; members that are absent stay as they are.",
}
_TOTALS: dict[str, dict[str, str]] = {
    "cursor": {},
    "offset": {"total": "Rows in all."},
    "page": {"total": "Rows in all.", "pages": "Pages in all."},
}


@dataclass(frozen=True, slots=True)
class Bodies:
    """The bodies of one application; `problem` is the name that the schema of failures has."""

    spec: Spec
    api: Api

    def free(self, name: str) -> str:
        """Return a name for a schema that no shape and no enumeration has."""
        taken = {shape.name for shape in self.api.shapes} | {enum.name for enum in self.spec.enums}
        while name in taken:
            name += "Body"
        return name

    def components(self) -> Json:
        """Return the schemas of shapes, envelopes and enumerations by name."""
        sent = {route.body for route in self.api.routes}
        schemas: Json = {}
        for shape in self.api.shapes:
            if shape.purpose in {"page", "export"}:
                schemas[shape.name] = self._page(shape) if shape.purpose == "page" else self._export(shape)
                continue
            schemas[shape.name] = self._object(shape, sent=shape.name in sent)
            if self._wrapped(shape):
                schemas[self._envelope_name(shape)] = self._envelope(shape, sent=shape.name in sent)
        for enum in self.spec.enums:
            schemas[enum.name] = {"type": "string", "enum": list(enum.values)}
        return dict(sorted(schemas.items()))

    def content(self, name: str) -> Json:
        """Return the content of a request or an answer that carries the shape of this name."""
        shape = next(shape for shape in self.api.shapes if shape.name == name)
        carried = self._envelope_name(shape) if self._wrapped(shape) else name
        return {"application/json": {"schema": reference("schemas", carried)}}

    def _object(self, shape: Shape, *, sent: bool) -> Json:
        schema: Json = {"type": "object"}
        if words := shape.description or self._words(shape):
            schema["description"] = words
        schema["properties"] = {
            member.wire: property_schema(
                self.spec, member, answered=not sent, defaults=sent and shape.purpose != "update"
            )
            for member in shape.properties
        }
        required = [member.wire for member in shape.properties if member.required]
        if required:
            schema["required"] = required
        if sent:
            schema["additionalProperties"] = False
        example = sample(self.spec, shape)
        if example is not None:
            schema["examples"] = [example]
        return schema

    def _words(self, shape: Shape) -> str:
        if shape.entity is None or shape.purpose not in _PURPOSES:
            return ""
        row = one(self.spec.entity(shape.entity))
        return _PURPOSES[shape.purpose].format(row=row, a_row=indefinite(row))

    def _wrapped(self, shape: Shape) -> bool:
        return self.api.envelope and shape.purpose in _ROWS and shape.entity is not None

    def _envelope_name(self, shape: Shape) -> str:
        return self.free(f"{shape.name}Envelope")

    def _envelope(self, shape: Shape, *, sent: bool) -> Json:
        member = cased(snake(shape.entity or ""), self.api.field_case)
        schema: Json = {
            "type": "object",
            "description": f"The {one(self.spec.entity(shape.entity or ''))} under its name.",
            "properties": {member: reference("schemas", shape.name)},
            "required": [member],
        }
        return {**schema, "additionalProperties": False} if sent else schema

    def _export(self, shape: Shape) -> Json:
        rows = {one.type.entity or "": one for one in shape.properties}
        names = {entity: self.api.exported(entity).name for entity in rows}
        return {
            "type": "object",
            "description": "Everything that is kept about a person.",
            "properties": {
                member.wire: {"type": "array", "items": reference("schemas", names[member.type.entity or ""])}
                for member in shape.properties
            },
            "required": [member.wire for member in shape.properties],
        }

    def _page(self, shape: Shape) -> Json:
        members = self._stated(shape) if shape.properties else self._usual(shape)
        return {
            "type": "object",
            "description": shape.description or self._page_words(shape),
            "properties": members,
            "required": list(members),
        }

    def _page_words(self, shape: Shape) -> str:
        rows = several(self.spec.entity(shape.entity)) if shape.entity else "rows"
        return f"One page of {rows}."

    def _stated(self, shape: Shape) -> Json:
        def schema(member: Property) -> Json:
            if member.name == "items" or member.type.many:
                return self._items(shape)
            made = property_schema(self.spec, member, answered=True, defaults=False)
            return made if member.type.kind != "int" or "minimum" in made else {**made, "minimum": 0}

        return {member.wire: schema(member) for member in shape.properties}

    def _usual(self, shape: Shape) -> Json:
        style = self.api.pagination.style
        plural = self.spec.entity(shape.entity).plural if shape.entity and self.api.envelope else "items"
        members = {cased(plural, self.api.field_case): self._items(shape)}
        if style == "cursor":
            cursor = nullable({"type": "string"})
            cursor["description"] = "Where the next page starts; null on the last one."
            members[cased("next_cursor", self.api.field_case)] = cursor
        for name, words in _TOTALS[style].items():
            members[name] = {"type": "integer", "format": "int64", "minimum": 0, "description": words}
        return members

    def _items(self, shape: Shape) -> Json:
        return {"type": "array", "items": reference("schemas", shape.item or "")}
