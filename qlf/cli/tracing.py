"""Where a control, or an entity, of an application leads: for `qlf why`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qlf.cli.output import say
from qlf.cli.result import place, tree

if TYPE_CHECKING:
    from qlf.errors import Problem
    from qlf.model.evidence import Check, Clause, Evidence, Line
    from qlf.model.spec import Entity
    from qlf.observe.controls import Carried
    from qlf.repository import Repository

_MOST = 12


def evidence_of(repository: Repository, brief: str) -> Evidence | None:
    """Return the evidence that was made of an application; None if there is none, or it cannot be read."""
    from qlf.evidence.products import EVIDENCE  # noqa: PLC0415
    from qlf.model.evidence import Evidence  # noqa: PLC0415

    try:
        return Evidence.model_validate_json((repository.build(brief) / EVIDENCE).read_bytes())
    except (OSError, ValueError):
        return None


def trace(repository: Repository, brief: str, word: str) -> dict[str, Any] | list[Problem]:
    """Return where a control or an entity leads, or that the application has none of that name."""
    from qlf.observe.controls import find, identifiers  # noqa: PLC0415
    from qlf.stages import spec_of  # noqa: PLC0415

    evidence = evidence_of(repository, brief)
    try:
        spec = spec_of(repository, brief)
    except FileNotFoundError:
        return [_problem(f"{brief}:{word}", "it is not built yet", f"run: qlf build {brief}")]
    if evidence is not None and (found := find(evidence, word)):
        return {"application": brief, "controls": [_control(each, evidence) for each in found]}
    entity = next((each for each in spec.entities if each.name == word), None)
    if entity is not None:
        return _entity(repository, brief, entity, evidence)
    from qlf.structure import did_you_mean  # noqa: PLC0415

    known = [*(identifiers(evidence) if evidence else ()), *(each.name for each in spec.entities)]
    what = f"{brief} has no control and no entity {word}"
    return [_problem(f"{brief}:{word}", what, did_you_mean(word, known))]


def _problem(where: str, what: str, advice: str) -> Problem:
    from qlf.errors import Problem  # noqa: PLC0415

    return Problem(where, 0, 0, what, advice)


def carried_json(each: Carried) -> dict[str, Any]:
    """Return a control, and the features that carry it, as JSON has them."""
    return {
        "id": each.control.id,
        "title": each.control.title,
        "catalogue": each.catalogue.catalogue,
        "status": each.control.status,
        "features": list(each.features),
    }


def _control(each: Carried, evidence: Evidence) -> dict[str, Any]:
    control = each.control
    return {
        **carried_json(each),
        "wording": control.wording,
        "clause": control.clause,
        "checked": control.checked,
        "reason": control.reason,
        "organisation": control.organisation,
        "origins": [_clause(clause) for clause in (*each.catalogue.origins, *control.origins)],
        "lines": [_line(line) for line in control.lines],
        "checks": [_check(evidence.check(name)) for name in control.checks],
    }


def _entity(repository: Repository, brief: str, entity: Entity, evidence: Evidence | None) -> dict[str, Any]:
    from qlf.observe.controls import about_entity, files_about  # noqa: PLC0415
    from qlf.stages import spec_of  # noqa: PLC0415

    spec = spec_of(repository, brief)
    files = files_about(spec, entity, tree(repository, brief))
    brought = about_entity(evidence, entity) if evidence else []
    lines = [line for each in brought for line in each.control.lines if line.file in files]
    return {
        "application": brief,
        "entity": entity.name,
        "at": place(entity.origin),
        "fields": [
            {"name": field.name, "at": place(field.origin), "classes": list(field.classes)}
            for field in entity.fields
            if not field.system
        ],
        "overlays": [
            {"what": f"{each.path}: {each.value}", "at": place(each.origin)}
            for each in spec.applied
            if each.path.startswith(f"{entity.name}.")
        ],
        "files": files,
        "controls": [carried_json(each) for each in brought],
        "lines": [_line(line) for line in dict.fromkeys(lines)],
    }


def _clause(clause: Clause) -> dict[str, Any]:
    where = f"{clause.file}:{clause.line}:{clause.column}" if clause.file and clause.line else ""
    return {"what": clause.what, "kind": clause.kind, "at": where}


def _line(line: Line) -> dict[str, Any]:
    return {"file": line.file, "line": line.line, "end": line.end, "feature": line.feature, "text": line.text}


def _check(check: Check) -> dict[str, Any]:
    return {
        "name": check.name,
        "status": check.status,
        "reason": check.reason,
        "gate": check.gate,
        "verdict": check.verdict,
        "module": check.module,
        "tests": [each.model_dump(mode="json") for each in check.tests],
    }


def show_traced(found: dict[str, Any]) -> None:
    """Print what `trace` returned."""
    if "entity" in found:
        _show_entity(found)
        return
    for control in found["controls"]:
        say(f"{control['id']} of {found['application']}: {control['title']} ({control['status']})")
        say(f"  {control['wording']}")
        say(f"  clause    {control['catalogue']}, {control['clause']}")
        say(f"  because   {control['reason']}")
        _listed("origin", [f"{each['at'] or each['kind']}  {each['what']}" for each in control["origins"]])
        _listed("line", [_placed(line) for line in control["lines"]])
        for check in control["checks"]:
            about = check["module"] or f"gate {check['gate']}"
            say(f"  check     {check['name']} ({check['status']}): {about}, {check['reason']}")
        if control["organisation"]:
            say(f"  besides   {control['organisation']}")


def _show_entity(found: dict[str, Any]) -> None:
    say(f"{found['entity']} of {found['application']}")
    say(f"  clause    {found['at'] or 'every application has it'}")
    for field in found["fields"]:
        if field["classes"]:
            classes = " ".join(f"@{name}" for name in field["classes"])
            say(f"  field     {field['at'] or 'default'}  {field['name']} {classes}")
    _listed("overlay", [f"{each['at']}  {each['what']}" for each in found["overlays"]])
    for each in found["controls"]:
        say(f"  control   {each['id']} ({each['status']}): {each['title']}")
    _listed("line", [_placed(line) for line in found["lines"]])
    _listed("file", found["files"])


def _placed(line: dict[str, Any]) -> str:
    return f"{line['file']}:{line['line']}  {line['text']} [{line['feature']}]"


def _listed(what: str, lines: list[str]) -> None:
    for line in lines[:_MOST]:
        say(f"  {what:<9} {line}")
    if len(lines) > _MOST:
        say(f"  {what:<9} and {len(lines) - _MOST} more; --json has all")
