"""A brief as its author meant it: every short form written out, every place remembered.

The reader makes it from a file, inference adds to it, the compiler turns it into a `Spec`.
Conditions are still CEL text here, since their names can be checked only with all entities known.
"""

from __future__ import annotations

from typing import Literal

from qlf.model.types import Kind
from qlf.model.value import Node, Origin

Scalar = str | int | float | bool
Verb = Literal["create", "read", "update", "delete", "all"]
Case = Literal["kebab", "snake", "camel"]
KeyKind = Literal["uuid", "int", "slug"]


class Text(Node):
    """A CEL expression, and where it stands."""

    text: str


class FieldDecl(Node):
    """One field of an entity, or one input of an operation.

    `target` and `many` are for references (`Patient!`, `Tag[]`), `values` for enumerations.
    `minimum` and `maximum` bound numbers by value, texts by length. `default` is a constant, or one of the
    words `now`, `today` and `viewer` for the types they fit. `readonly` fields are written by transitions
    and operations only, `hidden` ones are never answered.
    """

    name: str
    kind: Kind
    target: str | None = None
    many: bool = False
    values: tuple[str, ...] = ()
    precision: int | None = None
    scale: int | None = None
    required: bool = False
    unique: bool = False
    indexed: bool = False
    immutable: bool = False
    readonly: bool = False
    hidden: bool = False
    default: Scalar | None = None
    minimum: int | float | None = None
    maximum: int | float | None = None
    pattern: str | None = None
    computed: Text | None = None
    classes: tuple[str, ...] = ()
    inverse: str | None = None
    description: str = ""
    renamed_from: str | None = None


class CheckDecl(Node):
    """A condition that each row must satisfy when it is written."""

    name: str
    condition: Text
    message: str = ""


class TransitionDecl(Node):
    """A named move of a state field, and who may make it (no role: whoever access allows it to)."""

    name: str
    sources: tuple[str, ...]
    target: str
    roles: tuple[str, ...] = ()
    condition: Text | None = None
    description: str = ""


class StatesDecl(Node):
    """The moves of one enumeration field."""

    field: str
    transitions: tuple[TransitionDecl, ...]


class GrantDecl(Node):
    """What one role may do: a verb, or the name of a transition, relation action or operation."""

    role: str
    action: str
    own: bool = False
    where: Text | None = None


class DerivedDecl(Node):
    """A value worked out when a row is read."""

    name: str
    value: Text
    description: str = ""


class ActionDecl(Node):
    """Adding to and removing from a many-to-many relation: the viewer, or a row that is named."""

    name: str
    relation: str
    subject: Literal["viewer", "row"]
    roles: tuple[str, ...] = ()
    description: str = ""


class EffectDecl(Node):
    """One step of an operation.

    | kind | target | binding | values | condition | steps |
    |---|---|---|---|---|---|
    | require | - | the requirement's name | - | must hold, else 409 | - |
    | find | entity | name of the row | - | which row, else 404 | - |
    | each | - | name of the row | `in`: the collection | - | done for each row |
    | create | entity | name of the row, or "" | field -> value | - | - |
    | update | - | - | `row`, then field -> value in `fields` | - | - |
    | delete | - | - | `row`: a row or a collection | - | - |
    | move | transition | - | `row` | - | - |
    | adjust | field | - | `row`, `by` | - | - |
    """

    kind: Literal["require", "find", "each", "create", "update", "delete", "move", "adjust"]
    target: str = ""
    binding: str = ""
    row: Text | None = None
    by: Text | None = None
    condition: Text | None = None
    message: str = ""
    values: tuple[tuple[str, Text], ...] = ()
    steps: tuple[EffectDecl, ...] = ()


