from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qlf import pipeline, stages
from qlf.agents.registry import AGENTS, agent
from qlf.config import Settings
from qlf.gates import run as gates
from qlf.memory.place import find_root
from qlf.model.canonical import digest
from qlf.pipeline import COMPILE, STAGES, Step, build
from qlf.repository import Repository, shipped
from qlf.stages import Done, overlays, put

if TYPE_CHECKING:
    from qlf.model.agent import Agent

BRIEF = "---\nentities:\n  Note:\n    fields: {title: text!}\n---\n# Notes\n"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    (tmp_path / "briefs").mkdir()
    (tmp_path / "briefs/notes.md").write_text(BRIEF, encoding="utf-8")
    return Repository(tmp_path, Settings())


def test_the_stages_can_be_read_aloud() -> None:
    assert [(stage.name, stage.parts) for stage in STAGES] == [
        ("compile", ("",)),
        ("generate", AGENTS),
        ("assemble", ("",)),
        ("verify", gates.GATES),
        ("evidence", ("",)),
    ]


def test_a_step_is_called_as_doit_calls_it() -> None:
    assert [Step(stage, "shop", stage.parts[0]).name for stage in STAGES] == [
        "compile:shop",
        "generate:shop:backend",
        "assemble:shop",
        "verify:shop:static",
        "evidence:shop",
    ]


def test_no_stage_reads_what_a_later_one_makes(repository: Repository) -> None:
    made: set[Path] = set()
    for stage in reversed(STAGES):
        for part in stage.parts:
            made |= set(stage.makes(repository, "notes", part))
        for part in stage.parts:
            assert not made & set(stage.reads(repository, "notes", part)), stage.name


def test_the_code_that_a_stage_names_is_there() -> None:
    package = Path(pipeline.__file__).parent
    for stage in STAGES:
        for part in stage.parts:
            for pattern in stage.code:
                assert list(package.glob(pattern.replace("{part}", part))), pattern


@pytest.mark.parametrize("name", AGENTS)
def test_every_agent_is_there_and_owns_something_of_its_own(name: str) -> None:
    found = agent(name)
    others: list[Agent] = [agent(other) for other in AGENTS if other != name]
    assert found.name == name
    assert found.owns
    assert not set(found.owns) & {owned for other in others for owned in other.owns}


def test_a_name_that_no_agent_has_is_a_defect() -> None:
    with pytest.raises(KeyError):
        agent("nobody")


def test_compile_makes_what_it_says(repository: Repository) -> None:
    done = Step(COMPILE, "notes").run(repository)
    build_folder = repository.build("notes")
    there = {path for path in build_folder.rglob("*") if path.is_file()}
    assert there == set(COMPILE.makes(repository, "notes", ""))
    assert done == Done(made={str(path): digest(path.read_bytes()) for path in there})


def test_origins_do_not_know_where_the_repository_lies(repository: Repository) -> None:
    Step(COMPILE, "notes").run(repository)
    text = (repository.build("notes") / "spec.json").read_text(encoding="utf-8")
    assert '"file":"briefs/notes.md"' in text
    assert str(repository.root) not in text


def test_a_stage_with_problems_is_the_last(repository: Repository) -> None:
    (repository.root / "briefs/notes.md").write_text(BRIEF.replace("text!", "txt!"), encoding="utf-8")
    steps: list[str] = []
    results = build(repository, "notes", lambda step, done: steps.append(step.name) if done else None)
    assert steps == ["compile:notes"]
    assert [str(problem) for done in results for problem in done.problems] == [
        "briefs/notes.md:4:21: there is no type txt; did you mean text?"
    ]
    assert not repository.build("notes").exists()


def test_a_product_is_written_only_if_it_changed(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "product"
    put({file: b"one"})
    before = file.stat()
    put({file: b"one"})
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    put({file: b"two"})
    assert file.read_bytes() == b"two"
    assert [path.name for path in file.parent.iterdir()] == ["product"]


def test_the_root_is_the_nearest_folder_with_settings_or_dodo(tmp_path: Path) -> None:
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert find_root(below) == below
    (tmp_path / "dodo.py").touch()
    assert find_root(below) == tmp_path
    (tmp_path / "a" / "factory.toml").touch()
    assert find_root(below) == tmp_path / "a"


def test_own_overlays_come_before_those_shipped(repository: Repository) -> None:
    assert repository.overlays() == (repository.root / "overlays", shipped("overlays"))
    assert (shipped("overlays") / "compliance" / "pci.yaml").is_file()
    here = Repository(shipped("overlays").parent, Settings())
    assert here.overlays() == (shipped("overlays"),)
    found = overlays(here)
    assert isinstance(found, tuple)
    assert {one.shipped for one in found} == {True}


def test_compiling_reads_every_overlay_and_records_those_that_take_part(repository: Repository) -> None:
    text = BRIEF.replace("---\n", "---\noverlays: [hipaa, ours]\n", 1)
    (repository.root / "briefs/notes.md").write_text(text, encoding="utf-8")
    own = repository.root / "overlays/domains/ours.yaml"
    own.parent.mkdir(parents=True)
    own.write_text("name: ours\nversion: 3.0.0\nkind: domain\ntitle: O\ndescription: O.\n", encoding="utf-8")
    read = COMPILE.reads(repository, "notes", "")
    assert {own, shipped("overlays") / "compliance/hipaa.yaml"} < set(read)
    assert said(repository) == []
    spec = stages.spec_of(repository, "notes")
    assert [(one.name, one.version, one.origin.kind, one.origin.line) for one in spec.overlays] == [
        ("healthcare", "1.0.0", "overlay", 6),
        ("ours", "3.0.0", "brief", 2),
        ("hipaa", "1.0.0", "brief", 2),
    ]
    assert spec.overlays[0].origin.file == "overlays/compliance/hipaa.yaml"
    assert all(len(one.digest) == 64 for one in spec.overlays)


def test_problems_of_overlays_and_of_the_brief_are_told_together(repository: Repository) -> None:
    brief = repository.root / "briefs/notes.md"
    text = BRIEF.replace("---\n", "---\noverlays: [hippa]\n", 1)
    brief.write_text(text.replace("text!", "txt"), encoding="utf-8")
    own = repository.root / "overlays/domains/ours.yaml"
    own.parent.mkdir(parents=True)
    own.write_text("name: ours\nversion: 1.0.0\nkind: domain\ntitle: Ours\n", encoding="utf-8")
    assert said(repository) == [
        "briefs/notes.md:5:21: there is no type txt; did you mean text?",
        "overlays/domains/ours.yaml:1:1: the overlay has no 'description'; add description:",
    ]
    own.unlink()
    broken = text.replace("{title: text!}", "{title: text!}\n    check: {a: this.titel == ''}")
    brief.write_text(broken, encoding="utf-8")
    unknown, check = said(repository)
    assert unknown == "briefs/notes.md:2:12: there is no overlay hippa; did you mean hipaa?"
    assert "titel" in check


def said(repository: Repository) -> list[str]:
    return [str(problem) for problem in Step(COMPILE, "notes").run(repository).problems]


def test_own_rules_come_before_those_shipped(repository: Repository) -> None:
    assert repository.rules() == (repository.root / "rules", shipped("rules"))
    assert (shipped("rules") / "gates" / "static.yaml").is_file()


def test_only_the_command_line_and_doits_clean_print() -> None:
    package = Path(pipeline.__file__).parent
    printing = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if "cli" not in path.parts and "templates" not in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    }
    assert printing <= {"engine/board.py", "engine/capsules.py"}
