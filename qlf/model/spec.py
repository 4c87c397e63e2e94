"""The spec: the IR between briefs and agents. It knows no programming language and no framework.

Names are snake_case, entities PascalCase, and never renamed for a language here: how `class` is
spelt in Python is the Python agent's business. `wire` names are those of the API and final.
"""

from __future__ import annotations

from typing import Literal

from qlf.model.brief import Assumption, Case, KeyKind, Question, Scalar
from qlf.model.expression import Expression
from qlf.model.types import TEXTUAL, Type
from qlf.model.value import Node, Value

ANYONE = "anyone"
SIGNED_IN = "user"

Verb = Literal["create", "read", "update", "delete"]


class Stack(Node):
    """Names of the stacks, one for each kind of agent; no frontend is None."""

    backend: str = "fastapi"
    database: str = "sqlite"
    frontend: str | None = None


class Role(Node):
    """A role of the application. `signup` roles are open to whoever registers."""

    name: str
    signup: bool = False
    administrator: bool = False
    description: str = ""


class Enum(Node):
    """A named set of values, `AppointmentStatus` say."""

    name: str
    values: tuple[str, ...]


class Mask(Node):
    """How a text is shown: its first and last characters, and `*` for each between them.

    `roles` see it whole.
    """

    first: int = 0
    last: int = 0
    roles: tuple[str, ...] = ()

    def hide(self, text: str) -> str:
        """Return a text as it is shown; one too short to hide a part of is hidden whole."""
        hidden = len(text) - self.first - self.last
        if hidden <= 0:
            return "*" * len(text)
        return f"{text[: self.first]}{'*' * hidden}{text[len(text) - self.last :]}"


class Retention(Node):
    """How long rows are kept: `days` after the moment or day in field `since`, and not a day longer."""

    since: str
    days: int


class Field(Node):
    """A stored column.

    A reference's `name` is the relation's (`doctor`); `column` is what is stored (`doctor_id`).
    `minimum` and `maximum` bound numbers by value and texts by length, `pattern` is an ECMA 262
    regular expression as in JSON Schema. `hidden` fields never leave the application, `system`
    fields (keys, owner, time stamps, version) are never written by a client. State fields and
    readonly ones are `managed`: only transitions and operations write them. `encrypted` fields are stored
    as ciphertext that is bound to their row and column: no condition in the database can read them.
    `classes` tell what is in it (`phi`); overlays say what follows from that.
    """

    name: str
    column: str
    label: str
    type: Type
    required: bool = False
    unique: bool = False
    indexed: bool = False
    immutable: bool = False
    hidden: bool = False
    system: bool = False
    managed: bool = False
    default: Scalar | None = None
    minimum: int | float | None = None
    maximum: int | float | None = None
    pattern: str | None = None
    computed: Expression | None = None
    classes: tuple[str, ...] = ()
    encrypted: bool = False
    mask: Mask | None = None
    description: str = ""
    renamed_from: str | None = None

    @property
    def personal(self) -> bool:
        """Whether it may tell of a person: it has a class, or it is a text in which anything can stand."""
        if self.system or self.computed is not None or self.type.kind == "reference":
            return False
        free = self.type.kind in TEXTUAL and not (self.required or self.managed or self.hidden)
        return free or bool(self.classes)

    @property
    def stored(self) -> str:
        """The column that the field is kept in; that of an encrypted one holds its ciphertext."""
        return f"{self.column}_sealed" if self.encrypted else self.column

    @property
    def compared(self) -> str:
        """The column that tells equal values: of an encrypted field, that of its keyed digest."""
        return f"{self.column}_digest" if self.encrypted else self.column


class Relation(Node):
    """Many rows seen from one: the inverse of a reference, or either side of a many-to-many.

    `via` is the reference field of `entity` for `one-to-many`. For `many-to-many`, `table` is the join table,
    `here` and `there` its two columns; `owning` is true on the side where the brief declares it.
    """

    name: str
    label: str
    entity: str
    kind: Literal["one-to-many", "many-to-many"]
    inverse: str
    via: str | None = None
    table: str | None = None
    here: str | None = None
    there: str | None = None
    owning: bool = False
    writable: bool = False
    required: bool = False
    description: str = ""


class Derived(Node):
    """A value worked out when a row is read; `viewer_dependent` ones differ from caller to caller."""

    name: str
    label: str
    value: Expression
    type: Type
    viewer_dependent: bool = False
    description: str = ""


class Check(Node):
    """A condition on a row or on an operation's input, with what to say when it does not hold.

    `fields` are the fields of the row that it reads: its error is reported on the first.
    """

    name: str
    condition: Expression
    message: str
    fields: tuple[str, ...] = ()


class Transition(Node):
    """A named move of a state field; `guard` must hold on the row besides."""

    name: str
    label: str
    sources: tuple[str, ...]
    target: str
    guard: Expression | None = None
    description: str = ""


class StateMachine(Node):
    """The states of one enumeration field."""

    field: str
    initial: str
    transitions: tuple[Transition, ...]


