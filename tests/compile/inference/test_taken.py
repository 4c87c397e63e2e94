"""Entities of overlays in use: taken where prose names them, and given way to what the brief says."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from qlf.brief.expand import expand
from qlf.brief.read import read_brief
from qlf.compile.compile import compile_brief
from qlf.compile.inference import brief_from_text, infer
from qlf.model.brief import Brief, EntityDecl, FieldDecl
from qlf.model.spec import Spec
from qlf.overlay.files import Folder
from qlf.overlay.read import read_overlays
from qlf.repository import shipped

if TYPE_CHECKING:
    from qlf.model.overlay import Overlay

ROOT = Path(__file__).resolve().parents[3]
CORPUS = [
    case["text"]
    for part in yaml.safe_load((ROOT / "tests/corpus/inference.yaml").read_text("utf-8")).values()
    for case in part
]


@cache
def library() -> tuple[Overlay, ...]:
    found = read_overlays((Folder(shipped("overlays"), "overlays", shipped=True),))
    assert isinstance(found, tuple)
    return found


def made(text: str) -> Brief:
    return infer(brief_from_text(text), library())


def stated(front: str, prose: str = "") -> Brief:
    text = f"---\n{front}---\n# Clinic\n\n{prose}\n"
    read = read_brief(Path("clinic.md"), text.encode())
    assert isinstance(read, Brief), [str(problem) for problem in read]
    return infer(read, library())


def entity(brief: Brief, name: str) -> EntityDecl:
    return next(each for each in brief.entities if each.name == name)


def field(brief: Brief, name: str) -> FieldDecl:
    holder, _, member = name.partition(".")
    return next(each for each in entity(brief, holder).fields if each.name == member)


def assumed(brief: Brief, about: str) -> list[str]:
    return [each.holds for each in brief.assumptions if each.about == about]


def place(name: str, text: str, after: str) -> tuple[int, int]:
    """Return line and column of a text of a shipped overlay, after another one."""
    lines = (shipped("overlays") / "domains" / f"{name}.yaml").read_text("utf-8").splitlines()
    start = lines.index(after)
    line = next(at for at in range(start, len(lines)) if lines[at].strip().startswith(text))
    return line + 1, lines[line].index(text) + 1


# From prose


def test_what_is_taken_leads_to_the_overlay_and_to_the_words() -> None:
    brief = made("A clinic with patients and lab results.")
    born, patient = field(brief, "Patient.birth_date"), entity(brief, "Patient")
    assert (born.kind, born.required, born.classes) == ("date", True, ("phi",))
    file = "overlays/domains/healthcare.yaml"
    because = '"patients" at briefs/clinic.md:3:15'
    for node, at in (
        (born, place("healthcare", "birth_date", "  Patient:")),
        (patient, place("healthcare", "Patient", "  Patient:")),
    ):
        origin = node.origin
        assert (origin.kind, origin.file, (origin.line, origin.column)) == ("overlay", file, at)
        assert origin.because == because
    told = next(each for each in brief.assumptions if each.about == "entities.Patient")
    assert told.holds.startswith("from healthcare: name, email, phone, birth_date, ")
    assert told.origin == patient.origin


def test_without_the_overlay_the_core_catalogue_answers() -> None:
    text = "A list of patients and doctors."
    assert "blood_type" not in {each.name for each in entity(made(text), "Patient").fields}
    brief = infer(brief_from_text("A clinic with patients and doctors."), library())
    assert field(brief, "Patient.blood_type").origin.kind == "overlay"
    assert entity(infer(brief_from_text("A clinic with patients.")), "Patient").origin.kind == "inferred"


def test_an_overlay_named_in_the_front_matter_is_in_use() -> None:
    brief = stated("overlays: [fintech]\n", "People keep accounts and wallets.")
    assert entity(brief, "Account").taken is not None
    assert [each.name for each in brief.overlays] == ["fintech"]


def test_an_optional_reference_to_what_is_not_kept_is_left_out_and_told() -> None:
    brief = made("A clinic with patients and lab results.")
    assert "sample" not in {each.name for each in entity(brief, "LabResult").fields}
    assert assumed(brief, "entities.LabResult.sample") == ["left out: there is no Sample"]
    kept = made("A clinic with patients, specimens and lab results.")
    assert field(kept, "LabResult.sample").target == "Sample"
    assert assumed(kept, "entities.LabResult.sample") == []


def test_what_is_required_comes_along_and_says_why() -> None:
    brief = made("A hospital keeps vital signs.")
    patient = entity(brief, "Patient")
    assert patient.origin.because.startswith("VitalSign.patient requires it at ")
    assert assumed(brief, "entities.Patient")[0].startswith("from healthcare: name")


def test_what_the_prose_denies_does_not_come_along() -> None:
    brief = made("A hospital keeps vital signs, without patients.")
    assert [each.name for each in brief.entities] == ["VitalSign"]
    assert assumed(brief, "entities.VitalSign.patient") == ["left out: there is no Patient"]


def test_what_the_prose_says_wins_field_by_field() -> None:
    brief = made(
        "A clinic with patients. "
        "Each prescription has a status (open, closed), a frequency and a room number."
    )
    status, frequency = field(brief, "Prescription.status"), field(brief, "Prescription.frequency")
    assert (status.values, status.origin.kind) == (("open", "closed"), "inferred")
    # The prose adds that there must be one; its class is still what the overlay knows.
    assert (frequency.required, frequency.classes) == (True, ("phi",))
    assert frequency.origin.kind == "inferred"
    assert field(brief, "Prescription.room_number").origin.kind == "inferred"
    assert field(brief, "Prescription.dosage").origin.kind == "overlay"
    assert entity(brief, "Prescription").states == ()


def test_what_the_prose_only_repeats_is_still_the_overlays() -> None:
    brief = made("A clinic with patients. Patients have an address and a phone.")
    assert field(brief, "Patient.address").origin.kind == "overlay"
    assert field(brief, "Patient.address").classes == ("pii",)


def test_clauses_that_name_what_is_gone_are_left_out() -> None:
    brief = made("Bank with transfers between wallets.")
    assert {each.name for each in entity(brief, "Transfer").fields} >= {"from_wallet", "to_wallet"}
    assert entity(brief, "Transfer").checks == ()
    assert assumed(brief, "entities.Transfer.accounts_differ") == [
        "left out: it names what this application does not have"
    ]
    full = made("A bank with transfers between accounts and wallets.")
    assert [check.name for check in entity(full, "Transfer").checks] == ["accounts_differ"]


def test_transitions_are_for_the_roles_that_there_are() -> None:
    brief = made("A clinic with appointments. Doctors confirm appointments. Patients book appointments.")
    machine = entity(brief, "Appointment").states[0]
    by = {move.name: move.roles for move in machine.transitions}
    assert by["confirm"] == ("doctor",)
    assert by["cancel"] == ("patient", "doctor")
    assert by["check_in"] == ()
    alone = made("A clinic with patients and appointments, no login.")
    assert {move.roles for move in entity(alone, "Appointment").states[0].transitions} == {()}


def test_the_higher_priority_wins_and_else_the_later_name() -> None:
    text = "An online shop that is a payment processor: payments of customers."
    assert entity(made(text), "Payment").taken.name == "fintech"  # type: ignore[union-attr]
    higher = tuple(
        each.model_copy(update={"priority": 1}) if each.name == "ecommerce" else each for each in library()
    )
    brief = infer(brief_from_text(text), higher)
    assert entity(brief, "Payment").taken.name == "ecommerce"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "asked", "taken"),
    [
        ("A clinic with patients and lab results.", ["hipaa"], []),
        ("A clinic with patients, under HIPAA.", [], ["hipaa"]),
        ("A shop that keeps card numbers of customers.", ["pci"], []),
    ],
)
def test_no_regulation_takes_part_silently(text: str, asked: list[str], taken: list[str]) -> None:
    brief = made(text)
    assert [each.about for each in brief.questions if each.about.startswith("overlays.")] == [
        f"overlays.{name}" for name in asked
    ]
    compliance = {each.name for each in library() if each.kind == "compliance"}
    assert [each.name for each in brief.overlays if each.name in compliance] == taken
    for name in taken:
        assert assumed(brief, f"overlays.{name}") == ["takes part"]


# From the front matter


def test_an_entity_in_full_structure_keeps_exactly_its_own() -> None:
    front = "overlays: [healthcare]\nentities: {Patient: {fields: {name: text!}}}\n"
    brief = stated(front, "A clinic with patients, doctors and lab results.")
    assert [(each.name, [f.name for f in each.fields]) for each in brief.entities] == [("Patient", ["name"])]
    assert not [each for each in brief.assumptions if each.about.startswith("entities.")]


def test_an_entity_from_an_overlay_has_what_it_does_not_say_itself() -> None:
    brief = stated("""overlays: [healthcare]
