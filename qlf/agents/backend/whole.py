"""The application as a whole, as every template may see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qlf.agents.backend import access, columns, operations, safeguards, schemas, sign_in
from qlf.agents.backend.calls import FreeOperations, free_inputs
from qlf.agents.backend.names import sentence
from qlf.python_names import identifier, local, member

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qlf.agents.backend.entity import EntityView
    from qlf.model.spec import Api, AuditLog, Auth, Safeguards, Spec
    from qlf.model.types import Type

BUILT_IN_TYPES = (
    "Answer",
    "Body",
    "Boolean",
    "Day",
    "Duration",
    "Integer",
    "IntegerText",
    "JsonObject",
    "KeyText",
    "Line",
    "LongText",
    "Moment",
    "NewPassword",
    "NotNull",
    "Phone",
    "Slug",
    "TimeOfDay",
    "Url",
)


_ACCOUNT_KINDS = frozenset(
    {"register", "login", "refresh", "logout", "password", "me", "role", "second_factor"}
    | {"emergency", "emergencies"}
)

# What the module that puts the application together calls its own.
_OF_MAIN = frozenset({"app", "connect", "engine", "health", "problems", "sessions", "settings"})


@dataclass(frozen=True)
class Member:
    """One value of an enumeration."""

    name: str
    value: str


@dataclass(frozen=True)
class EnumView:
    """One enumeration."""

    name: str
    sentence: str
    members: tuple[Member, ...]


@dataclass(frozen=True)
class Association:
    """The table of a many-to-many relation."""

    table: str
    here: str
    here_table: str
    there: str
    there_table: str


@dataclass(frozen=True)
class DecimalView:
    """The type of decimals with these digits."""

    name: str
    precision: int
    scale: int
    quantum: str


@dataclass(frozen=True)
class Whole:
    """What every template may ask about the application."""

    name: str
    title: str
    version: str
    auth: Auth | None
    controls: bool
    api: Api
    entities: tuple[EntityView, ...]
    user: dict[str, Any]
    user_view: EntityView | None
    role_enum: str
    enums: tuple[EnumView, ...]
    enum_names: tuple[str, ...]
    associations: tuple[Association, ...]
    association_names: tuple[str, ...]
    model_names: tuple[str, ...]
    route_modules: tuple[tuple[str, str], ...]
    access_modules: tuple[tuple[str, tuple[str, ...]], ...]
    query_modules: tuple[tuple[str, str], ...]
    schema_modules: tuple[tuple[str, tuple[str, ...]], ...]
    schema_types: tuple[str, ...]
    decimals: tuple[DecimalView, ...]
    columns: frozenset[str]
    versioned: bool
    soft_delete: bool
    transitions: bool
    relation_actions: bool
    key_lists: bool
    slugs: bool
    restricted: bool
    free_operations: tuple[str, ...]
    purges: bool
    subject_rights: bool
    auth_routes: dict[str, Any]
    guarded: bool
    safeguards: Safeguards
    sign_in_models: tuple[tuple[str, tuple[str, ...]], ...]
    lock: str

    @property
    def claims(self) -> bool:
        """Whether access tokens say more than whose they are."""
        return bool(self.auth and (self.auth.idle_seconds or self.auth.second_factor))

    @property
    def guarded_sign_in(self) -> bool:
        """Whether more is asked of sign-in than a password of some length."""
        return self.claims or bool(self.auth and self.auth.lock_attempts)

    @property
    def removes(self) -> bool:
        """Whether rows are removed for good that nobody asks for one by one."""
        return self.purges or self.subject_rights

    @property
    def encrypts(self) -> bool:
        """Whether some field is encrypted."""
        return any(view.sealed for view in self.entities)

    @property
    def digests(self) -> bool:
        """Whether the values of some encrypted field must differ."""
        return any(one.digested for view in self.entities for one in view.sealed)

    @property
    def masks(self) -> bool:
        """Whether some field is masked in answers."""
        return any(view.masks for view in self.entities)

    @property
    def audit(self) -> AuditLog | None:
        """The audit log, if there is one."""
        return self.safeguards.audit

    @property
    def audits_reasons(self) -> bool:
        """Whether events of the audit log can tell why somebody did something."""
        return bool(self.auth and self.audit and self.safeguards.emergency)

    @property
    def exported_models(self) -> tuple[str, ...]:
        """The models of the whole application."""
        return tuple(sorted([*self.model_names, *(["AuditEvent", "AuditHead"] if self.audit else [])]))

    @property
    def key_files(self) -> tuple[str, ...]:
        """The files in which a development machine keeps its keys."""
        wanted = {
            "secret-key": self.auth is not None,
            "encryption-keys": self.encrypts,
            "digest-key": self.digests,
            "audit-key": self.audit is not None,
        }
        return tuple(name for name, there in wanted.items() if there)

    @property
    def discreet(self) -> bool:
        """Whether no error and no log may show a value."""
        return self.guarded or self.masks

    @property
    def base_columns(self) -> tuple[str, ...]:
        """The column types that the base of all models maps Python's types to."""
        return tuple(
            name
            for kind, name in (("datetime", "UtcDateTime"), ("duration", "Seconds"))
            if kind in self.columns
        )


