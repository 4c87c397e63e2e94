"""A repository's own templates: they win, they are inputs, and a broken one is a problem with a place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from qlf.agents.registry import AGENTS
from qlf.config import Folders, Settings
from qlf.pipeline import ASSEMBLE, COMPILE, GENERATE, Step
from qlf.repository import Repository
from qlf.templates import LARGEST, shipped

BRIEF = Path(__file__).parents[1] / "briefs" / "fintech-api.md"
CLOCK = "templates/backend/fastapi/app/clock.py.jinja"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """Give a repository with one compiled brief, in which the process works."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "briefs").mkdir()
    shutil.copy(BRIEF, tmp_path / "briefs" / "bank.md")
    found = Repository(Path(), Settings())
    assert Step(COMPILE, "bank").run(found).problems == ()
    return found


def override(text: str, path: str = CLOCK) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text, encoding="utf-8")


def problems(repository: Repository, agent: str = "backend") -> list[str]:
    return [str(each) for each in Step(GENERATE, "bank", agent).run(repository).problems]


def tree(repository: Repository) -> dict[str, str]:
    for step in (*(Step(GENERATE, "bank", agent) for agent in AGENTS), Step(ASSEMBLE, "bank")):
        assert step.run(repository).problems == ()
    app = repository.build("bank") / "app"
    files = (path for path in app.rglob("*") if path.is_file())
    return {path.relative_to(app).as_posix(): path.read_text(encoding="utf-8") for path in files}


def test_one_template_of_each_agent_is_replaced_and_nothing_else_changes(repository: Repository) -> None:
    before = tree(repository)
    clock = (shipped("backend") / "fastapi/app/clock.py.jinja").read_text(encoding="utf-8")
    override(clock.replace("The time, in one place.", "The time of {{ app.title }}."))
    override("[pytest]\n", "templates/tests/fastapi/pytest.ini.jinja")
    override("# {{ spec.title }}\n", "templates/documentation/markdown/README.md.jinja")
    down = "templates/database/sql/down.sql.jinja"
    override("-- nothing\n", down)

    after = tree(repository)

    assert {path for path in before if before[path] != after[path]} == {
        "README.md",
        "backend/app/clock.py",
        "database/migrations/postgresql/0001_initial.down.sql",
        "database/migrations/sqlite/0001_initial.down.sql",
        "tests/pytest.ini",
    }
    assert before.keys() == after.keys()
    assert after["backend/app/clock.py"].startswith('"""The time of ')


def test_an_override_is_an_input_of_its_agent(repository: Repository) -> None:
    override("one")
    read = {agent: GENERATE.reads(repository, "bank", agent) for agent in AGENTS}
    assert [agent for agent in AGENTS if Path(CLOCK) in read[agent]] == ["backend"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fine\n{% if %}\n", f"{CLOCK}:2:0: this is no template: Expected an expression, got 'end of "),
        ("fine\n\n{{ app.nothing }}\n", f"{CLOCK}:3:0: this template fails: "),
        ("{{ app.__class__ }}\n", f"{CLOCK}:1:0: this template fails: access to attribute '__class__'"),
        ("{% include '../../secret' %}\n", f"{CLOCK}:1:0: this template fails: ../../secret"),
        ("{% for n in range(10 ** 9) %}{{ n }}{% endfor %}\n", f"{CLOCK}:1:0: this template fails: Range"),
        ("def (:\n", "templates/backend:0:0: what these templates make cannot be used: "),
    ],
)
def test_a_broken_template_is_a_problem(repository: Repository, text: str, expected: str) -> None:
    override(text)

    (problem,) = problems(repository)

    assert problem.startswith(expected)


def test_a_file_that_stands_for_no_template_is_a_problem(repository: Repository) -> None:
    wrong = "templates/backend/fastapi/app/clocks.py.jinja"
    advice = "did you mean fastapi/app/clock.py.jinja?"
    override("", wrong)
    assert problems(repository) == [
        f"{wrong}:0:0: the backend agent has no template fastapi/app/clocks.py.jinja; {advice}"
    ]
    override("", "templates/api/openapi.json")
    assert problems(repository, "api") == [
        "templates/api/openapi.json:0:0: the api agent has no template openapi.json; remove it"
    ]


