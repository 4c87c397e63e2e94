"""Evidence as OSCAL 1.1.2 documents: component definition, assessment results, plan of action and milestones.

Identifiers follow from what is said (UUID version 5, RFC 9562) and times are that of the epoch, so that the
same evidence gives the same bytes on any day.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, UUID, uuid5

from qlf.model.canonical import canonical, digest

if TYPE_CHECKING:
    from qlf.model.evidence import Assessed, Assessment, Check, Evidence

VERSION = "1.1.2"
THEN = "1970-01-01T00:00:00+00:00"
COMPONENTS = "component-definition.json"
RESULTS = "assessment-results.json"
PLAN = "plan-of-action-and-milestones.json"
NAMESPACE = "https://quantumlayer.dev/oscal"
_ROOT = uuid5(NAMESPACE_URL, f"{NAMESPACE}/v1")

Json = dict[str, Any]


def documents(evidence: Evidence) -> dict[str, bytes]:
    """Return the documents by name: none without controls, and a plan only where something is red."""
    if not evidence.catalogues:
        return {}
    writer = _Writer(evidence)
    made = {
        COMPONENTS: {"component-definition": writer.components()},
        RESULTS: {"assessment-results": writer.results()},
    }
    if any(each.count("not-satisfied") for each in evidence.catalogues):
        made[PLAN] = {"plan-of-action-and-milestones": writer.plan()}
    return {
        name: (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()
        for name, document in made.items()
    }


class _Writer:
    """Writes what refers to each other with the same identifiers."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._digest = digest(canonical(evidence))

    def components(self) -> Json:
        """Return what carries which controls, and how."""
        evidence = self._evidence
        implementations = [self._implementation(each) for each in evidence.catalogues if _carried(each)]
        return {
            "uuid": self._new("component-definition", self._digest),
            "metadata": self._metadata("Controls that the application carries"),
            "components": [
                {
                    "uuid": self._component(),
                    "type": "software",
                    "title": f"{evidence.title} {evidence.version}",
                    "description": f"The application {evidence.application}, of the files with the digest "
                    f"{evidence.tree}.",
                    "props": [_property("tree-sha256", evidence.tree)],
                    **({"control-implementations": implementations} if implementations else {}),
                }
            ],
            "back-matter": {"resources": self._resources()},
        }

    def results(self) -> Json:
        """Return what was found of each control that was assessed, and by which checks."""
        evidence = self._evidence
        return {
            "uuid": self._new("assessment-results", self._digest),
            "metadata": self._metadata("Results of the gates by controls"),
            "import-ap": {"href": f"#{self._new('resource', 'gates')}"},
            "results": [self._result(each) for each in evidence.catalogues],
            "back-matter": {"resources": self._resources()},
        }

    def plan(self) -> Json:
        """Return what is to be done: one item for each control that is not satisfied."""
        red = [
            (each, control)
            for each in self._evidence.catalogues
            for control in each.controls
            if control.status == "not-satisfied"
        ]
        names = dict.fromkeys(name for _, control in red for name in control.checks)
        observations = [self._observation(self._evidence.check(name), PLAN) for name in names]
        return {
            "uuid": self._new("plan", self._digest),
            "metadata": self._metadata("What is to be mended"),
            "system-id": {"identifier-type": "http://ietf.org/rfc/rfc4122", "id": self._component()},
            **({"observations": observations} if observations else {}),
            "findings": [self._finding(each, control, PLAN) for each, control in red],
            "poam-items": [self._item(each, control) for each, control in red],
            "back-matter": {"resources": self._resources()},
        }

    def _metadata(self, title: str) -> Json:
        evidence = self._evidence
        return {
            "title": f"{evidence.title}: {title}",
            "last-modified": THEN,
            "version": evidence.version,
            "oscal-version": VERSION,
            "remarks": "Times are not recorded: what is said depends on the application's bytes alone.",
        }

    def _implementation(self, each: Assessment) -> Json:
        return {
            "uuid": self._new("implementation", each.catalogue),
            "source": f"#{self._new('resource', each.catalogue)}",
            "description": f"{each.title} {each.version}, as {each.file} has it.",
            "implemented-requirements": [
                {
                    "uuid": self._new("requirement", each.catalogue, control.id),
                    "control-id": control.id,
                    "description": _carries(control),
                    "props": [
                        _property("status", control.status),
                        *(_property("feature", name) for name in control.implemented_by),
                    ],
                    **(
                        {"remarks": f"By the organisation: {control.organisation}"}
                        if control.organisation
                        else {}
                    ),
                }
                for control in _carried(each)
            ],
        }

    def _result(self, each: Assessment) -> Json:
        assessed = [control for control in each.controls if _is_assessed(control)]
        names = dict.fromkeys(name for control in assessed for name in control.checks)
        left = [control for control in each.controls if not _is_assessed(control)]
        told = "; ".join(f"{control.id} {control.status}: {control.reason}" for control in left)
        selection: Json = (
            {"include-controls": [{"control-id": control.id} for control in assessed]}
            if assessed
            else {"description": "No control of the catalogue could be assessed."}
        )
        observations = [self._observation(self._evidence.check(name), each.catalogue) for name in names]
        findings = [self._finding(each, control, each.catalogue) for control in assessed]
        return {
            "uuid": self._new("result", each.catalogue, self._digest),
            "title": f"{each.title} {each.version}",
            "description": f"What the gates found of {len(assessed)} of {len(each.controls)} controls.",
            "start": THEN,
            "end": THEN,
            "reviewed-controls": {"control-selections": [selection]},
            **({"observations": observations} if observations else {}),
            **({"findings": findings} if findings else {}),
            **({"remarks": f"Nothing is claimed of the others. {told}"} if left else {}),
        }

    def _observation(self, check: Check, scope: str) -> Json:
        verdict = f", verdict {check.verdict}" if check.verdict else ""
        return {
            "uuid": self._new("observation", scope, check.name),
            "title": check.name,
            "description": f"{check.name}: {check.reason} (gate {check.gate}{verdict}).",
            "props": [_property("status", check.status)],
            "methods": ["TEST"],
            "types": ["control-objective"],
            "subjects": [{"subject-uuid": self._component(), "type": "component"}],
            "relevant-evidence": [
                {
                    "href": f"#{self._new('resource', 'gates')}",
                    "description": f"gates/{check.gate}.json{verdict}",
                }
            ],
            "collected": THEN,
        }

    def _finding(self, each: Assessment, control: Assessed, scope: str) -> Json:
        return {
            "uuid": self._new("finding", each.catalogue, control.id),
            "title": f"{control.id}: {control.title}",
            "description": control.reason,
            "target": {
                "type": "objective-id",
                "target-id": control.id,
                "status": {
                    "state": control.status,
                    "reason": "pass" if control.status == "satisfied" else "fail",
                },
            },
            **(
                {
                    "related-observations": [
                        {"observation-uuid": self._new("observation", scope, name)} for name in control.checks
                    ]
                }
                if control.checks
                else {}
            ),
        }

    def _item(self, each: Assessment, control: Assessed) -> Json:
        return {
            "uuid": self._new("item", each.catalogue, control.id),
            "title": f"{control.id}: {control.title}",
            "description": f"{control.wording} It is not satisfied: {control.reason}.",
            "related-findings": [{"finding-uuid": self._new("finding", each.catalogue, control.id)}],
        }

    def _resources(self) -> list[Json]:
        evidence = self._evidence
        made = [
            {
                "uuid": self._new("resource", each.catalogue),
                "title": f"{each.title} {each.version}",
                "description": f"{each.publisher}: {each.source}. {each.file}, SHA-256 {each.digest}.",
            }
            for each in evidence.catalogues
        ]
        verdicts = "; ".join(
            f"{gate.gate} {gate.outcome.value} {gate.verdict or 'without a verdict'}"
            for gate in evidence.gates
        )
        gates = {
            "uuid": self._new("resource", "gates"),
            "title": "The gates of the application",
            "description": f"What is tried is in rules/gates and tests/compliance. {verdicts or 'None ran'}.",
        }
        return [*made, gates]

    def _component(self) -> str:
        return self._new("component")

    def _new(self, *names: str) -> str:
        """Return the identifier of something in this application by its names."""
        own = uuid5(_ROOT, self._evidence.application)
        return str(uuid5(UUID(str(own)), "\n".join(names)))


def _is_assessed(control: Assessed) -> bool:
    return control.status in {"satisfied", "not-satisfied"}


def _carried(each: Assessment) -> list[Assessed]:
    """Return the controls that the application is to carry: those that apply, without the organisation's."""
    return [
        control for control in each.controls if control.implemented_by and control.status != "not-applicable"
    ]


def _carries(control: Assessed) -> str:
    places = dict.fromkeys(f"{line.file}:{line.line}" for line in control.lines)
    lines = f" in {', '.join(places)}" if places else ""
    return f"{control.wording} Carried by {', '.join(control.implemented_by)}{lines}."


def _property(name: str, value: str) -> Json:
    return {"name": name, "ns": NAMESPACE, "value": value}