def whole(spec: Spec, views: list[EntityView]) -> Whole:
    """Return the application as a whole; a spec without routes is a defect of the compiler."""
    if spec.api is None:
        message = "the compiler lets no spec through without an API"
        raise ValueError(message)
    decimals = _decimals(spec)
    associations = _associations(spec)
    slugs = any(entity.key.kind == "slug" for entity in spec.entities)
    guarded = safeguards.guarded(spec)
    names = [view.name for view in views] + [one.table for one in associations]
    user_view = next((view for view in views if view.is_user), None)
    return Whole(
        name=spec.name,
        title=spec.title,
        version=spec.version,
        auth=spec.auth,
        controls=bool(spec.controls),
        api=spec.api,
        entities=tuple(views),
        user=_user(spec, user_view),
        user_view=user_view,
        role_enum=access.role_enum(spec),
        enums=tuple(_enums(spec)),
        enum_names=tuple(enum.name for enum in spec.enums),
        associations=associations,
        association_names=tuple(one.table for one in associations),
        model_names=tuple(sorted([*names, *sign_in.model_names(spec)])),
        route_modules=_route_modules(spec, views),
        access_modules=tuple(
            (view.collection, tuple(rule.function for rule in view.access)) for view in views if view.access
        ),
        query_modules=tuple((view.collection, view.plural) for view in views if view.selected),
        schema_modules=tuple(_schema_modules(spec, views)),
        schema_types=(
            *BUILT_IN_TYPES,
            *(name for one in decimals for name in (one.name, f"{one.name}Out")),
        ),
        decimals=decimals,
        columns=_column_kinds(spec),
        versioned=any(entity.versioned for entity in spec.entities),
        soft_delete=any(entity.soft_delete for entity in spec.entities),
        transitions=any(entity.states for entity in spec.entities),
        relation_actions=any(entity.actions for entity in spec.entities),
        key_lists=any(view.key_lists for view in views),
        slugs=slugs,
        restricted=_restricted(spec, views),
        free_operations=tuple(one.name for one in spec.operations if one.entity is None),
        purges=any(entity.retention for entity in spec.entities),
        subject_rights=_grants_rights(spec),
        auth_routes=_auth_routes(spec, user_view),
        guarded=guarded,
        safeguards=spec.safeguards,
        sign_in_models=sign_in.models(spec),
        lock=("auth-" if spec.auth else "") + ("guarded-" if guarded else "") + ("slug-" if slugs else ""),
    )


def _user(spec: Spec, view: EntityView | None) -> dict[str, Any]:
    if spec.auth is None or view is None:
        return {}
    entity = spec.entity(spec.auth.entity)
    return {
        "name": entity.name,
        "table": entity.table,
        "plural": entity.plural,
        "collection": view.collection,
        "module": view.module,
        "read": view.read,
        "reread": view.reread,
        "key_type": columns.key_type(entity.key),
        "select_self": f"select_{entity.plural}({'user' if view.viewer_dependent else ''})",
        "settles": operations.settles(entity),
    }


def _enums(spec: Spec) -> list[EnumView]:
    used = {
        field.type.enum: f"{entity.label}: {field.label.lower()}"
        for entity in spec.entities
        for field in entity.fields
        if field.type.enum
    }
    return [
        EnumView(
            enum.name,
            sentence(used.get(enum.name, enum.name)),
            tuple(Member(member(value), value) for value in enum.values),
        )
        for enum in spec.enums
    ]


def _associations(spec: Spec) -> tuple[Association, ...]:
    return tuple(
        Association(
            table=str(relation.table),
            here=str(relation.here),
            here_table=entity.table,
            there=str(relation.there),
            there_table=spec.entity(relation.entity).table,
        )
        for entity in spec.entities
        for relation in entity.relations
        if relation.kind == "many-to-many" and relation.owning
    )


def _all_types(spec: Spec) -> list[Type]:
    found = [field.type for entity in spec.entities for field in entity.fields]
    found += [one.type for entity in spec.entities for one in entity.derived]
    return found + [prop.type for shape in (spec.api.shapes if spec.api else ()) for prop in shape.properties]


def _decimals(spec: Spec) -> tuple[DecimalView, ...]:
    found: dict[str, DecimalView] = {}
    for kind in _all_types(spec):
        if kind.kind in {"decimal", "money"}:
            precision, scale = kind.precision or 18, kind.scale if kind.scale is not None else 2
            name = schemas.decimal_name(kind)
            quantum = f"0.{'0' * (scale - 1)}1" if scale else "1"
            found[name] = DecimalView(name, precision, scale, quantum)
    return tuple(found[name] for name in sorted(found))