def test_links_and_large_files_are_refused(repository: Repository, tmp_path: Path) -> None:
    override("x" * (LARGEST + 1))
    link = Path(CLOCK).with_name("rows.py.jinja")
    link.symlink_to(tmp_path / "briefs" / "bank.md")

    assert problems(repository) == [
        f"{CLOCK}:0:0: this template is larger than 200,000 bytes; shorten it",
        f"{link}:0:0: this is not a regular file; put the file itself there",
    ]


def test_the_folder_is_a_setting(repository: Repository) -> None:
    override("def (:\n", CLOCK.replace("templates/", "ours/", 1))
    moved = Repository(Path(), Settings(folders=Folders(templates="ours")))

    assert problems(repository) == []
    assert problems(moved)[0].startswith("ours/backend:0:0: ")


OVERLAY = """\
name: {name}
version: 1.0.0
kind: compliance
title: {name}
description: Ours.
priority: {priority}
templates: [backend]
"""


def overlay(name: str, priority: int, clock: str) -> None:
    override(OVERLAY.format(name=name, priority=priority), f"overlays/compliance/{name}.yaml")
    shipped_clock = (shipped("backend") / "fastapi/app/clock.py.jinja").read_text(encoding="utf-8")
    own = f"overlays/compliance/{name}/{CLOCK}"
    override(shipped_clock.replace("The time, in one place.", clock), own)


def clock_of(repository: Repository) -> str:
    assert Step(COMPILE, "bank").run(repository).problems == ()
    text = tree(repository)["backend/app/clock.py"]
    return text.splitlines()[0].strip('"')


def test_templates_of_overlays_that_take_part_win_by_priority_and_a_repositorys_own_win_over_them(
    repository: Repository,
) -> None:
    overlay("slow", 1, "Slow time.")
    overlay("fast", 2, "Fast time.")
    assert clock_of(repository) == "The time, in one place."
    brief = Path("briefs/bank.md")
    text = brief.read_text(encoding="utf-8")
    brief.write_text(text.replace("overlays: [", "overlays: [fast, slow, ", 1), encoding="utf-8")
    assert clock_of(repository) == "Fast time."
    reads = GENERATE.reads(repository, "bank", "backend")
    assert Path(f"overlays/compliance/slow/{CLOCK}") in reads
    assert Path(f"overlays/compliance/slow/{CLOCK}") not in GENERATE.reads(repository, "bank", "api")
    override((shipped("backend") / "fastapi/app/clock.py.jinja").read_text().replace("The time", "Our time"))
    assert clock_of(repository) == "Our time, in one place."


def test_a_broken_template_of_an_overlay_is_a_problem_in_its_line(repository: Repository) -> None:
    overlay("slow", 1, "{% if %}")
    brief = Path("briefs/bank.md")
    text = brief.read_text(encoding="utf-8")
    brief.write_text(text.replace("overlays: [", "overlays: [slow, ", 1), encoding="utf-8")
    assert Step(COMPILE, "bank").run(repository).problems == ()
    (told,) = problems(repository)
    assert told.startswith(f"overlays/compliance/slow/{CLOCK}:1:0: this is no template: ")
    override("", "overlays/compliance/slow/templates/backend/fastapi/app/clocks.py.jinja")
    assert any(
        "the backend agent has no template fastapi/app/clocks.py.jinja" in p for p in problems(repository)
    )


def test_an_overlay_cannot_have_templates_for_an_agent_that_is_not_there(repository: Repository) -> None:
    text = OVERLAY.format(name="slow", priority=1).replace("[backend]", "[bakend]")
    override(text, "overlays/compliance/slow.yaml")
    assert [str(problem) for problem in Step(COMPILE, "bank").run(repository).problems] == [
        "overlays/compliance/slow.yaml:7:13: there is no agent bakend; did you mean backend?"
    ]
