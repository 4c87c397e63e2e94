"""Evidence in a capsule: attested, and refused where it says more than the capsule shows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import rfc8785

from qlf.capsule.statements import CONTROLS
from qlf.capsule.verification import check
from qlf.model.canonical import canonical, digest
from qlf.model.evidence import Assessed, Assessment, Check, Evidence, GateRun, Line
from qlf.model.finding import Outcome
from tests.capsule import reader
from tests.capsule.small import APP, KEYS, PUBLIC, capsule, contents, verdict

if TYPE_CHECKING:
    from collections.abc import Callable

MAIN = "backend/app/main.py"


def evidence() -> Evidence:
    """Return evidence of one control that is satisfied, in the small capsule."""
    files = {path: digest(content) for path, (content, _) in APP.items()}
    line = Line(feature="words", file=MAIN, line=1, end=1, text="The notes.", digest=files[MAIN])
    satisfied = Assessed(
        id="o-1",
        title="Words",
        wording="There are words.",
        clause="1",
        checked="here",
        status="satisfied",
        reason="it passed",
        implemented_by=("words",),
        checks=("static/ruff",),
        lines=(line,),
    )
    left = satisfied.model_copy(update={"id": "o-2", "status": "not-assessed", "checks": (), "lines": ()})
    catalogue = Assessment(
        catalogue="ours",
        title="Ours",
        version="1",
        publisher="Us",
        source="A page",
        file="rules/controls/ours.yaml",
        digest="3" * 64,
        controls=(satisfied, left),
    )
    said = digest(verdict())
    return Evidence(
        application="notes",
        title="Notes",
        version="1.0.0",
        tree=digest(rfc8785.dumps(files)),
        gates=(GateRun(gate="static", outcome=Outcome.GREEN, verdict=said, inputs="1" * 64, counts=True),),
        checks=(Check(name="static/ruff", status="satisfied", reason="passed", gate="static", verdict=said),),
        catalogues=(catalogue,),
    )


def packed(made: Evidence | bytes, **said: str) -> bytes:
    content = made if isinstance(made, bytes) else canonical(made)
    return capsule(
        record={**contents().record, "evidence.json": content},
        controls={"ours": {"o-1": "satisfied", "o-2": "not-assessed"} | said},
    )


def broken(content: bytes) -> list[str]:
    found = check(content, "x.qlcapsule", KEYS)
    return [problem.what for problem in found] if isinstance(found, list) else []


def test_what_is_known_of_controls_is_attested() -> None:
    content = packed(evidence())
    assert broken(content) == []
    files = reader.verified(content, PUBLIC)
    assert json.loads(files["record/evidence.json"])["application"] == "notes"
    found = check(content, "x.qlcapsule", KEYS)
    assert not isinstance(found, list)
    from qlf.capsule.statements import statements  # noqa: PLC0415

    ((_, statement),) = [each for each in statements(found.manifest, found.image) if each[0] == CONTROLS]
    predicate = json.loads(statement)["predicate"]
    assert predicate["controls"] == {"not-assessed": ["o-2"], "satisfied": ["o-1"]}
    assert [each["name"] for each in predicate["evidence"]] == ["record/evidence.json"]


def control(**update: object) -> Callable[[Evidence], Evidence]:
    def change(made: Evidence) -> Evidence:
        first, *rest = made.catalogues[0].controls
        controls = (first.model_copy(update=update), *rest)
        return made.model_copy(
            update={"catalogues": (made.catalogues[0].model_copy(update={"controls": controls}),)}
        )

    return change


def one(kind: str, **update: object) -> Callable[[Evidence], Evidence]:
    return lambda made: made.model_copy(update={kind: (getattr(made, kind)[0].model_copy(update=update),)})


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (
            lambda made: made.model_copy(update={"tree": "0" * 64}),
            ["its evidence is about another application"],
        ),
        (
            control(
                lines=(evidence().catalogues[0].controls[0].lines[0].model_copy(update={"digest": "0" * 64}),)
            ),
            [f"its evidence is about another {MAIN}"],
        ),
        (
            control(lines=()),
            ["the control o-1 is said to be satisfied, and no line carries it"],
        ),
        (
            control(checks=()),
            ["the control o-1 is said to be satisfied, and not all its checks are"],
        ),
        (
            one("checks", status="not-assessed", verdict=""),
            ["the control o-1 is said to be satisfied, and not all its checks are"],
        ),
        (
            one("checks", verdict="0" * 64),
            ["the check static/ruff is said to be satisfied without a verdict"],
        ),
        (
            one("gates", verdict="0" * 64),
            [
                "its evidence is about another verdict of the gate static",
                "the check static/ruff is said to be satisfied without a verdict",
            ],
        ),
        (
            one("gates", counts=False),
            ["the check static/ruff is said to be satisfied without a verdict"],
        ),
        (
            control(status="not-satisfied"),
            ["its evidence says something else of its controls than its manifest"],
        ),
    ],
)
def test_evidence_that_claims_more_than_is_shown_is_refused(change: Any, what: list[str]) -> None:  # noqa: ANN401
    content = packed(change(evidence()))
    assert broken(content) == what
    with pytest.raises(ValueError, match=r"evidence|verdict|file|carries|check"):
        reader.verified(content, PUBLIC)


def test_evidence_is_there_and_can_be_read() -> None:
    assert broken(capsule(controls={"ours": {"o-1": "satisfied"}})) == ["it has no evidence of its controls"]
    assert broken(packed(b"{}")) == ["its evidence cannot be read"]
    spaced = canonical(evidence()).replace(b'"format":1', b'"format": 1')
    assert broken(packed(spaced)) == ["its evidence is not canonical JSON"]