def _column_kinds(spec: Spec) -> frozenset[str]:
    kinds: set[str] = {field.type.kind for entity in spec.entities for field in entity.fields}
    if "money" in kinds:
        kinds.add("decimal")
    if spec.auth:
        kinds.add("datetime")
    if any(entity.key.kind == "int" for entity in spec.entities):
        kinds.add("int_key")
    return frozenset(kinds)


def _route_modules(spec: Spec, views: list[EntityView]) -> tuple[tuple[str, str], ...]:
    """Return the modules of routes, and what they are called where the application is put together."""
    modules = {view.collection for view in views if view.routes or view.is_user}
    if spec.auth:
        modules.add("auth")
    if spec.auth and spec.safeguards.emergency:
        modules.add("emergency")
    if any(one.entity is None for one in spec.operations):
        modules.add("operations")
    if _grants_rights(spec):
        modules.add("subject_rights")
    return tuple((name, f"{name}_routes" if name in _OF_MAIN else name) for name in sorted(modules))


def _grants_rights(spec: Spec) -> bool:
    return any(route.kind == "export" for route in (spec.api.routes if spec.api else ()))


def _schema_modules(spec: Spec, views: list[EntityView]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for view in views:
        if view.schemas:
            yield view.module, tuple(one.name for one in view.schemas)
    free = tuple(shape.name for shape in free_inputs(spec))
    if free:
        yield "operations", free


def _restricted(spec: Spec, views: list[EntityView]) -> bool:
    routes = spec.api.routes if spec.api else ()
    changes_roles = any(route.kind in {"role", "emergency"} for route in routes)
    free = FreeOperations(spec)
    doors = [one.dependencies for one in free.views()] + [
        one.dependencies for view in views for one in view.routes
    ]
    named = bool(free.aliases) or any(view.aliases for view in views)
    return changes_roles or named or any("require(" in door for door in doors)


def _auth_routes(spec: Spec, user: EntityView | None) -> dict[str, Any]:
    if spec.auth is None or user is None or spec.api is None:
        return {}
    prefix = f"{spec.api.base_path}/auth"
    shapes = {shape.name: shape for shape in spec.api.shapes}
    found: dict[str, Any] = {}
    for route in spec.api.routes:
        if route.kind in _ACCOUNT_KINDS:
            kind = f"{route.kind}_{route.method.lower()}" if route.kind == "me" else route.kind
            if route.kind == "second_factor":
                kind = f"{'confirm' if route.path.endswith('/confirm') else 'start'}_{kind}"
            found[kind] = {
                "path": route.path.removeprefix(prefix),
                "full_path": route.path.removeprefix(spec.api.base_path),
                "function": local(route.id),
                "sentence": sentence(route.summary),
                "success": route.success,
                "body": route.body,
                "result": schemas.schema_name(spec, route.result) if route.result else None,
                "tag": route.tag,
                "watched": safeguards.watched(spec, route) if spec.audits(route) else "",
                "masked": safeguards.masked(shapes.get(route.body or "")),
                "context": ", context=viewer"
                if safeguards.shown_to(spec, shapes.get(route.result or ""))
                else "",
                "roles": tuple(
                    f"{access.role_enum(spec)}.{member(role)}"
                    for role in access.role_names(spec)
                    if role in route.roles
                ),
            }
    found["tag"] = found["login"]["tag"]
    rights = {route.body for route in spec.api.routes if route.kind == "erase"}
    names = [one[part] for key, one in found.items() if key != "tag" for part in ("body", "result")]
    found["schemas"] = tuple(
        schemas.schema(spec, shape)
        for shape in spec.api.shapes
        if shape.purpose == "auth" and shape.name not in rights
    )
    found["schema_names"] = tuple(
        sorted({name for name in names if name in shapes and shapes[name].purpose == "auth"})
    )
    password = shapes[found["password"]["body"]].properties
    for part in ("current", "new"):
        wire = next(one.wire for one in password if one.name == f"{part}_password")
        found["password"][f"{part}_wire"] = wire
    if listed := found.get("emergencies"):
        page = shapes[listed["result"]]
        item = str(page.item)
        listed |= {"item": item, "page_members": schemas.page_members(spec)}
        found["schemas"] += (
            schemas.page_schema(spec, page, "those who got access in an emergency", "items", item),
        )
    if register := found.get("register"):
        register["assigned"] = _registered(spec, shapes[register["body"]].properties)
    return found


def _registered(spec: Spec, properties: tuple[Any, ...]) -> tuple[tuple[str, str], ...]:
    auth = spec.auth
    given = {prop.of or prop.name for prop in properties}
    values = [
        (identifier(prop.of or prop.name), f"body.{identifier(prop.name)}")
        for prop in properties
        if prop.name not in {"email", "password"}
    ]
    if "role" not in given and auth is not None:
        values.append(("role", f"{access.role_enum(spec)}.{member(auth.signup_role)}"))
    return tuple(values)
