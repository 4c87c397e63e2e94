"""For each edit: exactly which tasks run, and which products change. Real doit, and no cache to help it."""

from __future__ import annotations

import hashlib
import random
import shutil
from typing import TYPE_CHECKING

import pytest

from qlf.pipeline import GATES
from tests.engine.conftest import BRIEF, Place, told

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Edit = Callable[[Place], object]

NOTES = "briefs/notes.md"
AGENTS = "api database documentation"
WHOLE = f"compile {AGENTS} assemble static unit contract policy compliance evidence"
TREE = "assemble static unit contract policy compliance evidence"
SPEC = "spec.json"
SQLS = ("app/database/migrations/postgresql", "app/database/migrations/sqlite")
UP = " ".join(f"{folder}/0001_initial.up.sql" for folder in SQLS)
DOWN = UP.replace(".up.", ".down.")
CONTRACT = "app/api/openapi.json"


def made_by(*agents: str) -> str:
    """Return the files beside the tree that change when some agents write another patch."""
    return " ".join(["assembled.json", *(f"patches/{agent}.soc" for agent in agents)])


def read_by(*agents: str) -> str:
    """Return the files that change when the slices of some agents do."""
    return " ".join([SPEC, *(f"slices/{agent}.json" for agent in agents)])


def edit(old: str, new: str, file: str = NOTES) -> Edit:
    return lambda place: place.edit(file, old, new)


def write(file: str, text: str) -> Edit:
    return lambda place: place.write(file, text)


def add(file: str, text: str) -> Edit:
    return lambda place: place.write(file, place.read(file) + text)


def delete(path: str) -> Edit:
    def act(place: Place) -> None:
        target = place.root / path
        if target.is_dir():
            shutil.rmtree(target)
        else:
            target.unlink()

    return act


def patch(place: Place) -> None:
    """Add a file by a patch."""
    listing = "README.md\n"
    tree = hashlib.sha256(listing.encode()).hexdigest()
    diff = "--- /dev/null\n+++ b/docs/own.md\n@@ -0,0 +1 @@\n+Ours.\n"
    head = f"### FACTORY/1 PATCH\n- reason: it is ours\n- tree: {tree}\n- file: docs/own.md\n"
    place.write(f"briefs/notes/patches/base/{tree}", listing)
    place.write("briefs/notes/patches/001-documentation.soc", f"{head}```diff\n{diff}```\n### END\n")


def touch(path: str) -> Edit:
    return lambda place: (place.root / path).touch()


def variable(name: str, value: str) -> Edit:
    return lambda place: place.variables.update({name: value})


def distribution(name: str) -> Edit:
    text = f"Metadata-Version: 2.1\nName: {name}\nVersion: 99.0\n"
    return write(f"lib/{name}-99.0.dist-info/METADATA", text)


def rename(old: str, new: str) -> Edit:
    return lambda place: (place.root / old).rename(place.root / new)


def both(tasks: str) -> str:
    return " ".join(f"notes:{task} other:{task}" for task in tasks.split())


