"""What brought a catalogue, or a feature, into an application: clauses of the brief and of overlays."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from qlf.model.evidence import Clause

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from qlf.model.control import Feature
    from qlf.model.spec import Spec
    from qlf.model.value import Origin

CONTROLS = "controls"


def origins_of_catalogue(spec: Spec, name: str) -> tuple[Clause, ...]:
    """Return what brought a catalogue in: what named each overlay that asks for it, and its own clause."""
    found: list[Clause] = []
    uses = {use.name: use for use in spec.overlays}
    for applied in spec.applied:
        if applied.path == CONTROLS and applied.value == name:
            use = uses.get(applied.overlay)
            if use is not None:
                found.append(_clause(f"overlay {use.name} {use.version}", use.origin))
            found.append(_clause(f"{CONTROLS} {name}", applied.origin))
    return tuple(dict.fromkeys(found))


def origins_of_feature(spec: Spec, feature: Feature, classes: Collection[str]) -> Iterator[Clause]:
    """Yield the clauses of overlays that asked for a feature.

    Of those about fields, only such with data of some classes count; without classes, all do.
    """
    others = {
        f"{entity.name}.{field.name}"
        for entity in spec.entities
        for field in entity.fields
        if classes and not set(classes).intersection(field.classes)
    }
    for applied in spec.applied:
        about = ".".join(applied.path.split(".")[:2])
        if about not in others and any(fnmatchcase(applied.path, each) for each in feature.settings):
            yield _clause(f"{applied.path}: {_shown(applied.value)}", applied.origin)


def _shown(value: str | int | bool | tuple[str, ...]) -> str:
    if isinstance(value, tuple):
        return ", ".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def origins_of_data(spec: Spec, classes: Collection[str]) -> Iterator[Clause]:
    """Yield the clauses that have data of some classes stored."""
    for entity in spec.entities:
        for field in entity.fields:
            if told := [name for name in field.classes if name in classes]:
                what = f"field {entity.name}.{field.name} ({', '.join(f'@{name}' for name in told)})"
                yield _clause(what, field.origin)


def _clause(what: str, origin: Origin) -> Clause:
    return Clause(what=what, kind=origin.kind, file=origin.file, line=origin.line, column=origin.column)
