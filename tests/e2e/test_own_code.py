"""Own hooks, routes and settings in a built application, asked over HTTP; and what the gates say of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from qlf.model.finding import Outcome
from qlf.pipeline import ASSEMBLE, VERIFY, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from qlf.model.finding import Verdict
    from qlf.repository import Repository
    from tests.e2e.conftest import Server

pytestmark = pytest.mark.slow

NAME = "workshop"
MODULE = "backend/app/extensions/counting.py"
COUNTING = '''"""How many tools there may be, and what is noted of them."""

from fastapi import APIRouter
from pydantic_settings import BaseSettings
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import hooks
from app.database import SessionDep
from app.models import Tool
from app.problems import conflict
from app.settings import Settings, load


class CountingSettings(BaseSettings):
    """What is set for counting."""

    model_config = Settings.model_config

    most_tools: int = 100


SETTINGS = load(CountingSettings)
router = APIRouter(prefix="/counting", tags=["Counting"])


@router.get("")
def count(session: SessionDep) -> dict[str, int]:
    """Count the tools."""
    return {"tools": session.scalar(select(func.count(Tool.id))) or 0, "most": SETTINGS.most_tools}


@hooks.before_create_tool
def spell(_session: Session, tool: Tool) -> None:
    """Write names in one way."""
    tool.name = tool.name.strip().capitalize()


@hooks.after_create_tool
def refuse_too_many(session: Session, _tool: Tool) -> None:
    """Keep the number of tools within bounds."""
    if count(session)["tools"] > SETTINGS.most_tools:
        raise conflict("too-many-tools", "The workshop is full.")


@hooks.before_lend_tool
def refuse_the_saw(_session: Session, tool: Tool) -> None:
    """Keep what is dangerous."""
    if tool.name == "Saw":
        raise conflict("dangerous", "The saw stays here.")


@hooks.after_take_back_tool
@hooks.after_update_tool
def note_it(_session: Session, tool: Tool) -> None:
    """Say that somebody looked at it."""
    tool.note = "looked at"


@hooks.before_delete_tool
def refuse_what_is_lent(_session: Session, tool: Tool) -> None:
    """Keep the record of what is lent."""
    if tool.state == "lent":
        raise conflict("lent", "The tool is lent.")


@hooks.after_retire
def name_it_so(_session: Session, tool: Tool) -> None:
    """Say it in the name as well."""
    tool.name = f"{tool.name} (retired)"


@hooks.before_stock_up
def refuse_to_stock_up(session: Session) -> None:
    """Keep the number of tools within bounds."""
    if count(session)["tools"] >= SETTINGS.most_tools:
        raise conflict("too-many-tools", "The workshop is full.")
'''
SPELT = '''@hooks.before_create_tool
def spell(_session: Session, tool: Tool) -> None:
    """Write names in one way."""
    tool.name = tool.name.strip().capitalize()


'''


@pytest.fixture(scope="module")
def workshop(generated: Callable[[str], Repository]) -> Repository:
    """Give the repository of the workshop, with an extension."""
    repository = generated(NAME)
    _write(repository, COUNTING)
    return repository


def _write(repository: Repository, text: str) -> None:
    file = repository.custom(NAME) / MODULE
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    assert Step(ASSEMBLE, NAME).run(repository).problems == ()


@pytest.fixture(scope="module")
def server(
    workshop: Repository,
    serving: Callable[..., AbstractContextManager[Server]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("workshop-server")
    tree = workshop.build(NAME) / "app"
    with serving(tree, f"sqlite:///{folder}/workshop.db", folder, APP_MOST_TOOLS="6") as server:
        yield server


def _tool(server: Server, name: str) -> dict[str, str]:
    answer = server.request("POST", "/tools", json={"name": name})
    assert answer.status_code == 201, answer.text
    made: dict[str, str] = answer.json()
    return made


def test_own_route_and_own_setting_are_there(server: Server) -> None:
    assert server.get("/counting")["most"] == 6
    assert "/counting" not in server.client.get(f"{server.url}/openapi.json").text


def test_hooks_run_before_and_after_each_operation(server: Server) -> None:
    saw, plane = _tool(server, "  saw "), _tool(server, "plane")
    assert (saw["name"], plane["name"]) == ("Saw", "Plane")

    refused = server.request("POST", f"/tools/{saw['id']}/lend")
    assert (refused.status_code, refused.json()["detail"]) == (409, "The saw stays here.")
    assert server.get(f"/tools/{saw['id']}")["state"] == "free"

    lent = server.request("POST", f"/tools/{plane['id']}/lend")
    assert (lent.status_code, lent.json()["state"]) == (200, "lent")
    kept = server.request("DELETE", f"/tools/{plane['id']}", match=lent.headers["ETag"])
    assert kept.status_code == 409
    assert server.request("POST", f"/tools/{plane['id']}/take-back").json()["note"] == "looked at"

    read = server.request("GET", f"/tools/{saw['id']}")
    changed = server.request(
        "PATCH", f"/tools/{saw['id']}", json={"note": "blunt"}, match=read.headers["ETag"]
    )
    assert changed.json()["note"] == "looked at"
    assert changed.headers["ETag"] == server.request("GET", f"/tools/{saw['id']}").headers["ETag"]
    assert server.request("POST", f"/tools/{saw['id']}/retire").status_code in {200, 204}
    assert server.get(f"/tools/{saw['id']}")["name"] == "Saw (retired)"


def test_what_a_hook_refuses_after_the_operation_is_undone(server: Server) -> None:
    while server.get("/counting")["tools"] < 6:
        _tool(server, "file")
    refused = server.request("POST", "/tools", json={"name": "one more"})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/too-many-tools")
    assert server.request("POST", "/stock-up", json={"name": "one more"}).status_code == 409
    assert server.get("/counting")["tools"] == 6


def _judged(repository: Repository, gate: str) -> Verdict:
    verdict = Step(VERIFY, NAME, gate).run(repository).verdict
    assert verdict is not None
    return verdict


@pytest.mark.parametrize("gate", ["static", "unit", "contract"])
def test_an_application_with_own_code_passes(workshop: Repository, gate: str) -> None:
    try:
        _write(workshop, COUNTING[: COUNTING.index("\n\n@hooks.after_take_back_tool")].replace(SPELT, ""))
        verdict = _judged(workshop, gate)
    finally:
        _write(workshop, COUNTING)
    assert [finding for finding in verdict.findings if finding.level != "note"] == []
    assert verdict.outcome is Outcome.GREEN


def test_the_examples_of_its_guide_pass(workshop: Repository) -> None:
    guide = (workshop.build(NAME) / "app" / "docs" / "extensions.md").read_text(encoding="utf-8")
    examples = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    assert len(examples) == 3
    folder = (workshop.custom(NAME) / MODULE).parent
    try:
        for number, example in enumerate(examples):
            (folder / f"example_{number}.py").write_text(example, encoding="utf-8")
        _write(workshop, COUNTING)
        verdict = _judged(workshop, "static")
    finally:
        for file in folder.glob("example_*.py"):
            file.unlink()
        _write(workshop, COUNTING)
    assert [finding for finding in verdict.findings if finding.level != "note"] == []
    assert sum("example_" in path for path in verdict.files) == 3


def test_what_own_code_breaks_the_tests_of_the_application_tell(workshop: Repository) -> None:
    verdict = _judged(workshop, "unit")
    assert verdict.outcome is Outcome.RED
    assert any("'looked at' is None" in finding.message for finding in verdict.findings)


@pytest.mark.parametrize(
    ("old", "new", "tool", "rule"),
    [
        (
            "def spell(_session: Session, tool: Tool) -> None:",
            "def spell(tool: Tool) -> None:",
            "mypy",
            "arg-type",
        ),
        ('tool: Tool) -> None:\n    """Write', 'tool: str) -> None:\n    """Write', "mypy", "arg-type"),
        ("@hooks.before_create_tool", "@hooks.before_create_tools", "mypy", "attr-defined"),
        ("most_tools: int = 100", "most_tools: int = 'many'", "mypy", "assignment"),
        ('raise conflict("lent", ', 'print("lent")\n        raise conflict("lent", ', "ruff", "T201"),
    ],
    ids=["an argument is missing", "another row", "no such hook", "a setting of another type", "style"],
)
def test_own_code_that_does_not_fit_is_red(
    workshop: Repository, old: str, new: str, tool: str, rule: str
) -> None:
    assert old in COUNTING
    try:
        _write(workshop, COUNTING.replace(old, new))
        verdict = _judged(workshop, "static")
    finally:
        _write(workshop, COUNTING)
    assert verdict.outcome is Outcome.RED
    assert (tool, rule, MODULE) in {(each.tool, each.rule, each.path) for each in verdict.findings}


def test_a_router_of_another_type_stops_the_start(
    workshop: Repository, serving: Callable[..., AbstractContextManager[Server]], tmp_path: Path
) -> None:
    try:
        _write(workshop, '"""Nothing."""\n\nrouter = 1\n')
        with (
            pytest.raises(AssertionError, match="a router that is no APIRouter"),
            serving(workshop.build(NAME) / "app", f"sqlite:///{tmp_path}/workshop.db", tmp_path),
        ):
            pass
    finally:
        _write(workshop, COUNTING)