SQL = "lib/qlf/agents/database/templates/sql"
OVERLAY = "name: ours\nversion: 1.0.0\nkind: domain\ntitle: Ours\ndescription: Ours.\n"
DOCUMENTED = made_by("api", "documentation")
MODEL = ("database", "documentation")
GUIDES = "app/docs/api.md app/docs/data-model.md"
ALL_AGENTS = ("api", "database", "documentation")
# Name, edit, tasks of the brief `notes` (of another one as BRIEF:TASK), files of its products.
EDITS: tuple[tuple[str, Edit, str, str], ...] = (
    ("nothing", lambda _: None, "", ""),
    # The brief
    ("a comment", edit("entities:", "# all\nentities:"), "compile policy evidence", SPEC),
    ("an empty line", edit("entities:", "\nentities:"), "compile policy evidence", SPEC),
    (
        "another spelling of a list",
        edit("[writer, reader]", "\n  - writer\n  - reader"),
        "compile policy evidence",
        SPEC,
    ),
    (
        "another order",
        edit("version: 1.0.0\nroles: [writer, reader]", "roles: [writer, reader]\nversion: 1.0.0"),
        "compile policy evidence",
        SPEC,
    ),
    (
        "an overlay that nothing uses yet",
        edit("roles:", "overlays: [fintech]\nroles:"),
        "compile policy evidence",
        SPEC,
    ),
    (
        "prose",
        edit("A list of notes.", "A long list."),
        f"compile api documentation {TREE}",
        f"{read_by('api', 'documentation')} {DOCUMENTED} app/README.md {CONTRACT}",
    ),
    (
        "the title",
        edit("# Notes", "# Memos"),
        f"compile api documentation {TREE}",
        f"{read_by('api', 'documentation')} {DOCUMENTED} app/README.md {CONTRACT} evidence.json",
    ),
    (
        "the version",
        edit("1.0.0", "1.1.0"),
        f"compile api {TREE}",
        f"{read_by('api')} {made_by('api')} {CONTRACT} evidence.json",
    ),
    (
        "a description",
        edit("What somebody wrote down.", "A thought."),
        f"compile api documentation {TREE}",
        f"{read_by('api', 'documentation')} {DOCUMENTED} {CONTRACT} app/docs/api.md app/docs/data-model.md",
    ),
    (
        "a field",
        edit("body: longtext", "body: longtext\n      pages: int"),
        WHOLE,
        f"{read_by(*ALL_AGENTS)} {made_by(*ALL_AGENTS)} {CONTRACT} {UP} {GUIDES}",
    ),
    (
        "a bound",
        edit("max=80", "max=90"),
        WHOLE,
        f"{read_by(*ALL_AGENTS)} {made_by(*ALL_AGENTS)} {CONTRACT} {UP} {GUIDES}",
    ),
    (
        "an index",
        edit("max=80", "max=80 indexed"),
        f"compile database {TREE}",
        f"{read_by('database')} {made_by('database')} {UP}",
    ),
    (
        "a check",
        edit('!= ""', '!= "x"'),
        f"compile database documentation {TREE}",
        f"{read_by(*MODEL)} {made_by(*MODEL)} {UP} app/docs/data-model.md",
    ),
    (
        "an access rule",
        edit("reader: read", "reader: read, create"),
        f"compile api documentation {TREE}",
        f"{read_by('api', 'documentation')} {DOCUMENTED} {CONTRACT} app/docs/api.md",
    ),
    (
        "who may make a transition",
        edit("by writer", "by reader"),
        f"compile api documentation {TREE}",
        f"{read_by('api', 'documentation')} {DOCUMENTED} {CONTRACT} app/docs/api.md app/docs/data-model.md",
    ),
    (
        "a convention of the API",
        edit("roles:", "api: {base_path: /v2}\nroles:"),
        f"compile api documentation {TREE}",
        f"{read_by('api', 'documentation')} {DOCUMENTED} {CONTRACT} app/docs/api.md app/docs/extensions.md",
    ),
    ("a brief that is touched", touch(NOTES), "", ""),
    ("a brief that is removed", delete(NOTES), "remove", "*"),
    ("a file that is no brief", write("briefs/readme.txt", "no brief"), "", ""),
    # Own files
    ("an own file", write("briefs/notes/custom/x.txt", "x"), TREE, "app/x.txt assembled.json"),
    ("a patch", patch, TREE, "app/docs/own.md assembled.json"),
    ("an empty own folder", lambda place: (place.root / "briefs/notes/custom").mkdir(parents=True), "", ""),
    # Overlays, rules, templates, code, tools
    ("an overlay of one's own", write("overlays/domains/ours.yaml", OVERLAY), both("compile"), ""),
    (
        "a shipped overlay",
        edit("version: 1.0.0", "version: 1.0.1", "lib/overlays/compliance/gdpr.yaml"),
        both("compile"),
        "",
    ),
    (
        "a policy",
        add("lib/rules/policies/lists-are-paged.yaml", "# more\n"),
        both("compile policy evidence"),
        "",
    ),
    ("a rule", add("lib/rules/gates/unit.yaml", "# more\n"), both("unit evidence"), ""),
    ("a catalogue", add("lib/rules/controls/gdpr.yaml", "# more\n"), both("compile evidence"), ""),
    ("code of the evidence", add("lib/qlf/evidence/page.py", "\n"), both("evidence"), ""),
    (
        "a template of one's own",
        write("templates/database/sql/down.sql.jinja", "-- nothing\n"),
        both(f"database {TREE}"),
        f"{made_by('database')} {DOWN}",
    ),
    (
        "a template",
        add(f"{SQL}/up.sql.jinja", "-- end\n"),
        both(f"database {TREE}"),
        f"{made_by('database')} {UP}",
    ),
    ("code of an agent that is no other", add("lib/qlf/agents/api/problems.py", "\n"), both("api"), ""),
    ("code of a pass", add("lib/qlf/compile/compile.py", "\n"), both("compile"), ""),
    (
        "code of the gates",
        add("lib/qlf/gates/judge.py", "\n"),
        both("static unit contract policy compliance evidence"),
        "",
    ),
    ("code of a command", add("lib/qlf/cli/why.py", "\n"), "", ""),
    (
        "the version of qlf",
        edit('__version__ = "', '__version__ = "9', "lib/qlf/__init__.py"),
        both(WHOLE),
        "",
    ),
    ("the version of Jinja", distribution("jinja2"), both(f"{AGENTS} evidence"), ""),
    ("the version of CEL", distribution("cel_python"), both("compile"), ""),
    # Settings and environment
    (
        "a gate that is forgiven",
        write("factory.toml", '[gates.allow_unproven]\nunit = "x"\n'),
        both("unit"),
        "",
    ),
    ("how many steps at a time", write("factory.toml", "jobs = 1\n"), "", ""),
    (
        "gates that run no more",
        write("factory.toml", '[gates]\nrun = ["unit"]\n'),
        both("evidence"),
        " ".join(f"gates/{gate}.json gates/{gate}.sarif" for gate in GATES if gate != "unit"),
    ),
    (
        "a database server",
        variable("QLF_POSTGRES_URL", "postgresql://somebody:secret@localhost/x"),
        both("unit compliance"),
        "",
    ),
    ("language and zone", variable("LANG", "de_DE.UTF-8"), "", ""),
    # Products
    ("a spec that is deleted", delete("build/notes/spec.json"), "compile", SPEC),
    ("a slice that is deleted", delete("build/notes/slices/api.json"), "compile", "slices/api.json"),
    (
        "a slice that is tampered with",
        write("build/notes/slices/api.json", "{}"),
        "compile",
        "slices/api.json",
    ),
    ("a patch that is deleted", delete("build/notes/patches/api.soc"), "api", "patches/api.soc"),
    ("a patch that is tampered with", write("build/notes/patches/api.soc", "x"), "api", "patches/api.soc"),
    ("a file of the tree that is deleted", delete("build/notes/app/README.md"), "assemble", "app/README.md"),
    ("a file of the tree that is touched", touch("build/notes/app/README.md"), "", ""),
    (
        "a folder of the tree that is deleted",
        delete("build/notes/app/docs"),
        "assemble",
        "app/docs/api.md app/docs/data-model.md app/docs/extensions.md app/docs/operations.md",
    ),
    ("a cache in the tree", write("build/notes/app/__pycache__/x.txt", "x"), "", ""),
    ("the record of the tree", delete("build/notes/assembled.json"), "assemble", "assembled.json"),
    ("a verdict that is deleted", delete("build/notes/gates/unit.json"), "unit", "gates/unit.json"),
    (
        "a verdict that is tampered with",
        write("build/notes/gates/unit.json", "{}"),
        "unit",
        "gates/unit.json",
    ),
    ("all products of a brief", delete("build/notes"), WHOLE, "*"),
    ("the manifest", delete("build/.qlf/manifest"), both(WHOLE), ""),
)


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Give a repository of two briefs that was built, with a copy of the factory's code to be changed."""
    made = Place(tmp_path_factory.mktemp("origin"))
    made.own_package()
    made.write("briefs/other.md", BRIEF.replace("# Notes", "# Other"))
    assert len(made.made()) == 22
    return made


