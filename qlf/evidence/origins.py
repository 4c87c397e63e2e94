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


def origins_of_feature(spec: Spec, feature: Feature) -> Iterator[Clause]:
    """Yield the clauses of overlays that asked for a feature."""
    for applied in spec.applied:
        if any(fnmatchcase(applied.path, pattern) for pattern in feature.settings):
            value = ", ".join(applied.value) if isinstance(applied.value, tuple) else str(applied.value)
            yield _clause(
                f"{applied.path}: {value.lower() if value in {'True', 'False'} else value}", applied.origin
            )


def origins_of_data(spec: Spec, classes: Collection[str]) -> Iterator[Clause]:
    """Yield the clauses that have data of some classes stored."""
    for entity in spec.entities:
        for field in entity.fields:
            if told := [name for name in field.classes if name in classes]:
                what = f"field {entity.name}.{field.name} ({', '.join(f'@{name}' for name in told)})"
                yield _clause(what, field.origin)


def _clause(what: str, origin: Origin) -> Clause:
    return Clause(what=what, kind=origin.kind, file=origin.file, line=origin.line, column=origin.column)
