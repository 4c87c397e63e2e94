"""What all readers of a brief's clauses share: the file, the names that are known, the problems so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qlf.declarations.short_forms import Form, Misspelt, Part, parse
from qlf.errors import Problem
from qlf.model.brief import Text
from qlf.model.value import Origin
from qlf.strict_yaml import Mapping, Place, Scalar, Sequence, Yaml
from qlf.structure import did_you_mean

if TYPE_CHECKING:
    from qlf.model.brief import ActionDecl, FieldDecl
    from qlf.model.value import OriginKind

ANYONE = "anyone"
SIGNED_IN = "user"
USER = "User"
ALWAYS = (ANYONE, SIGNED_IN)
# The names of the brief language and of the keys that every row has.
RESERVED = frozenset({"this", "viewer", "input", "now", "today", "id", "row", "true", "false", "null", "in"})
# CEL's reserved words (cel-spec, langdef.md): they can be members, but not names.
CEL_RESERVED = frozenset(
    (
        *("as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop"),
        *("package", "namespace", "return", "var", "void", "while"),
    )
)


@dataclass(slots=True)
class Reading:
    """One run over one brief or overlay.

    `entities` maps the entities that the file names to their members as written, sound or not, so that one
    bad clause is one problem. `auth` is what a brief says; `relations` and `actions` wait until all
    entities are read.
    """

    file: str
    kind: OriginKind = "brief"
    roles: tuple[str, ...] = ()
    entities: dict[str, dict[str, Yaml]] = field(default_factory=dict)
    operations: dict[str, dict[str, Yaml]] = field(default_factory=dict)
    operation_keys: dict[str, Scalar] = field(default_factory=dict)
    auth: bool | None = None
    problems: list[Problem] = field(default_factory=list)
    relations: list[tuple[str, FieldDecl, Place]] = field(default_factory=list)
    actions: list[tuple[str, ActionDecl, Place]] = field(default_factory=list)

    def problem(self, place: Place, what: str, advice: str) -> None:
        """Note a problem."""
        self.problems.append(Problem(self.file, *place, what, advice))

    def origin(self, place: Place) -> Origin:
        """Return the origin of the clause at a place."""
        return Origin(kind=self.kind, file=self.file, line=place.line, column=place.column)

    def parts(self, form: Form, node: Scalar) -> tuple[Part, ...]:
        """Take a short form apart; a misspelt one is a problem and has no parts."""
        parts = parse(form, node.text)
        if isinstance(parts, Misspelt):
            self.problem(node.at(parts.offset), parts.what, parts.advice)
            return ()
        return parts

    def cel(self, node: Yaml, offset: int = 0) -> Text:
        """Return a scalar, from an offset on, as CEL text."""
        if not isinstance(node, Scalar):
            return Text(text="", origin=self.origin(node.place))
        text = node.text[offset:]
        if not text.strip():
            self.problem(node.place, "there is no condition or value", "write CEL")
        return Text(text=text.strip(), origin=self.origin(node.at(offset)))

    def knows_entity(self, name: str) -> bool:
        """Tell whether a reference to an entity is possible."""
        return name in self.entities or (name == USER and self.auth is not False)

    def entity(self, name: str, place: Place) -> None:
        """Note a problem if there is no such entity."""
        if not self.knows_entity(name):
            known = [*self.entities, *([USER] if self.auth is not False else [])]
            self.problem(place, f"there is no entity {name}", did_you_mean(name, known))

    def role(self, name: str, place: Place) -> None:
        """Note a problem if there is no such role."""
        if name not in self.roles and name not in ALWAYS:
            advice = did_you_mean(name, [*self.roles, *ALWAYS])
            self.problem(place, f"there is no role {name}", f"{advice.rstrip('?')}, or add it to roles:")
        elif self.auth is False and name != ANYONE:
            self.problem(place, f"there is no role {name} with auth: false", "use anyone, or leave auth out")

    def by(self, node: Yaml | None) -> tuple[str, ...]:
        """Read `by: a, b` or `by: [a, b]`."""
        named: list[tuple[str, Place]] = []
        if isinstance(node, Scalar):
            named = [(part.text, node.at(part.offset)) for part in self.parts("roles", node)]
        elif isinstance(node, Sequence):
            named = [(item.text, item.place) for item in node.items if isinstance(item, Scalar)]
        return self.named_roles(named)

    def named_roles(self, named: list[tuple[str, Place]]) -> tuple[str, ...]:
        """Check roles, each of which is said once."""
        seen: list[str] = []
        for name, place in named:
            self.role(name, place)
            if name in seen:
                self.problem(place, f"the role {name} is said twice", "keep one")
            seen.append(name)
        return tuple(dict.fromkeys(seen))

    def fresh(self, name: str, place: Place, *, binding: bool = False) -> None:
        """Note a problem if a name belongs to the language."""
        if name in RESERVED or (binding and name in CEL_RESERVED):
            self.problem(place, f"{name!r} is a word of the language", "choose another name")


def members(node: Yaml | None) -> dict[str, Yaml]:
    """Return a mapping's members; nothing for anything else."""
    return dict(node.entries) if isinstance(node, Mapping) else {}


def names(node: Yaml | None) -> list[Scalar]:
    """Return a list's scalars; nothing for anything else."""
    return [item for item in node.items if isinstance(item, Scalar)] if isinstance(node, Sequence) else []


def text_of(node: Yaml | None) -> str | None:
    """Return a scalar's text; None for anything else, null included."""
    return node.text if isinstance(node, Scalar) and node.value is not None else None