entities:
  Patient:
    from: healthcare
    fields:
      birth_date: date
      nickname: text max=40
    check: {named: this.name != ''}
    unique: [[birth_date, nickname]]
""")
    patient = entity(brief, "Patient")
    born = field(brief, "Patient.birth_date")
    assert (born.required, born.classes, born.origin.kind, born.origin.line) == (False, (), "brief", 7)
    assert field(brief, "Patient.blood_type").origin.because == "from: healthcare at clinic.md:5:11"
    assert [check.name for check in patient.checks] == ["named"]
    assert patient.unique == (("birth_date", "nickname"),)
    assert patient.origin.kind == "brief"
    assert assumed(brief, "entities.Patient")[0].startswith("from healthcare: name, email")
    assert "birth_date" not in assumed(brief, "entities.Patient")[0]
    assert assumed(brief, "entities.Patient.born_already") != []


def test_clauses_of_an_entity_from_an_overlay_name_what_it_has_there() -> None:
    front = """overlays: [healthcare]
roles: [doctor, clerk]
entities:
  Doctor: {from: healthcare}
  Patient: {from: healthcare}
  Appointment:
    from: healthcare
    unique: [[doctor, starts_at]]
    access: {doctor: "read, confirm", clerk: "create, read, check_in"}
"""
    spec = compile_brief(stated(front))
    assert isinstance(spec, Spec), [str(problem) for problem in spec]
    appointment = spec.entity("Appointment")
    assert appointment.unique == (("doctor", "starts_at"),)
    assert {(each.role, each.action) for each in appointment.access} >= {
        ("doctor", "confirm"),
        ("clerk", "check_in"),
    }
    wrong = compile_brief(stated(front.replace("starts_at", "start_at").replace("check_in", "chek_in")))
    assert isinstance(wrong, list)
    assert [str(problem) for problem in wrong] == [
        "clinic.md:7:3: Appointment has no field start_at; did you mean starts_at?",
        "clinic.md:10:61: Appointment has no action chek_in; did you mean check_in?",
    ]


def test_what_the_brief_states_stays_and_the_overlay_gives_way() -> None:
    brief = stated("""overlays: [healthcare, ecommerce]