def copy_of(origin: Place, root: Path) -> Place:
    shutil.copytree(origin.root, root, symlinks=True)
    made = Place(root)
    made.variables["PYTHONPATH"] = str(root / "lib")
    made.empty_cache()
    return made


def tasks_of(tasks: str) -> set[str]:
    """Return the names of tasks; a task is an agent, a gate, or a stage, of `notes` or as BRIEF:TASK."""
    names = set()
    for task in tasks.split():
        brief, _, part = task.rpartition(":")
        stage = "generate" if part in AGENTS else "verify" if part in GATES else part
        names.add(f"{stage}:{brief or 'notes'}{f':{part}' if part != stage else ''}")
    return names


@pytest.mark.parametrize(
    ("act", "tasks", "files"), [each[1:] for each in EDITS], ids=[each[0] for each in EDITS]
)
def test_an_edit_runs_these_tasks_and_changes_these_files(
    origin: Place, tmp_path: Path, act: Edit, tasks: str, files: str
) -> None:
    place = copy_of(origin, tmp_path / "copy")
    act(place)
    before = place.products()
    done = place.doit()
    after = place.products()
    assert done.returncode == 0, done.stdout + done.stderr
    assert told(done.stdout, ".") == tasks_of(tasks)
    changed = {path for path in {*before, *after} if before.get(path) != after.get(path)}
    if files == "*":
        assert changed == {path for path in {*before, *after} if path.startswith("notes/")}
    else:
        assert {path for path in changed if path.startswith("notes/")} == {
            f"notes/{path}" for path in files.split()
        }
    assert place.doit().stdout == ""


