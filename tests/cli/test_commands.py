"""Whole commands, each with its exact words and its exit code."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from qlf.pipeline import GATES

if TYPE_CHECKING:
    from tests.cli.conftest import Qlf

ROOT = Path(__file__).resolve().parents[2]
RED = "A list of notes. RED"


def read_json(done: subprocess.CompletedProcess[str]) -> Any:  # noqa: ANN401 - each test knows its shape
    assert done.stderr == ""
    return json.loads(done.stdout)


def test_build_and_build_again(notes: Qlf) -> None:
    first = notes("build")
    assert (first.returncode, first.stdout, first.stderr) == (0, "notes: 11 steps done, all gates pass\n", "")
    again = notes("build", "notes")
    assert (again.returncode, again.stdout, again.stderr) == (0, "notes: up to date, all gates pass\n", "")


def test_build_from_a_folder_below(notes: Qlf) -> None:
    done = notes("build", cwd="briefs")
    assert done.stdout == "notes: 11 steps done, all gates pass\n"
    assert (notes.root / "build/notes/app/README.md").is_file()


def test_plain_doit_goes_on_where_build_ended(notes: Qlf) -> None:
    notes("build")
    notes.write(
        "dodo.py",
        "import qlf.agents.registry as registry\n"
        'registry.AGENTS = ("api", "database", "documentation")\n'
        "from qlf.tasks import *\n",
    )
    done = subprocess.run(
        [Path(sys.executable).parent / "doit"],
        cwd=notes.root,
        env=notes.variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert [line for line in done.stdout.splitlines() if not line.startswith("-- ")] == []


def test_a_red_gate(notes: Qlf) -> None:
    notes.write(
        "briefs/notes.md", (notes.root / "briefs/notes.md").read_text().replace("A list of notes.", RED)
    )
    for told in ("notes: 6 steps done", "notes: up to date"):
        done = notes("build", "notes")
        assert done.returncode == 1
        lines = done.stdout.splitlines()
        assert lines[:3] == [told, "Gates", "  static     red (straw 2 red)"]
        assert lines[3].startswith("    build/notes/app/README.md:")
        assert lines[3].endswith(": it says RED [straw R1]")


def test_an_unproven_gate_blocks_unless_it_is_allowed(notes: Qlf) -> None:
    text = (notes.root / "briefs/notes.md").read_text()
    notes.write("briefs/notes.md", text.replace("A list of notes.", "NOTOOL"))
    done = notes("build")
    assert done.returncode == 1
    assert (
        "  unit       not proven (straw 2 not proven)\n    straw: not proven: there is no straw\n"
        in done.stdout
    )
    for gate in GATES:
        assert notes("config", "set", f"gates.allow_unproven.{gate}", "no straw in winter").returncode == 0
    assert notes("build").stdout == "notes: 5 steps done, all gates pass\n"
    assert "not proven (straw 2 not proven); allowed: no straw in winter" in notes("status").stdout


def test_a_bad_brief(notes: Qlf) -> None:
    notes.write("briefs/bad.md", "---\nentities:\n  A:\n    fields: {b: txt}\n---\n# Bad\n")
    done = notes("build")
    assert done.returncode == 2
    assert done.stderr == "briefs/bad.md:4:17: there is no type txt; did you mean text?\n"
    assert done.stdout == ("bad: not built, the brief has problems\nnotes: 11 steps done, all gates pass\n")


def test_build_as_json(notes: Qlf) -> None:
    notes.write("briefs/bad.md", "---\nentities:\n  A:\n    fields: {b: txt}\n---\n# Bad\n")
    made = read_json(notes("build", "--json"))
    assert made["code"] == 2
    assert len(made["made"]) == 11
    assert made["briefs"] == {
        "bad": {},
        "notes": {
            "static": "green",
            "unit": "green",
            "contract": "green",
            "policy": "green",
            "compliance": "green",
        },
    }
    assert made["problems"] == [
        {
            "file": "briefs/bad.md",
            "line": 4,
            "column": 17,
            "what": "there is no type txt",
            "advice": "did you mean text?",
        }
    ]


def test_build_of_a_name_that_is_not_there(notes: Qlf) -> None:
    done = notes("build", "note")
    assert done.returncode == 2
    assert done.stderr == "briefs/note.md:0:0: there is no such brief; did you mean notes?\n"


def test_build_names_steps_when_asked(notes: Qlf) -> None:
    told = notes("build", "--verbose", "--jobs", "1").stderr.splitlines()
    assert re.fullmatch(r"compile:notes: done \(\d\.\d s\)", told[0])
    assert len(told) == 11


def test_build_without_briefs(qlf: Qlf) -> None:
    done = qlf("build")
    assert (done.returncode, done.stdout) == (
        0,
        'There is no brief in briefs/. Write one, or: qlf generate "TEXT"\n',
    )


def test_status_says_what_is_stale_and_why(notes: Qlf) -> None:
    assert notes("status").stdout.startswith("notes: 11 stale\n  compile:notes  ")
    notes("build")
    assert notes("status").stdout.splitlines()[0] == "notes: up to date"
    text = (notes.root / "briefs/notes.md").read_text()
    notes.write("briefs/notes.md", text + "\nMore.\n")
    (notes.root / "build/notes/gates/unit.json").unlink()
    stale = read_json(notes("status", "notes", "--json"))["notes"]["stale"]
    assert stale["compile:notes"] == ["changed: briefs/notes.md"]
    assert stale["generate:notes:api"] == ["waits for compile:notes"]
    assert stale["assemble:notes"] == [
        "waits for generate:notes:api, generate:notes:database, generate:notes:documentation"
    ]


VERIFIED = {f"verify:notes:{gate}" for gate in GATES}


def test_status_names_the_input_that_changed(notes: Qlf) -> None:
    notes("build")
    notes("config", "set", "gates.allow_unproven.unit", "because")
    (notes.root / "build/notes/gates/static.json").unlink()
    (notes.root / "build/notes/app/README.md").write_text("mine")
    stale = read_json(notes("status", "--json"))["notes"]["stale"]
    assert stale == {
        "assemble:notes": ["not as it was made: build/notes/app/README.md"],
        "verify:notes:static": ["waits for assemble:notes"],
        "verify:notes:unit": ["waits for assemble:notes"],
        "verify:notes:contract": ["waits for assemble:notes"],
        "verify:notes:policy": ["waits for assemble:notes"],
        "verify:notes:compliance": ["waits for assemble:notes"],
        "evidence:notes": [f"waits for assemble:notes, {', '.join(sorted(VERIFIED))}"],
    }
    (notes.root / "build/notes/app/README.md").unlink()
    notes("build")
    notes("config", "set", "gates.allow_unproven.unit", "")
    assert read_json(notes("status", "--json"))["notes"]["stale"] == {
        "verify:notes:unit": ["changed: gates.allow_unproven"],
        "evidence:notes": ["waits for verify:notes:unit"],
    }


def test_generate_writes_a_brief_and_builds_it(qlf: Qlf) -> None:
    done = qlf("generate", "A list of books. A book has a title and a number of pages.", "--name", "library")
    assert done.returncode == 0, done.stderr
    brief = (qlf.root / "briefs/library.md").read_text()
    assert "Book:" in brief
    assert "A book has a title and a number of pages." in brief
    assert (qlf.root / "build/library/app/api/openapi.json").is_file()
    assert "  brief      briefs/library.md\n" in done.stdout
    assert "Assumed\n" in done.stdout
    assert "  contract   green (straw 2)\n" in done.stdout
    assert done.stdout.endswith("Next:  qlf run library\n")
    assert qlf("build", "library").stdout == "library: up to date, all gates pass\n"
    assert qlf("build").stdout == "Everything is up to date.\n"
    again = qlf("generate", "Other books", "--name", "library")
    assert again.returncode == 2
    assert again.stderr == (
        "briefs/library.md:0:0: there is such a brief already; "
        "choose another --name, or change it and: qlf build library\n"
    )


def test_generate_from_standard_input_in_a_dry_run(qlf: Qlf) -> None:
    done = qlf("generate", "--dry-run", stdin="Create a FastAPI user management system")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "user-management-system 0.1.0: User management system"
    assert any(line.startswith("    User: email, ") for line in lines)
    assert "    api/openapi.json" in lines
    assert "  static     green (straw 2)" in lines
    assert lines[-1] == "Nothing was written: this was a dry run."
    assert sorted(path.name for path in qlf.root.iterdir()) == ["factory.toml"]


def test_generate_as_json(qlf: Qlf) -> None:
    made = read_json(
        qlf("generate", "-", "--dry-run", "--json", "--overlay", "gdpr,hipaa", stdin="A list of books")
    )
    assert made["code"] == 0
    assert made["dry_run"] is True
    assert made["problems"] == []
    assert "Book" in made["entities"]
    assert [each["gate"] for each in made["verdicts"]] == [*GATES]
    assert {"about", "holds", "because", "at"} == made["assumptions"][0].keys()


def test_generate_from_a_file_with_front_matter_into_a_folder(qlf: Qlf) -> None:
    qlf.write("in/books.md", "---\nentities:\n  Book:\n    fields: {title: text!}\n---\n# Books\n")
    done = qlf("generate", "books.md", "--output", "../out", cwd="in")
    assert done.returncode == 0, done.stderr
    assert (qlf.root / "out/api/openapi.json").is_file()
    assert (qlf.root / "briefs/books.md").is_file()
    full = qlf("generate", "in/books.md", "--name", "other", "--output", "out")
    assert full.returncode == 2
    assert full.stderr.endswith("/out:0:0: the folder is not empty; name another --output\n")
    assert not (qlf.root / "briefs/other.md").exists()


@pytest.mark.parametrize(
    ("arguments", "stdin", "message"),
    [
        ([" "], None, "the text:0:0: it is empty; say what the application must do\n"),
        (["-"], "", "the text:0:0: it is empty; say what the application must do\n"),
        (
            ["A shop", "--name", "My Shop"],
            None,
            (
                "--name:0:0: 'My Shop' cannot be the name of a brief; "
                "use lower case letters, digits and hyphens, as in --name patient-portal\n"
            ),
        ),
        (
            ["A shop", "--overlay", "gdpr,A B"],
            None,
            (
                "--overlay:0:0: there is no overlay A B; "
                "use one of ecommerce, fintech, gdpr, healthcare, hipaa, pci\n"
            ),
        ),
        (
            ["A shop", "--overlay", "hippa,pci"],
            None,
            "--overlay:0:0: there is no overlay hippa; did you mean hipaa?\n",
        ),
        (
            ["-"],
            "---\nentities:\n  A:\n    fields: {b: txt}\n---\n",
            "the text:0:0: a brief with front matter needs a name; give one with --name\n",
        ),
        (
            ["-", "--name", "x"],
            "---\nentities:\n  A:\n    fields: {b: txt}\n---\n",
            "briefs/x.md:4:17: there is no type txt; did you mean text?\n",
        ),
    ],
)
def test_generate_refuses(qlf: Qlf, arguments: list[str], stdin: str | None, message: str) -> None:
    done = qlf("generate", *arguments, stdin=stdin)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", message)
    assert not (qlf.root / "briefs").exists()


def test_brief_expand(qlf: Qlf) -> None:
    qlf.write("briefs/books.md", "---\n# mine\nversion: 2.0.0\n---\n# Books\n\nA list of books.\n")
    shown = qlf("brief", "expand", "books", "--dry-run")
    assert shown.returncode == 0
    done = qlf("brief", "expand", "books")
    text = (qlf.root / "briefs/books.md").read_text()
    assert done.stdout == "briefs/books.md written; what was added is yours to change\n"
    assert text == shown.stdout
    assert text.startswith("---\n# mine\nversion: 2.0.0\n")
    assert "  Book:\n" in text
    assert qlf("brief", "expand", "books").stdout == "briefs/books.md says everything already\n"


def test_why_leads_from_a_line_to_its_clause(notes: Qlf) -> None:
    notes("build")
    sql = notes.root / "build/notes/app/database/migrations/sqlite/0001_initial.up.sql"
    line = next(n for n, text in enumerate(sql.read_text().splitlines(), 1) if "title" in text)
    done = notes("why", f"build/notes/app/database/migrations/sqlite/0001_initial.up.sql:{line}")
    assert done.returncode == 0, done.stderr
    told = done.stdout.splitlines()
    assert told[0] == f"database/migrations/sqlite/0001_initial.up.sql:{line} of notes"
    assert told[2:] == [
        "  agent     database",
        "  template  qlf/agents/database/templates/sql/up.sql.jinja",
        "  briefs/notes.md:5:7  field Note.title",
        "  briefs/notes.md:3:3  entity Note",
    ]


def test_why_of_a_file_as_json_from_below(notes: Qlf) -> None:
    notes.write("briefs/notes/custom/backend/mine.txt", "mine\n")
    notes("build")
    made = read_json(notes("why", "docs/api.md", "--json", cwd="build/notes/app"))
    assert made["owner"] == "documentation"
    assert made["templates"] == ["qlf/agents/documentation/templates/markdown/docs/api.md.jinja"]
    own = notes("why", "build/notes/app/backend/mine.txt")
    assert own.stdout == "backend/mine.txt of notes\n  own file  briefs/notes/custom/backend/mine.txt\n"


@pytest.mark.parametrize(
    ("place", "message"),
    [
        (
            "briefs/notes.md:1",
            "briefs/notes.md:0:0: this is no file of an application; name one below build/NAME/app/\n",
        ),
        (
            "build/notes/app/nothing",
            "build/notes/app/nothing:0:0: the application has no such file; see `qlf build notes`\n",
        ),
        ("build/notes/app/api/openapi.json:999999", "openapi.json:999999:0: the file has "),
    ],
)
def test_why_refuses(notes: Qlf, place: str, message: str) -> None:
    notes("build")
    done = notes("why", place)
    assert done.returncode == 2
    assert message in done.stderr


def test_config(qlf: Qlf) -> None:
    qlf.write("factory.toml", "# ours\njobs = 2 # two cores\n")
    qlf.variables["QLF_POSTGRES_URL"] = "postgresql://me:word@host/x"
    assert qlf("config", "set", "gates.allow_unproven.unit", "no server").returncode == 0
    assert qlf("config", "set", "jobs", "3").returncode == 0
    assert (qlf.root / "factory.toml").read_text() == (
        '# ours\njobs = 3 # two cores\n\n[gates.allow_unproven]\nunit = "no server"\n'
    )
    assert qlf("config", "get", "jobs").stdout == "3\n"
    listed = read_json(qlf("config", "list", "--json"))
    assert listed["jobs"] == {"value": 3, "from": "factory.toml"}
    assert listed["folders.build"] == {"value": "build", "from": "default"}
    assert listed["gates.postgres_url"] == {"value": "postgresql://me:***@host/x", "from": "QLF_POSTGRES_URL"}
    assert "word" not in qlf("config", "list").stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("set", "jobz", "3"), "factory.toml:0:0: there is no key 'jobz'; did you mean 'jobs'?\n"),
        (("get", "jobz"), "factory.toml:0:0: there is no key 'jobz'; did you mean 'jobs'?\n"),
        (
            ("set", "jobs", "many"),
            "factory.toml:0:0: jobs: input should be a valid integer; see `qlf schema factory`\n",
        ),
    ],
)
def test_config_refuses(qlf: Qlf, arguments: tuple[str, ...], message: str) -> None:
    done = qlf("config", *arguments)
    assert (done.returncode, done.stderr) == (2, message)
    assert (qlf.root / "factory.toml").read_text() == ""


def test_a_variable_wins_and_is_checked(qlf: Qlf) -> None:
    qlf.variables["QLF_JOBS"] = "2000"
    done = qlf("status")
    assert done.returncode == 2
    assert (
        done.stderr == "$QLF_JOBS:0:0: jobs: input should be less than or equal to 256; change or unset it\n"
    )


def test_init_makes_a_repository_that_doit_works_in(tmp_path: Path, qlf: Qlf) -> None:
    done = qlf("init", str(tmp_path / "mine"))
    assert done.returncode == 0
    assert done.stdout.endswith(f"Next:  cd {tmp_path}/mine && doit\n")
    listed = subprocess.run(
        [Path(sys.executable).parent / "doit", "list", "--all", "--quiet"],
        cwd=tmp_path / "mine",
        env=qlf.variables,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "verify:notes:unit" in listed.stdout.split()
    again = qlf("init", str(tmp_path / "mine"))
    assert again.returncode == 2
    assert (
        "/mine/dodo.py:0:0: this is there already; choose another folder; nothing was written\n"
        in again.stderr
    )


@pytest.mark.parametrize("kind", ["brief", "rules", "factory"])
def test_schema(qlf: Qlf, kind: str) -> None:
    jsonschema.Draft202012Validator.check_schema(read_json(qlf("schema", kind)))


def test_the_schema_of_settings_takes_what_is_taken(qlf: Qlf) -> None:
    validator = jsonschema.Draft202012Validator(read_json(qlf("schema", "factory")))
    assert validator.is_valid({"jobs": 2, "gates": {"allow_unproven": {"unit": "x"}}})
    assert not validator.is_valid({"jobs": -1})
    assert not validator.is_valid({"gates": {"allow_unproven": {"unit": ""}}})
    assert not validator.is_valid({"nothing": 1})


def test_doctor(qlf: Qlf) -> None:
    made = read_json(qlf("doctor", "--json"))
    tools = {tool["name"]: tool for tool in made["tools"]}
    assert made["well"] is True
    assert tools["python"]["here"] is True
    assert tools["schemathesis"]["used_for"] == "gate contract"
    assert tools["schemathesis"]["here"] is False
    shown = qlf("doctor")
    assert shown.returncode == 0
    assert "         it is installed when the gate first runs\n" in shown.stdout
    qlf.write("rules/gates/unit.yaml", "gate: unit\n")
    broken = qlf("doctor")
    assert broken.returncode == 2
    assert broken.stderr.startswith("rules/gates/unit.yaml:")


def test_doctor_says_what_is_missing(qlf: Qlf) -> None:
    (qlf.root / "rules/gates").mkdir(parents=True)
    shutil.copy(ROOT / "rules/gates/static.yaml", qlf.root / "rules/gates/static.yaml")
    done = qlf("doctor")
    assert done.returncode == 1
    assert "MISSING  mypy " in done.stdout
    assert done.stdout.splitlines()[-1].endswith(" of these are needed and missing.")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(qlf: Qlf, shell: str) -> None:
    done = qlf("completion", shell)
    assert (done.returncode, done.stderr) == (0, "")
    assert "_QLF_COMPLETE" in done.stdout
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=done.stdout, text=True, check=True)


def test_completion_knows_commands_and_briefs(notes: Qlf) -> None:
    program = Path(sys.executable).parent / "qlf"

    def completed(words: str) -> list[str]:
        variables = {**notes.variables, "_QLF_COMPLETE": "bash_complete", "COMP_WORDS": words}
        variables["COMP_CWORD"] = str(words.count(" "))
        done = subprocess.run(
            [program], cwd=notes.root, env=variables, capture_output=True, text=True, check=False
        )
        return [line.partition(",")[2] for line in done.stdout.splitlines()]

    assert completed("qlf st") == ["status"]
    assert completed("qlf build no") == ["notes"]


def test_output_may_be_cut_off(notes: Qlf) -> None:
    program = Path(sys.executable).parent / "qlf"
    done = subprocess.Popen(
        [program, "schema", "brief"],
        cwd=notes.root,
        env=notes.variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert done.stdout is not None
    assert done.stderr is not None
    done.stdout.close()
    with done.stderr as errors:
        assert errors.read() == b""
    assert done.wait() == 0


def test_run_without_a_build(notes: Qlf) -> None:
    done = notes("run", "notes")
    assert done.returncode == 2
    assert done.stderr == (
        "build/notes/app/backend/requirements.lock:0:0: the application has not been built; qlf build notes\n"
    )


def test_no_colour_without_a_terminal(notes: Qlf) -> None:
    notes.variables.pop("NO_COLOR")
    assert os.environ.get("FORCE_COLOR") is None
    notes("build")
    assert "\x1b" not in notes("status").stdout