entities:
  Doctor: {from: healthcare}
  Appointment: {from: healthcare, check: {ends_after_start: this.ends_at >= this.starts_at}}
  Patient:
    from: healthcare
    fields:
      birth_date: date! @phi
      first_appointment: Appointment!
  Visit: {from: healthcare}
  Note: {fields: {author: Doctor! inverse=visits}}
  LabResult: {from: healthcare, fields: {doctor: Doctor, second_doctor: Doctor inverse=second_results}}
  Referral: {from: healthcare, fields: {sender: Doctor}}
  Category: {from: ecommerce, fields: {parent: "Category! inverse=below"}}
""")
    assert field(brief, "Patient.birth_date").origin.kind == "brief"
    checks = [(check.name, check.condition.text) for check in entity(brief, "Appointment").checks]
    assert checks == [("ends_after_start", "this.ends_at >= this.starts_at")]
    # Each of the two would have to be there before the other.
    assert field(brief, "Patient.first_appointment").required
    assert not field(brief, "Appointment.patient").required
    # Both would be called `visits` by the doctor.
    assert field(brief, "Note.author").inverse == "visits"
    assert field(brief, "Visit.doctor").inverse == "doctor_visits"
    # A reference takes the place of the overlay's that is called like its target, and of no stated one.
    assert {"doctor", "second_doctor"} <= {each.name for each in entity(brief, "LabResult").fields}
    assert "doctor" not in {each.name for each in entity(brief, "Referral").fields}
    assert field(brief, "Category.parent").required


def test_references_to_stated_entities_are_kept() -> None:
    brief = stated("""overlays: [healthcare]
