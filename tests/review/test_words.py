"""Differences of specs in sentences: what each kind of edit is called, and that no difference is silent."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from qlf.model.spec import Spec
from qlf.review.words import changes
from tests.review.briefs import ROOT, spec_of

if TYPE_CHECKING:
    from collections.abc import Iterator

AUDITED = "audited on read, create, update"
NOTES = "notes: longtext max=2000"
EDITS: dict[str, tuple[tuple[str, str], tuple[str, ...]]] = {
    "nothing": (("version: 1.0.0", "version: 1.0.0  # so"), ()),
    "version": (("version: 1.0.0", "version: 1.1.0"), ("version 1.0.0 becomes 1.1.0",)),
    "class": (
        (NOTES, f"{NOTES} @phi"),
        (f"Appointment.notes becomes @phi: encrypted, {AUDITED}; 3 controls to prove again",),
    ),
    "bound": (("max=2000", "max=3000"), ("Appointment.notes: maximum 2000 becomes 3000",)),
    "no bound": (("room: text max=20", "room: text"), ("Appointment.room: maximum 20 becomes 255",)),
    "required": (("max=2000", "max=2000 = none"), ("Appointment.notes: default none",)),
    "enumeration": (
        ("enum(visit, call)", "enum(visit, video)"),
        ("enumeration AppointmentKind: values gain video and lose call",),
    ),
    "new field": (
        ("    states:", "      clinic: text! max=80 indexed\n    states:"),
        (
            "Appointment: listing filters gain clinic, clinic_contains, listing sorts gain clinic",
            "Appointment.clinic is new: text, required, indexed",
        ),
    ),
    "field gone": (
        ("      room: text max=20\n", ""),
        ("Appointment: listing filters lose room, room_contains", "Appointment.room is gone"),
    ),
    "access gained": (
        ("doctor: read, update", "doctor: read, update, delete"),
        ("Appointment: doctor may delete",),
    ),
    "access lost": (("doctor: read, update", "doctor: read"), ("Appointment: doctor may no longer update",)),
    "access narrowed": (
        ("doctor: read, update", "doctor: read, update where this.kind == 'call'"),
        ('Appointment: doctor may update where this.kind == "call", before everywhere',),
    ),
    "new entity": (
        ("entities:\n", "entities:\n  Clinic:\n    fields: {name: text!}\n    access: {user: read}\n"),
        ("Clinic is new, with name",),
    ),
    "new role": (("roles: [patient, doctor]", "roles: [patient, doctor, clerk]"), ("role clerk is new",)),
    "prose": (("When who comes.", "Who comes when."), ("the prose differs",)),
}


@pytest.mark.parametrize(("edit", "told"), EDITS.values(), ids=EDITS)
def test_each_edit_is_told(edit: tuple[str, str], told: tuple[str, ...]) -> None:
    found = changes(spec_of(), spec_of(edit), {"phi": 3})
    assert set(told) <= set(found)
    assert len(found) <= len(told) + 1
    assert bool(found) == bool(told)


def test_an_overlay_tells_what_follows_from_it() -> None:
    found = changes(spec_of(("overlays: [hipaa]", "overlays: []")), spec_of(), {})
    assert "overlay hipaa is new" in found
    assert "controls gain hipaa-164.312, owasp-asvs-5.0" in " ".join(found)
    assert "second factor no becomes yes" in " ".join(found)


def test_an_application_comes_and_goes() -> None:
    spec = spec_of()
    assert spec.api
    what = f"{len(spec.entities)} entities, 0 operations, {len(spec.api.routes)} routes"
    assert changes(None, spec, {}) == (f"the application is new: {what}",)
    assert changes(spec, None, {}) == (f"the application is gone: {what}",)


@cache
def shipped() -> tuple[dict[str, Any], tuple[tuple[Any, ...], ...]]:
    text = (ROOT / "briefs" / "ecommerce-mvp.md").read_text(encoding="utf-8")
    plain = spec_of(text=text).model_dump(mode="json")
    return plain, tuple(_leaves(plain, ()))


def _leaves(node: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401 - JSON
    if isinstance(node, dict):
        for name, value in node.items():
            # The types of conditions follow from those of fields, and a row of which nothing is said needs
            # no name.
            follows = "node" in node and (name == "type" or (name == "binding" and node["body"] is None))
            if name not in {"origin", "applied", "api"} and not follows:
                yield from _leaves(value, (*path, name))
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from _leaves(value, (*path, number))
    elif node is not None:
        yield path


def _with(node: Any, path: tuple[Any, ...]) -> Any:  # noqa: ANN401 - JSON
    """Return JSON with another value at a path."""
    if not path:
        if isinstance(node, bool):
            return not node
        return node + 1 if isinstance(node, int) else f"{node}x"
    first, *rest = path
    changed = _with(node[first], tuple(rest))
    if isinstance(node, dict):
        return {**node, first: changed}
    return [changed if number == first else value for number, value in enumerate(node)]


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.filter_too_much])
@given(data=st.data())
def test_no_difference_is_silent(data: st.DataObject) -> None:
    plain, leaves = shipped()
    path = data.draw(st.sampled_from(leaves))
    try:
        other = Spec.model_validate(_with(plain, path))
    except ValidationError:
        reject()
    assert changes(Spec.model_validate(plain), other, {}), path
