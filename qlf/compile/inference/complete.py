"""From drafts to declarations: the catalogue's fields, owners, and references that fit together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.compile.inference import shorthand
from qlf.compile.inference.draft import MOST_FIELDS
from qlf.compile.inference.english import plural_of, snake_of
from qlf.compile.inference.entities import USER
from qlf.compile.inference.files import load
from qlf.compile.inference.fitting import fit, name_inverses, relax_cycles
from qlf.compile.inference.taken import alike, origin_in, taken, tell
from qlf.model.brief import EntityDecl, FieldDecl

if TYPE_CHECKING:
    from qlf.compile.inference.draft import Draft, EntityDraft


_OF_ACCOUNTS = frozenset({"email", "role", "active", "password", "password_hash"})


def drop_roles(draft: Draft) -> None:
    """Drop people who only act and whom no other entity refers to: their role is enough."""
    for name, entity in list(draft.entities.items()):
        if entity.entry is None or not entity.entry.profile or entity.said:
            continue
        if _only_acts(draft, name) and not _referred_to(draft, name):
            del draft.entities[name]


def drop_parts(draft: Draft) -> None:
    """Drop entities that are fields of another one that is there: ratings beside reviews."""
    for name, entity in list(draft.entities.items()):
        if entity.entry and entity.entry.part_of in draft.entities and not entity.said:
            del draft.entities[name]


def _only_acts(draft: Draft, name: str) -> bool:
    uses = [
        (id(sentence), match.start)
        for sentence, match in draft.reading.each("entity")
        if (entry := draft.entry(match.names("entity"))) and entry.name == name
    ]
    return bool(uses) and all(use in draft.role_spans for use in uses)


def _referred_to(draft: Draft, name: str) -> bool:
    for other in draft.entities.values():
        inherited = other.entry.fields if other.entry else ()
        if other.name != name and any(field.target == name for field in (*other.said.values(), *inherited)):
            return True
    return False


def declarations(draft: Draft) -> tuple[EntityDecl, ...]:
    """Return the draft's entities as a brief declares them, and note an assumption for each."""
    made = {name: _declare(draft, entity) for name, entity in draft.entities.items()}
    relax_cycles(made)
    name_inverses(draft, made)
    fit(draft, made)
    for entity in made.values():
        own = draft.entities[entity.name]
        if own.entry and own.entry.declared:
            tell(draft, own, entity)
        elif not own.stated:
            holds = ", ".join(field.name for field in entity.fields) or "no fields of its own"
            draft.assume(f"entities.{entity.name}", holds, entity.origin)
    return tuple(made.values())


def _declare(draft: Draft, entity: EntityDraft) -> EntityDecl:
    if entity.stated and not entity.stated.taken:
        return entity.stated
    fields = {field.name: field for field in _inherited(draft, entity)}
    for name, said in _possible(draft, entity).items():
        for other in _replaced(fields, said):
            if not (entity.stated and other in entity.said):
                del fields[other]
        if name not in fields or not alike(fields[name], said):
            fields[name] = said
    owner = _declared_owner(draft, entity) or _owner(draft, entity, fields)
    kept = [field for field in fields.values() if not (owner and _is_owner(field))][:MOST_FIELDS]
    if not any(field.kind != "reference" for field in kept) and entity.name != USER:
        kept = [*_plain(entity, kept), *kept]
    # The owner's reference is the factory's: a field of the same name would be there twice.
    kept = [field for field in kept if field.name != owner]
    made = EntityDecl(name=entity.name, owner=owner, fields=tuple(kept), origin=entity.origin)
    return taken(entity, made) if entity.entry and entity.entry.declared else made


def _declared_owner(draft: Draft, entity: EntityDraft) -> str | None:
    """Return the owner that the brief says, or the overlay if there is sign-in."""
    if entity.stated and entity.stated.owner:
        return entity.stated.owner
    declared = entity.entry.declared if entity.entry else None
    return declared.owner if declared and draft.authentication else None