def test_another_file_in_an_own_folder_is_looked_at_once(origin: Place, tmp_path: Path) -> None:
    place = copy_of(origin, tmp_path / "copy")
    for name in ("x", "y"):
        place.write(f"briefs/notes/custom/more/{name}.txt", name)
        assert place.made() == tasks_of(TREE)
        assert place.doit().stdout == ""
    delete("briefs/notes/custom/more/y.txt")(place)
    assert place.made() == tasks_of(TREE)
    assert place.doit().stdout == ""


def test_a_database_server_counts_where_a_rule_needs_one(origin: Place, tmp_path: Path) -> None:
    place = copy_of(origin, tmp_path / "copy")
    place.edit("lib/rules/gates/static.yaml", "timeout: 60\n", "timeout: 60\n        needs: [postgres]\n")
    place.edit("lib/rules/gates/unit.yaml", "needs: [postgres]", "# needs: [postgres]")
    assert place.made() == tasks_of(both("static unit evidence"))
    place.variables["QLF_POSTGRES_URL"] = "postgresql://somebody:secret@localhost/x"
    assert place.made() == tasks_of(both("static compliance"))


def test_a_brief_that_is_renamed(origin: Place, tmp_path: Path) -> None:
    place = copy_of(origin, tmp_path / "copy")
    place.write("briefs/notes/custom/x.txt", "x")
    place.made()
    rename(NOTES, "briefs/memos.md")(place)
    rename("briefs/notes", "briefs/memos")(place)
    assert place.made() == {"remove:notes", *(each.replace(":notes", ":memos") for each in tasks_of(WHOLE))}
    assert {path.partition("/")[0] for path in place.products()} == {"memos", "other"}
    assert place.products()["memos/app/x.txt"] == b"x"


NO_SOURCE = {"nothing", "a cache in the tree"}
RANDOM: tuple[Edit, ...] = tuple(act for name, act, _, _ in EDITS if name not in NO_SOURCE)


@pytest.mark.parametrize("seed", range(6))
def test_random_edits_end_as_a_clean_build_does(
    origin: Place, tmp_path: Path, seed: int, record_property: Callable[[str, object], None]
) -> None:
    chance = random.Random(seed)  # noqa: S311 - a repeatable choice
    place = copy_of(origin, tmp_path / "copy")
    made = needless = 0
    for act in chance.sample(RANDOM, 6):
        try:
            act(place)
        except (FileNotFoundError, FileExistsError, AssertionError):
            continue  # an edit before has taken away what this one edits
        before = place.products()
        done = place.doit()
        assert done.returncode == 0, done.stdout + done.stderr
        ran = told(done.stdout, ".")
        made += len(ran)
        needless += len(ran) if place.products() == before else 0
    record_property("made", made)
    record_property("made without a change", needless)

    clean = copy_of(place, tmp_path / "clean")
    clean.variables |= {**place.variables, "PYTHONPATH": clean.variables["PYTHONPATH"]}
    clean.variables["QLF_CACHE"] = str(clean.root / "cache")
    shutil.rmtree(clean.root / "build")
    assert clean.doit().returncode == 0
    assert place.products() == clean.products()
