"""What the data model page and the operations guide say about entities: tables and diagrams."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qlf.agents.documentation.conditions import cel
from qlf.agents.documentation.markdown import anchor, code, codes, plain, table
from qlf.agents.documentation.wording import CLASSES, column_rules, mover_names, movers, rights, type_words
from qlf.model.spec import SIGNED_IN

if TYPE_CHECKING:
    from qlf.model.spec import Entity, Field, Role, Spec, StateMachine

# Words that Mermaid 11 takes for its own in these places, found by parsing each with it.
_ENTITY_WORDS = frozenset({"class", "classdef", "end", "many", "one", "style", "subgraph", "to"})
_ATTRIBUTE_WORDS = frozenset({"pk", "fk", "uk"})
_STATE_WORDS = frozenset(
    {
        "accdescr",
        "acctitle",
        "class",
        "classdef",
        "click",
        "default",
        "href",
        "note",
        "scale",
        "state",
        "style",
    }
)
_WORD = re.compile(r"[A-Za-z_]\w*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Model:
    """The parts of the data model page that are worked out; the template puts them in order."""

    spec: Spec

    def roles(self) -> str:
        """Return the roles, and how one gets each."""
        rows = [(code(role.name), self._given(role), plain(role.description)) for role in self.spec.roles]
        return table(rows, "Role", "Given", "Meaning")

    def seeded(self) -> str:
        """Return the example users."""
        names = [role.name for role in self.spec.roles] or [SIGNED_IN]
        rows = [(code(name), code(f"{name.replace('_', '-')}@example.com")) for name in names]
        return table(rows, "Role", "Email")

    def columns(self, entity: Entity) -> str:
        """Return the table of an entity's columns."""
        machines = {machine.field for machine in entity.states}
        rows = [
            (
                code(field.name),
                code(field.stored) if field.stored != field.name else "",
                self._type(field),
                column_rules(field, state=field.name in machines),
                codes(field.classes),
                plain(field.description),
            )
            for field in entity.fields
        ]
        return table(rows, "Field", "Column", "Type", "Rules", "Class", "Meaning")

    def relations(self, entity: Entity) -> str:
        """Return the table of the rows that are seen from an entity's row."""
        rows = []
        for each in entity.relations:
            through = f"{code(f'{each.entity}.{each.via}')}"
            if each.kind == "many-to-many":
                through = f"table {code(each.table or '')}"
            rows.append(
                (code(each.name), self._link(each.entity), each.kind, through, plain(each.description))
            )
        return table(rows, "Relation", "To", "Kind", "Through", "Meaning")

    def derived(self, entity: Entity) -> str:
        """Return the table of values that are worked out when a row is read."""
        rows = [
            (
                code(each.name),
                type_words(each.type, self.spec.enums),
                code(cel(each.value)),
                plain(each.description),
            )
            for each in entity.derived
        ]
        return table(rows, "Name", "Type", "Value", "Meaning")

    def checks(self, entity: Entity) -> str:
        """Return the table of conditions that every row satisfies."""
        rows = [(code(each.name), code(cel(each.condition)), plain(each.message)) for each in entity.checks]
        return table(rows, "Check", "Must hold", "Message")

    def together(self, groups: tuple[tuple[str, ...], ...]) -> list[str]:
        """Return groups of fields as code spans."""
        return [codes(group) for group in groups]

    def transitions(self, entity: Entity, machine: StateMachine) -> str:
        """Return the table of a state field's transitions."""
        rows = [
            (
                code(each.name),
                codes(each.sources),
                code(each.target),
                code(cel(each.guard)) if each.guard else "",
                movers(entity, each) if self.spec.auth else "",
                plain(each.description),
            )
            for each in machine.transitions
        ]
        return table(rows, "Transition", "From", "To", "If", "Who", "Meaning")

    def classified(self) -> str:
        """Return which data classes there are, and which columns hold them."""
        where: dict[str, list[str]] = {}
        for entity in self.spec.entities:
            for field in entity.fields:
                for name in field.classes:
                    where.setdefault(name, []).append(f"{entity.table}.{field.stored}")
        rows = [
            (code(name), CLASSES.get(name, ""), codes(columns)) for name, columns in sorted(where.items())
        ]
        return table(rows, "Class", "Meaning", "Columns")

    def personal(self) -> list[Entity]:
        """Return the entities with classified columns."""
        return [entity for entity in self.spec.entities if any(field.classes for field in entity.fields)]

    def processed(self, entity: Entity) -> str:
        """Return the classified columns of an entity for the record of processing."""
        rows = []
        for field in entity.fields:
            columns = [(field.stored, "encrypted" if field.encrypted else "")]
            columns += [(field.compared, "as a keyed digest")] if entity.digested(field) else []
            for column, how in columns if field.classes else ():
                what = plain(field.description) or field.label
                rows.append((code(f"{entity.table}.{column}"), codes(field.classes), what, how))
        return table(rows, "Column", "Class", "What it is", "Kept")

    def readers(self, entity: Entity) -> str:
        """Return who may read rows of an entity, and which."""
        granted = [grant for grant in entity.access if grant.action == "read"]
        rows = rights(entity.model_copy(update={"access": tuple(granted)}), self.spec.roles)
        return table([(role, where) for role, _, where in rows], "Who", "On which rows")

    def encrypts(self) -> bool:
        """Tell whether any column holds ciphertext."""
        return any(field.encrypted for entity in self.spec.entities for field in entity.fields)

    def digests(self) -> bool:
        """Tell whether the values of any encrypted column must differ."""
        return any(entity.digested(field) for entity in self.spec.entities for field in entity.fields)

    def masks(self) -> bool:
        """Tell whether answers mask any text."""
        return any(field.mask for entity in self.spec.entities for field in entity.fields)

    def has(self, *kinds: str) -> bool:
        """Tell whether any column holds one of these types."""
        return any(field.type.kind in kinds for entity in self.spec.entities for field in entity.fields)

    def conditions(self) -> bool:
        """Tell whether anything is said in CEL."""
        return bool(self.spec.operations) or any(
            e.checks or e.derived or e.states or any(f.computed for f in e.fields) for e in self.spec.entities
        )

    def box(self, entity: str) -> str:
        """Return an entity's name as a diagram takes it."""
        return f'"{entity}"' if entity.lower() in _ENTITY_WORDS else entity

    def attributes(self, entity: Entity) -> list[str]:
        """Return an entity's columns as lines of a diagram."""
        lines = []
        for field in entity.fields:
            name = f"{field.stored}_" if field.stored.lower() in _ATTRIBUTE_WORDS else field.stored
            marks = [mark for mark, holds in self._marks(field) if holds]
            kind = self._key_kind(field.type.entity) if field.type.entity else field.type.kind
            lines.append(" ".join([kind, name, ", ".join(marks)]).rstrip())
        return lines

    def edges(self, entity: Entity) -> list[str]:
        """Return an entity's references and own many-to-many relations as lines of a diagram."""
        lines = []
        for field in entity.fields:
            if field.type.kind == "reference" and field.type.entity:
                one = "||" if field.required else "|o"
                many = "o|" if field.unique else "o{"
                lines.append(
                    f'{self.box(field.type.entity)} {one}--{many} {self.box(entity.name)} : "{field.name}"'
                )
        lines += [
            f'{self.box(entity.name)} }}o--o{{ {self.box(each.entity)} : "{each.name}"'
            for each in entity.relations
            if each.kind == "many-to-many" and each.owning
        ]
        return lines

    def states(self, entity: Entity, machine: StateMachine) -> list[str]:
        """Return a state field as lines of a diagram; whoever may make a move stands beside it."""
        values = self._values(entity.field(machine.field))
        names = {value: self._state(value) for value in values}
        lines = [f'state "{value}" as {name}' for value, name in names.items() if value != name]
        lines.append(f"[*] --> {names[machine.initial]}")
        moves = [(source, each) for each in machine.transitions for source in each.sources]
        for source, each in moves:
            roles = mover_names(entity, each) if self.spec.auth else ""
            label = f"{each.name} ({roles})" if roles else each.name
            lines.append(f"{names[source]} --> {names[each.target]}: {label}")
        leaving, reached = {source for source, _ in moves}, {each.target for _, each in moves}
        lines += [f"{names[value]} --> [*]" for value in values if value in reached - leaving]
        return lines

    def _given(self, role: Role) -> str:
        if role.signup and self.spec.auth and role.name == self.spec.auth.signup_role:
            return "at registration, to whoever names no other" if self._choice() else "at registration"
        return "at registration, if asked for" if role.signup else "by an administrator"

    def _choice(self) -> bool:
        return sum(role.signup for role in self.spec.roles) > 1

    def _values(self, field: Field) -> tuple[str, ...]:
        return next(enum.values for enum in self.spec.enums if enum.name == field.type.enum)

    def _state(self, value: str) -> str:
        if _WORD.fullmatch(value) and value.lower() not in _STATE_WORDS:
            return value
        return "state_" + re.sub(r"\W", "_", value, flags=re.ASCII)

    def _type(self, field: Field) -> str:
        if field.type.entity:
            return f"reference to {self._link(field.type.entity)}"
        return type_words(field.type, self.spec.enums)

    def _link(self, entity: str) -> str:
        label = self.spec.entity(entity).label
        return f"[{label}](#{anchor(label)})"

    def _key_kind(self, entity: str) -> str:
        return next((f.type.kind for f in self.spec.entity(entity).fields if f.name == "id"), "uuid")

    def _marks(self, field: Field) -> tuple[tuple[str, bool], ...]:
        return (
            ("PK", field.name == "id"),
            ("FK", field.type.kind == "reference"),
            ("UK", field.unique and field.name != "id"),
        )
