"""Between controls, clauses and lines, both ways, by what the evidence of an application says."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from qlf.observe.clauses import about

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from qlf.model.evidence import Assessed, Assessment, Evidence
    from qlf.model.spec import Entity, Spec


class Carried(NamedTuple):
    """A control, its catalogue, and the features by which some lines carry it."""

    catalogue: Assessment
    control: Assessed
    features: tuple[str, ...]


def find(evidence: Evidence, identifier: str) -> list[Carried]:
    """Return the control of that identifier in each catalogue that has it."""
    return [
        Carried(catalogue, control, control.implemented_by)
        for catalogue, control in _controls(evidence)
        if control.id == identifier
    ]


def identifiers(evidence: Evidence) -> list[str]:
    """Return the identifiers of all controls."""
    return [control.id for _, control in _controls(evidence)]


def carried_by(evidence: Evidence, path: str, digest: str, line: int) -> list[Carried]:
    """Return the controls that a line of a file carries, or any of its lines if the line is 0.

    `digest` is that of the file: evidence about other bytes says nothing of these.
    """
    found = []
    for catalogue, control in _controls(evidence):
        lines = (each for each in control.lines if (each.file, each.digest) == (path, digest))
        features = dict.fromkeys(each.feature for each in lines if not line or each.line <= line <= each.end)
        if features:
            found.append(Carried(catalogue, control, tuple(features)))
    return found


def about_entity(evidence: Evidence, entity: Entity) -> list[Carried]:
    """Return the controls that clauses about an entity, or about its fields, brought in."""
    starts = (f"field {entity.name}.", f"{entity.name}.")
    return [
        Carried(catalogue, control, control.implemented_by)
        for catalogue, control in _controls(evidence)
        if any(clause.what.startswith(starts) for clause in control.origins)
    ]


def files_about(spec: Spec, entity: Entity, paths: Iterable[str]) -> list[str]:
    """Return the files that are about an entity, by their names."""
    wanted = f"entity {entity.name}"
    return [path for path in paths if any(each.what == wanted for each in about(spec, path, (), 0))]


def _controls(evidence: Evidence) -> Iterator[tuple[Assessment, Assessed]]:
    for catalogue in evidence.catalogues:
        for control in catalogue.controls:
            yield catalogue, control