class Grant(Node):
    """A role may do `action` on the rows for which `condition` holds (None: on all).

    Several grants of one role and action add up. `action` is a verb, a transition, a relation
    action or an operation on the entity.
    """

    role: str
    action: str
    condition: Expression | None = None


class RelationAction(Node):
    """Add to and remove from `relation`: the viewer, or the row named in the path."""

    name: str
    relation: str
    subject: Literal["viewer", "row"]
    description: str = ""


class Key(Node):
    """How rows are named in paths. A slug is made from field `source`; its rows have a uuid too."""

    kind: KeyKind
    source: str | None = None


class Filter(Node):
    """A query parameter of a list: `property` compared by `operator` with the parameter `wire`."""

    wire: str
    property: str
    operator: Literal["eq", "min", "max", "contains"]
    type: Type


class Listing(Node):
    """How rows of an entity are listed. `sorts` are the properties to sort by, `-` before one reverses."""

    filters: tuple[Filter, ...]
    sorts: tuple[str, ...]
    default_sort: str
    omits: tuple[str, ...] = ()


class Entity(Node):
    """An entity: its columns, relations and rules.

    `subject` is the path of references to the person whom a row is about, "" for the entity of those who
    sign in, None if it is about nobody.
    """

    name: str
    plural: str
    table: str
    label: str
    label_plural: str
    key: Key
    owner: str | None = None
    fields: tuple[Field, ...]
    relations: tuple[Relation, ...] = ()
    derived: tuple[Derived, ...] = ()
    checks: tuple[Check, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    states: tuple[StateMachine, ...] = ()
    access: tuple[Grant, ...] = ()
    actions: tuple[RelationAction, ...] = ()
    soft_delete: bool = False
    timestamps: bool = True
    versioned: bool = True
    retention: Retention | None = None
    subject: str | None = None
    listing: Listing
    description: str = ""
    renamed_from: str | None = None

    def field(self, name: str) -> Field:
        """Return the field of that name; a KeyError is a defect of the caller."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)

    def digested(self, field: Field) -> bool:
        """Tell whether a field has a digest beside its ciphertext: where its values must differ."""
        return field.encrypted and (field.unique or any(field.name in names for names in self.unique))


class Effect(Node):
    """One step of an operation; `model/brief.py` `EffectDecl` says which members each kind has."""

    kind: Literal["require", "find", "each", "create", "update", "delete", "move", "adjust"]
    entity: str | None = None
    target: str = ""
    binding: str = ""
    row: Expression | None = None
    by: Expression | None = None
    condition: Expression | None = None
    message: str = ""
    values: tuple[tuple[str, Expression], ...] = ()
    steps: tuple[Effect, ...] = ()


class Operation(Node):
    """Several effects in one transaction. `result` names the binding to answer with, of `result_entity`."""

    name: str
    label: str
    entity: str | None = None
    inputs: tuple[Field, ...] = ()
    guards: tuple[Check, ...] = ()
    effects: tuple[Effect, ...] = ()
    result: str | None = None
    result_entity: str | None = None
    description: str = ""


class Auth(Node):
    """How people sign in. Life times in seconds. `signup_role` is given to whoever names none.

    `attempts` in `attempts_seconds` are granted to one address of the network. A session without a request
    for `idle_seconds` has ended; after `lock_attempts` wrong passwords an account is locked for
    `lock_seconds`. With `second_factor`, a time-based one-time password (RFC 6238) is needed besides. With
    `password_mixed`, passwords have both letters and digits.
    """

    entity: str = "User"
    token_scheme: str = "Bearer"  # noqa: S105 - the scheme's name, RFC 6750
    signup_role: str = SIGNED_IN
    access_seconds: int = 900
    refresh_seconds: int = 1_209_600
    attempts: int = 10
    attempts_seconds: int = 60
    password_minimum: int = 12
    password_mixed: bool = False
    idle_seconds: int | None = None
    lock_attempts: int | None = None
    lock_seconds: int = 1800
    second_factor: bool = False


class AuditLog(Node):
    """A chain of records of who did what with which row; none younger than `keep_days` can be purged."""

    keep_days: int


class Emergency(Node):
    """Access in an emergency: `roles` may read every row for `seconds`, after saying why."""

    roles: tuple[str, ...]
    seconds: int


class Safeguards(Node):
    """What protects the application as a whole.

    `transport`: TLS 1.2 or newer outside of tests, and the headers that keep browsers to it.
    `subject_rights`: people export, and have erased, what is stored about them.
    """

    audit: AuditLog | None = None
    emergency: Emergency | None = None
    transport: bool = False
    subject_rights: bool = False


class Pagination(Node):
    """How lists are cut: names of the query parameters, bounds of a page."""

    style: Literal["cursor", "offset", "page"]
    limit: str
    position: str
    default_limit: int
    max_limit: int


class Property(Node):
    """A member of a shape. `name` is the spec's, `wire` the API's; `source` says where it lives in the row.

    References are carried by the key of their row: property `doctor_id` for field `doctor`. Many-to-many
    relations are carried as lists of keys (`type.many`). `secret` ones (passwords) are never logged nor
    answered.
    """

    name: str
    wire: str
    source: Literal["key", "field", "relation", "derived", "system", "input"]
    of: str
    type: Type
    required: bool
    nullable: bool
    default: Scalar | None = None
    minimum: int | float | None = None
    maximum: int | float | None = None
    pattern: str | None = None
    classes: tuple[str, ...] = ()
    mask: Mask | None = None
    secret: bool = False
    description: str = ""


class Shape(Node):
    """The body of a request or an answer.

    | purpose | what it is |
    |---|---|
    | read | one row as answered |
    | item | one row in a list (without what lists leave out) |
    | page | a list: `items` of shape `item` and the style's position |
    | create, update | a request body; in `update`, absent and null are told apart |
    | input | an operation's request body |
    | auth | bodies of registration, login, tokens, passwords, roles |
    | export | everything about a person: each member has whole rows of its `type.entity` |
    | exported | one row in an export, if that is more than one as answered |
    """

    name: str
    purpose: Literal["read", "item", "page", "create", "update", "input", "auth", "export", "exported"]
    entity: str | None = None
    item: str | None = None
    properties: tuple[Property, ...] = ()
    description: str = ""


RouteKind = Literal[
    "list",
    "create",
    "read",
    "update",
    "delete",
    "transition",
    "add",
    "remove",
    "operation",
    "register",
    "login",
    "refresh",
    "logout",
    "password",
    "me",
    "role",
    "second_factor",
    "emergency",
    "emergencies",
    "export",
    "erase",
]


# Changes of accounts and attempts to sign in: PCI DSS 4.0.1, 10.2.1.4 and 10.2.1.5.
_ACCOUNTS: frozenset[RouteKind] = frozenset(
    {"register", "login", "logout", "password", "role", "second_factor", "emergency", "export", "erase"}
)


class Route(Node):
    """One method on one path, whole: who may, what goes in, what comes out, what can go wrong.

    `path` has `{id}`-like parameters by name, starting with the base path. `roles` is who may call at
    all (`anyone`: no token needed, `user`: any signed-in); rows are restricted by the entity's grants
    for `action`. `body` and `result` are names of shapes. `conditional` routes want If-Match and
    give an ETag. `problems` are the error statuses that can occur. `audited` ones leave a record.
    """

    id: str
    kind: RouteKind
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    summary: str
    tag: str
    entity: str | None = None
    action: str = ""
    roles: tuple[str, ...] = (ANYONE,)
    body: str | None = None
    result: str | None = None
    success: int = 200
    conditional: bool = False
    problems: tuple[int, ...] = ()
    audited: bool = False
    description: str = ""


class Api(Node):
    """The conventions, resolved, and the whole contract that follows from them."""

    base_path: str
    path_case: Case
    field_case: Literal["snake", "camel"]
    envelope: bool
    errors: Literal["problem", "map"]
    create_status: int
    delete_status: int
    pagination: Pagination
    shapes: tuple[Shape, ...] = ()
    routes: tuple[Route, ...] = ()

    def exported(self, entity: str) -> Shape:
        """Return the shape of an entity's rows in an export; a KeyError is a defect of the caller."""
        found = {shape.purpose: shape for shape in self.shapes if shape.entity == entity}
        return found.get("exported") or found["read"]


class OverlayUse(Node):
    """An overlay that takes part: its version, and the digest of what it says.

    The origin is the clause or the prose that named it, or the overlay that requires it.
    """

    name: str
    version: str
    digest: str


class Applied(Node):
    """What an overlay made so: the value at a path of the spec, `Patient.notes.encrypted` say.

    The origin is the clause of the overlay.
    """

    overlay: str
    path: str
    value: str | int | bool | tuple[str, ...]


class Spec(Value):
    """The whole application, in one frozen tree.

    `controls` are the catalogues of controls (`rules/controls`) that overlays bring in, `policies` the names
    of the policies (`rules/policies`). `templates` are those that overlays have, as `AGENT/KIND/OVERLAY`, of
    which later ones win. `between_steps` says that the last migration is the first of two: the tables have
    more, and ask for less, than is said here.
    """

    name: str
    title: str
    version: str
    prose: str = ""
    stack: Stack = Stack()
    overlays: tuple[OverlayUse, ...] = ()
    controls: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    templates: tuple[str, ...] = ()
    applied: tuple[Applied, ...] = ()
    safeguards: Safeguards = Safeguards()
    auth: Auth | None = None
    roles: tuple[Role, ...] = ()
    features: tuple[str, ...] = ()
    enums: tuple[Enum, ...] = ()
    entities: tuple[Entity, ...] = ()
    operations: tuple[Operation, ...] = ()
    api: Api | None = None
    between_steps: bool = False
    assumptions: tuple[Assumption, ...] = ()
    questions: tuple[Question, ...] = ()

    def audits(self, route: Route) -> bool:
        """Tell whether calls of a route leave a record: those of who may sign in always do, if any do."""
        return self.safeguards.audit is not None and (route.audited or route.kind in _ACCOUNTS)

    def entity(self, name: str) -> Entity:
        """Return the entity of that name; a KeyError is a defect of the caller."""
        for entity in self.entities:
            if entity.name == name:
                return entity
        raise KeyError(name)