def _possible(draft: Draft, entity: EntityDraft) -> dict[str, FieldDecl]:
    """Return the fields said in prose whose targets are there, without those that every account has."""
    if entity.stated:
        return entity.said
    there = {*draft.entities, *([USER] if draft.authentication else [])}
    accounts = entity.name == USER and draft.authentication
    return {
        name: _referring(draft, field)
        for name, field in entity.said.items()
        if (field.target is None or field.target in there) and not (accounts and name in _OF_ACCOUNTS)
    }


def _referring(draft: Draft, field: FieldDecl) -> FieldDecl:
    """Return a text as a reference where the prose came to know an entity of that name after it."""
    target = next((name for name in draft.entities if snake_of(name) == field.name), None)
    if field.kind != "text" or target is None or field.name.replace("_", " ") in load("fields")["named"]:
        return field
    return FieldDecl(
        name=field.name, kind="reference", target=target, required=field.required, origin=field.origin
    )


def _inherited(draft: Draft, entity: EntityDraft) -> list[FieldDecl]:
    forms = load("fields")["generic"]
    if entity.name == USER and not draft.authentication:
        forms = load("fields")["person"]
    elif entity.entry:
        return _resolved(draft, entity)
    elif _possible(draft, entity):
        return []
    return [
        shorthand.field(name, form).model_copy(update={"origin": entity.origin})
        for name, form in forms.items()
    ]


def _resolved(draft: Draft, entity: EntityDraft) -> list[FieldDecl]:
    """Return the catalogue's fields; references only to what the brief has."""
    assert entity.entry is not None  # noqa: S101 - the caller's condition
    present = {USER} if draft.authentication else set()
    present |= set(draft.entities)
    kept = {f.name: f for f in entity.entry.fields if f.kind != "reference" or (f.target or "") in present}
    for group in entity.entry.either:
        there = [name for name in kept if name in group]
        for name in there:
            kept[name] = kept[name].model_copy(update={"required": len(there) == 1})
    return [
        field.model_copy(update={"origin": origin_in(field.origin, entity.origin)}) for field in kept.values()
    ]


def _replaced(fields: dict[str, FieldDecl], said: FieldDecl) -> list[str]:
    """Return the catalogue's fields that one named in the prose stands for."""
    aliases = load("fields")["aliases"].get(said.name, [])
    same = [name for name in fields if name in aliases and name != said.name]
    if said.kind == "reference":
        plain = said.name in {snake_of(said.target or ""), plural_of(said.target or "")}
        twins = [f.name for f in fields.values() if f.target == said.target and f.name != said.name]
        same += twins if plain else []
        # What the text calls an author is one now that authors are kept.
        same += [
            f.name for f in fields.values() if f.name == snake_of(said.target or "") and f.name != said.name
        ]
    return list(dict.fromkeys(same))


def _is_owner(field: FieldDecl) -> bool:
    return field.target == USER and not field.many and field.name in {"user", "owner", "author"}


def _owner(draft: Draft, entity: EntityDraft, fields: dict[str, FieldDecl]) -> str | None:
    if not draft.authentication or entity.name == USER:
        return None
    if entity.entry and entity.entry.profile:
        return "user" if snake_of(entity.name) in draft.roles else None
    said = next((field for field in fields.values() if _is_owner(field)), None)
    wished = entity.entry.owner if entity.entry else None
    if said:
        return wished or said.name
    wished = wished or entity.owner
    if wished in fields:
        return None
    return wished


def _plain(entity: EntityDraft, kept: list[FieldDecl]) -> list[FieldDecl]:
    """Return a name for an entity without any field but references that is not a mere link between two."""
    if entity.entry or len(kept) > 1:
        return []
    name = "title" if any(field.name == "name" for field in kept) else "name"
    form = load("fields")["generic"]["name"]
    return [shorthand.field(name, form).model_copy(update={"origin": entity.origin})]
