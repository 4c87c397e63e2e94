from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from qlf.model.finding import Outcome

if TYPE_CHECKING:
    from tests.gates.conftest import App


def test_an_application_that_keeps_its_contract_is_green(app: App) -> None:
    verdict = app.verdict("contract")
    assert verdict.outcome is Outcome.GREEN, verdict
    openapi, schemathesis = verdict.runs
    assert openapi.executed == 6
    assert schemathesis.executed > 100
    assert verdict.findings == ()


def test_an_answer_that_the_contract_does_not_allow_is_red(app: App) -> None:
    app.replace(
        "backend/app/api.py",
        "    return NoteOut(id=note.id, title=note.title)\n\n\n@app.delete",
        """\
    return JSONResponse({"id": str(note.id), "title": note.title})  # type: ignore[return-value]


@app.delete""",
    )
    app.change_rule("contract", "schemathesis")
    run, findings = app.run("contract", "schemathesis")
    assert run.outcome is Outcome.RED
    (finding,) = findings
    assert finding.path == "api/openapi.json"
    assert finding.message.startswith("GET /api/v1/notes/{key}: Response violates schema: ")
    assert re.search(r"\(GET /api/v1/notes/\d answered 200\)$", finding.message)


def test_a_server_error_is_red(app: App) -> None:
    app.replace(
        "backend/app/api.py", "    db.add(note)\n", '    db.add(note)\n    assert note.title != "0"\n'
    )
    app.change_rule("contract", "schemathesis")
    run, findings = app.run("contract", "schemathesis")
    assert run.outcome is Outcome.RED
    assert any(finding.message.startswith("POST /api/v1/notes: Server error:") for finding in findings)


def test_an_open_route_that_should_be_closed_is_red(app: App) -> None:
    app.replace(
        "backend/app/api.py",
        "    if user is None:\n        raise HTTPException(401,",
        "    if user is None and given is None:\n        user = db.get(User, 1)\n"
        "    if user is None:\n        raise HTTPException(401,",
    )
    app.change_rule("contract", "schemathesis")
    run, findings = app.run("contract", "schemathesis")
    assert run.outcome is Outcome.RED
    assert any("declares security" in one.message or "uthentication" in one.message for one in findings)


def _document(app: App) -> dict[str, Any]:
    made: dict[str, Any] = json.loads((app.tree / "api/openapi.json").read_text(encoding="utf-8"))
    return made


def test_an_invalid_document_is_red(app: App) -> None:
    document = _document(app)
    del document["paths"]["/api/v1/notes"]["get"]["responses"]["200"]["description"]
    app.write("api/openapi.json", json.dumps(document))
    app.change_rule("contract", "openapi")
    run, findings = app.run("contract", "openapi")
    assert run.outcome is Outcome.RED
    assert findings[0].message.startswith("paths//api/v1/notes/get/responses/200: ")


def test_what_is_no_document_is_red(app: App) -> None:
    app.change_rule("contract", "openapi")
    for text, message in (
        ("{", "not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ('{"a": 1, "a": 2}', "not JSON: a member occurs twice in an object"),
        ("[]", "openapi: '' is no version of OpenAPI that is known here"),
        ('{"openapi": "9.0.0"}', "openapi: '9.0.0' is no version of OpenAPI that is known here"),
    ):
        app.write("api/openapi.json", text)
        run, findings = app.run("contract", "openapi")
        assert run.outcome is Outcome.RED
        assert [finding.message.removeprefix(": ") for finding in findings] == [message]


def test_a_missing_document_and_an_empty_one_prove_nothing(app: App) -> None:
    document = {**_document(app), "paths": {}}
    app.write("api/openapi.json", json.dumps(document))
    app.change_rule("contract", "openapi")
    run, _ = app.run("contract", "openapi")
    assert (run.outcome, run.reason) == (Outcome.UNPROVEN, "nothing was checked")
    (app.tree / "api/openapi.json").unlink()
    run, _ = app.run("contract", "openapi")
    assert (run.outcome, run.reason) == (Outcome.UNPROVEN, "there is no api/openapi.json")


def test_an_application_that_does_not_start_proves_nothing(app: App) -> None:
    app.change_rule("contract", "schemathesis")
    app.replace(
        "backend/app/__main__.py", "        import uvicorn\n", '        raise SystemExit("no sockets left")\n'
    )
    run, _ = app.run("contract", "schemathesis")
    assert run.outcome is Outcome.UNPROVEN
    assert run.reason == "the application was not ready within 30 s: no sockets left"
    app.replace("database/sqlite/0001_notes.up.sql", "CREATE TABLE notes", "CREATE TABEL notes")
    run, _ = app.run("contract", "schemathesis")
    assert run.reason.startswith("`python -m app migrate` ended with code 1: ")


def test_when_nobody_can_sign_in_nothing_is_proven(app: App) -> None:
    app.replace("backend/app/store.py", "admin@example.com", "somebody@example.com")
    app.change_rule("contract", "schemathesis")
    run, _ = app.run("contract", "schemathesis")
    assert run.outcome is Outcome.UNPROVEN
    assert run.reason == "nobody could sign in: POST /api/v1/auth/login answered 401"


def test_a_contract_run_without_requests_or_with_a_wrong_option_proves_nothing(app: App) -> None:
    app.change_rule("contract", "schemathesis", arguments=["--nonsense", "api/openapi.json"])
    run, _ = app.run("contract", "schemathesis")
    assert run.reason.startswith("ended with unexpected code 2: ")
    app.change_rule("contract", "schemathesis", arguments=["--include-path", "/nowhere", "api/openapi.json"])
    run, _ = app.run("contract", "schemathesis")
    assert run.outcome is Outcome.UNPROVEN