entities:
  Sample: {fields: {code: text!}}
  LabResult: {from: healthcare}
""")
    assert [each.name for each in brief.entities] == ["Sample", "LabResult", "Patient"]
    assert field(brief, "LabResult.sample").target == "Sample"
    assert isinstance(compile_brief(brief), Spec)


# Both ways


def without_places(value: Any) -> Any:  # noqa: ANN401 - a dumped spec
    if isinstance(value, dict):
        gone = {"origin", "assumptions", "questions", "prose"}
        return {name: without_places(each) for name, each in value.items() if name not in gone}
    return [without_places(each) for each in value] if isinstance(value, list | tuple) else value


def check_round_trip(text: str) -> None:
    """What is written into the front matter leads to the same application, and names only its overlays."""
    drafted = brief_from_text(text)
    inferred = infer(drafted, library())
    whole = expand(drafted.prose, inferred)
    read = read_brief(Path(drafted.file), whole.encode())
    assert isinstance(read, Brief), [str(problem) for problem in read]
    first, second = compile_brief(inferred), compile_brief(infer(read, library()))
    assert isinstance(first, Spec), [str(problem) for problem in first]
    assert isinstance(second, Spec), [str(problem) for problem in second]
    assert without_places(second.model_dump()) == without_places(first.model_dump())


@pytest.mark.parametrize("text", CORPUS, ids=lambda text: " ".join(text.split())[:40] or "(nothing)")
def test_an_expanded_brief_is_the_same_application(text: str) -> None:
    check_round_trip(text)


WORDS = sorted(word for each in library() for known in each.entities for word in known.words)
STARTS = ("A clinic with", "No login. A hospital, a bank and a shop with", "An online shop keeps", "Banking:")
ENDS = (
    "",
    "Each order has a title, a total and a customer.",
    "Without patients, doctors or accounts.",
    "Every doctor has a name and many patients. Customers pay invoices and have a status (new, old).",
)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(STARTS), st.lists(st.sampled_from(WORDS), min_size=1, max_size=8), st.sampled_from(ENDS)
)
def test_any_entities_of_overlays_make_an_application(start: str, words: list[str], end: str) -> None:
    check_round_trip(f"{start} {', '.join(f'{word}s' for word in words)}. {end}")


def test_what_the_prose_denies_stays_away_once_the_brief_is_expanded() -> None:
    check_round_trip("A hospital keeps vital signs, without patients.")


def test_the_front_matter_names_the_overlay_and_not_what_it_brings() -> None:
    drafted = brief_from_text("A clinic with patients. Each appointment has a room number.")
    text = expand(drafted.prose, infer(drafted, library()))
    assert "  Patient:\n    from: healthcare\n  Appointment:\n    from: healthcare\n" in text
    assert "room_number" in text
    assert "blood_type" not in text
    assert "ends_after_start" not in text
