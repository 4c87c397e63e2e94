"""The columns of each entity: those of the brief, and those that every row has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.compile.draft import USER, Draft
from qlf.compile.passes.enums import input_of
from qlf.model.spec import Entity, Field, Key, Listing
from qlf.model.types import Type
from qlf.model.value import default
from qlf.words import label, plural, snake

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qlf.model.brief import EntityDecl, FieldDecl

LONGEST = {"text": 255, "longtext": 65_535, "file": 255, "email": 254, "url": 2_048, "phone": 16}
_HASH_LENGTH = 255
_DIGITS = {"money": (18, 2), "decimal": (18, 6)}
_UNLISTED = Listing(filters=(), sorts=(), default_sort="id")


def fields(draft: Draft) -> Draft:
    """Make the entities, with their fields and nothing else."""
    return draft.with_entities(_entity(draft, declared) for declared in draft.brief.entities)


def field_of(draft: Draft, owner: str, declared: FieldDecl) -> Field:
    """Return the field of an entity, or of the input of an operation."""
    reference = declared.kind == "reference"
    maximum = declared.maximum if declared.maximum is not None else LONGEST.get(declared.kind)
    return Field(
        name=declared.name,
        column=f"{declared.name}_id" if reference else declared.name,
        label=label(declared.name),
        type=_type(draft, owner, declared),
        required=declared.required,
        unique=declared.unique,
        indexed=declared.indexed or (reference and not declared.unique),
        immutable=declared.immutable,
        hidden=declared.hidden,
        managed=declared.readonly,
        default=declared.default,
        minimum=declared.minimum,
        maximum=maximum,
        pattern=declared.pattern,
        classes=declared.classes,
        description=declared.description,
        renamed_from=declared.renamed_from,
        origin=declared.origin,
    )


def input_fields(draft: Draft, operation: str, declared: tuple[FieldDecl, ...]) -> tuple[Field, ...]:
    """Return the fields of an operation's input."""
    return tuple(field_of(draft, input_of(operation), field) for field in declared)


def _type(draft: Draft, owner: str, declared: FieldDecl) -> Type:
    precision, scale = declared.precision, declared.scale
    if declared.kind in _DIGITS and precision is None:
        precision, scale = _DIGITS[declared.kind]
    return Type(
        kind=declared.kind,
        entity=declared.target,
        enum=draft.enum_names.get((owner, declared.name)) if declared.kind == "enum" else None,
        precision=precision,
        scale=scale,
    )


def _entity(draft: Draft, declared: EntityDecl) -> Entity:
    many = declared.plural or plural(snake(declared.name))
    kind = declared.key or draft.brief.api.key
    return Entity(
        name=declared.name,
        plural=many,
        table=many,
        label=label(declared.name),
        label_plural=label(many),
        key=Key(kind=kind, source=declared.slug_from if kind == "slug" else None, origin=declared.origin),
        owner=declared.owner,
        fields=tuple(_all_fields(draft, declared, kind)),
        unique=declared.unique,
        indexes=declared.indexes,
        soft_delete=declared.soft_delete,
        timestamps=declared.timestamps,
        versioned=declared.versioned,
        listing=_UNLISTED,
        description=declared.description,
        renamed_from=declared.renamed_from,
        origin=declared.origin,
    )


def _all_fields(draft: Draft, declared: EntityDecl, key: str) -> Iterator[Field]:
    yield from _keys(declared, key)
    stored = [field for field in declared.fields if not field.many]
    machines = {states.field for states in declared.states}
    if declared.owner and all(field.name != declared.owner for field in stored):
        yield _owner(declared)
    for field in stored:
        made = field_of(draft, declared.name, field)
        if field.name == declared.owner:
            made = made.model_copy(update={"system": True, "required": True, "immutable": True})
        if field.name in machines:
            made = made.model_copy(update={"managed": True, "required": True})
        if draft.viewer == declared.name and field.name in {"role", "active"}:
            made = made.model_copy(update={"system": True})
        yield made
        if draft.viewer == declared.name and field.name == "email":
            yield _system("password_hash", Type(kind="text"), hidden=True, maximum=_HASH_LENGTH)
    yield from _stamps(declared)


def _keys(declared: EntityDecl, key: str) -> Iterator[Field]:
    whole = Type(kind="int") if key == "int" else Type(kind="uuid")
    yield _system("id", whole, immutable=True)
    if key == "slug":
        slug = _system("slug", Type(kind="text"), unique=True, immutable=True, maximum=LONGEST["text"])
        yield _with_origin(slug, declared)


def _with_origin(field: Field, declared: EntityDecl) -> Field:
    """Return the field with the entity's origin, since the brief asks for it."""
    return field.model_copy(update={"origin": declared.origin})


def _owner(declared: EntityDecl) -> Field:
    name = declared.owner or ""
    owner = _system(name, Type(kind="reference", entity=USER), immutable=True, indexed=True)
    return _with_origin(owner, declared).model_copy(update={"column": f"{name}_id"})


def _stamps(declared: EntityDecl) -> Iterator[Field]:
    moment = Type(kind="datetime")
    if declared.timestamps:
        yield _system("created_at", moment, immutable=True)
        yield _system("updated_at", moment)
    if declared.versioned:
        yield _system("version", Type(kind="int"), default_value=1, minimum=1)
    if declared.soft_delete:
        deleted = _system("deleted_at", moment, hidden=True, required=False, indexed=True)
        yield _with_origin(deleted, declared)


def _system(  # noqa: PLR0913 - what system fields differ in
    name: str,
    kind: Type,
    *,
    required: bool = True,
    unique: bool = False,
    indexed: bool = False,
    immutable: bool = False,
    hidden: bool = False,
    minimum: int | None = None,
    maximum: int | None = None,
    default_value: int | None = None,
) -> Field:
    return Field(
        name=name,
        column=name,
        label=label(name),
        type=kind,
        required=required,
        unique=unique,
        indexed=indexed,
        immutable=immutable,
        hidden=hidden,
        system=True,
        default=default_value,
        minimum=minimum,
        maximum=maximum,
        origin=default("every row has it"),
    )