class OperationDecl(Node):
    """A named route that does several things in one transaction, or nothing at all.

    `entity` makes it an operation on one row (`this`); its path then starts with that row's.
    `result` is the name of a binding (or `this`) to answer with; without it the answer is empty.
    """

    name: str
    method: Literal["POST", "PUT", "PATCH", "DELETE"] = "POST"
    path: str | None = None
    entity: str | None = None
    roles: tuple[str, ...] = ()
    inputs: tuple[FieldDecl, ...] = ()
    guards: tuple[CheckDecl, ...] = ()
    effects: tuple[EffectDecl, ...] = ()
    result: str | None = None
    description: str = ""


class OverlayDecl(Node):
    """An overlay that a brief names."""

    name: str


class RetentionDecl(Node):
    """How long rows are kept: days from the date or moment in field `since`."""

    since: str
    days: int


class EntityDecl(Node):
    """An entity: fields and everything that is said about its rows. `None` means not said.

    `taken` is the overlay from whose catalogue the entity is, if it is from one.
    """

    name: str
    taken: OverlayDecl | None = None
    plural: str | None = None
    description: str = ""
    owner: str | None = None
    key: KeyKind | None = None
    slug_from: str | None = None
    fields: tuple[FieldDecl, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    checks: tuple[CheckDecl, ...] = ()
    states: tuple[StatesDecl, ...] = ()
    access: tuple[GrantDecl, ...] = ()
    derived: tuple[DerivedDecl, ...] = ()
    actions: tuple[ActionDecl, ...] = ()
    soft_delete: bool = False
    timestamps: bool = True
    versioned: bool = True
    retention: RetentionDecl | None = None
    list_omits: tuple[str, ...] = ()
    renamed_from: str | None = None


class RoleDecl(Node):
    """A role. `signup` roles may be chosen at registration; the others are granted by an administrator."""

    name: str
    signup: bool | None = None
    description: str = ""


class PaginationDecl(Node):
    """How lists are cut: the style, the names of its query parameters, and the bounds of a page."""

    style: Literal["cursor", "offset", "page"] = "cursor"
    limit: str = "limit"
    position: str | None = None
    default_limit: int = 20
    max_limit: int = 100


class ApiDecl(Node):
    """The API's conventions, every one with a default."""

    base_path: str = "/api/v1"
    path_case: Case = "kebab"
    field_case: Literal["snake", "camel"] = "snake"
    envelope: bool = False
    errors: Literal["problem", "map"] = "problem"
    token_scheme: str = "Bearer"  # noqa: S105 - the scheme's name, RFC 6750
    create_status: Literal[200, 201] = 201
    delete_status: Literal[200, 204] = 204
    key: KeyKind = "uuid"
    pagination: PaginationDecl = PaginationDecl()


class StackDecl(Node):
    """What the application is written with. `None` means not said; `none` as frontend means without."""

    backend: str | None = None
    database: str | None = None
    frontend: str | None = None


class Assumption(Node):
    """Something the factory inferred: what holds now; `origin.because` has the words that led to it."""

    about: str
    holds: str


class Question(Node):
    """Something that stays open: the question, and what holds until it is answered."""

    about: str
    asks: str
    meanwhile: str


class Brief(Node):
    """One brief. `prose` is the Markdown below the front matter, from line `prose_line` (from 1) on."""

    name: str
    file: str
    title: str
    prose: str = ""
    prose_line: int = 1
    version: str = "0.1.0"
    stack: StackDecl = StackDecl()
    overlays: tuple[OverlayDecl, ...] = ()
    authentication: bool | None = None
    roles: tuple[RoleDecl, ...] = ()
    entities: tuple[EntityDecl, ...] = ()
    operations: tuple[OperationDecl, ...] = ()
    features: tuple[str, ...] = ()
    api: ApiDecl = ApiDecl()
    assumptions: tuple[Assumption, ...] = ()
    questions: tuple[Question, ...] = ()


def at(file: str, line: int, column: int) -> Origin:
    """Return the origin of a clause in a brief; line and column count from 1."""
    return Origin(kind="brief", file=file, line=line, column=column)
