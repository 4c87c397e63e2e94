"""What README.md and docs/ say is true: commands run, examples compile, links lead somewhere."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click
import pytest
from sybil import Document
from sybil.parsers.markdown import CodeBlockParser

from qlf.brief.read import read_brief
from qlf.brief.schema import brief_schema
from qlf.cli.main import cli
from qlf.compile.compile import compile_brief
from qlf.compile.inference import infer
from qlf.compile.inference.overlays import ASKED, TAKEN
from qlf.compile.slices import slice_spec
from qlf.controls.schema import controls_schema
from qlf.evidence.page import STATUSES
from qlf.evidence.products import PRODUCTS
from qlf.model.addition import CONDITIONS, PATHS
from qlf.model.agent import Reads
from qlf.model.brief import Brief
from qlf.model.prompt import BUDGET
from qlf.model.spec import Spec
from qlf.model.types import KINDS
from qlf.overlay.files import Folder
from qlf.overlay.read import read_overlays
from qlf.overlay.schema import overlay_schema
from qlf.policies.names import NAMES
from qlf.policies.read import LIMITS as POLICY_LIMITS
from qlf.policies.schema import LONGEST_CONDITION, policy_schema
from qlf.store import cache_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
BRIEF_PAGE = ROOT / "docs" / "brief.md"
OVERLAY_PAGE = ROOT / "docs" / "overlays.md"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCKS = (
    ROOT / "requirements.lock",
    ROOT / "rules" / "gates" / "tools.lock",
    *sorted((ROOT / "qlf" / "agents").rglob("*.lock")),
)
SERVER = "postgresql://postgres@127.0.0.1:5432/postgres"
# What the examples of docs/brief.md name and do not declare themselves.
AROUND = {
    "operations:": """
roles: [customer]
entities:
  Customer: {owner: user, fields: {address: text}}
  Product: {fields: {price: money!, stock: int! min=0}}
  Cart:
    fields: {customer: Customer!}
    access: {customer: "create own, read own"}
  CartLine: {fields: {cart: Cart! inverse=lines, product: Product!, quantity: int!}}
  Order: {fields: {customer: Customer!, address: text!}}
  OrderLine: {fields: {order: Order!, product: Product!, quantity: int!, price: money!}}
""",
    "api:": "entities:\n  Article: {fields: {title: text!}}\n",
}


def blocks(page: Path, language: str) -> list[str]:
    parser = CodeBlockParser(language, evaluator=lambda _: None)
    found = [str(one.parsed) for one in Document.parse(str(page), parser).examples()]
    written = page.read_text(encoding="utf-8").count(f"\n```{language}\n")
    assert len(found) == written, f"{page.name} has {language} blocks that are not found"
    return found


def commands(block: str) -> Iterator[list[str]]:
    for line in block.splitlines():
        if words := shlex.split(line, comments=True):
            yield words


def compiles(text: str, name: str = "example.md") -> Spec:
    read = read_brief(Path(name), text.encode())
    assert isinstance(read, Brief), [str(problem) for problem in read]
    spec = compile_brief(read)
    assert isinstance(spec, Spec), [str(problem) for problem in spec]
    return spec


def front(text: str) -> Spec:
    return compiles(f"---\n{text}\n---\n# Example\n")


# Links and commands


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    relative = [link for link in links if "://" not in link]
    assert [link for link in relative if not (page.parent / link.partition("#")[0]).is_file()] == []


def test_the_readme_opens_with_the_two_commands_and_leads_to_every_page() -> None:
    text = PAGES[0].read_text(encoding="utf-8")
    assert list(commands(blocks(PAGES[0], "sh")[0])) == [["make"], ["make", "test"]]
    assert re.match(r"# QuantumLayer Factory\n\n[^\n]+\n\n```sh\nmake ", text)
    for page in PAGES[1:]:
        assert f"(docs/{page.name})" in text


def test_commands_of_make_are_there() -> None:
    shown = [words for page in PAGES for block in blocks(page, "sh") for words in commands(block)]
    for words in shown:
        if words[0] == "make":
            subprocess.run(["make", "-n", *words[1:]], cwd=ROOT, check=True, capture_output=True)


def test_examples_of_the_command_line_can_be_said() -> None:
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    examples = re.findall(r"^  Example:  (.*)$", text, re.MULTILINE)
    said = [
        words[1:]
        for example in examples
        for part in re.split(r" && | \| | > |\$\(|\)", example)
        if (words := shlex.split(part.strip().strip('"') if part.count('"') % 2 else part))[:1] == ["qlf"]
    ]
    assert len(said) >= text.count("## `qlf ") - 1
    for arguments in said:
        _understands(cli, arguments)


def _understands(command: click.Command, arguments: list[str]) -> None:
    context = command.make_context("qlf", list(arguments), resilient_parsing=False)
    if isinstance(command, click.Group):
        _, below, rest = command.resolve_command(context, list(arguments))
        assert below is not None
        _understands(below, rest)


@pytest.mark.slow
def test_commands_of_the_readme_work(tmp_path: Path, postgres_url: str) -> None:
    """Run every block in its order, where `make` has been; each has a shell of its own."""
    place = tmp_path / "factory"
    (place / "briefs").mkdir(parents=True)
    shutil.copy(ROOT / "briefs" / "healthcare-app.md", place / "briefs")
    (place / "factory.toml").write_text("")
    (place / "dodo.py").write_text("from qlf.tasks import *\n")
    (place / ".venv").symlink_to(sys.prefix)
    told = _shell(place, ["doit assemble"])
    for block in blocks(PAGES[0], "sh"):
        shown = list(commands(block))
        if shown[0][0] == "make":
            continue
        if shown[0][:2] == ["qlf", "run"]:
            _serves(place, shown[0])
            continue
        told += _shell(place, block.replace(SERVER, postgres_url).splitlines())
    assert "compile:healthcare-app" in told, "what is stale"
    assert re.search(r"briefs/healthcare-app\.md:\d+:\d+  field Clinic\.name", told), "what caused a line"
    verdict = json.loads((place / "build" / "healthcare-app" / "gates" / "unit.json").read_text())
    assert {run["tool"]: run["outcome"] for run in verdict["runs"]}["pytest-postgres"] == "green"
    assert "healthcare-app-1.0.0.qlcapsule: holds what it promises: healthcare-app 1.0.0" in told
    assert (place / "my-briefs" / "build" / "notes" / "app" / "README.md").is_file()
    made = place / "build" / "healthcare-app" / "app" / "backend" / "app" / "models" / "clinic.py"
    assert "String(160)" in made.read_text()
    told = _shell(place, blocks(ROOT / "docs" / "build.md", "sh")[0].splitlines())
    assert "healthcare-app: up to date" in told


def _variables(place: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("QLF_")}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    ours = {"QLF_CACHE": str(cache_folder()), "QLF_SIGNING_KEY": str(place.parent / "signing.key")}
    return {**kept, **ours, "PATH": path, "PYTHONUNBUFFERED": "1"}


def _shell(place: Path, lines: list[str]) -> str:
    done = subprocess.run(
        ["bash", "-e"],
        input="\n".join(lines),
        cwd=place,
        env=_variables(place),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, f"{lines}\n{done.stdout}{done.stderr}"
    return done.stdout


def _serves(place: Path, words: list[str]) -> None:
    with subprocess.Popen(
        words, cwd=place, env=_variables(place), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as started:
        assert started.stdout is not None
        deadline = time.monotonic() + 120
        for line in started.stdout:
            if " runs at http://127.0.0.1:" in line or time.monotonic() > deadline:
                break
        else:
            pytest.fail("the application did not start")
        started.send_signal(signal.SIGINT)
        started.stdout.read()
        assert started.wait(30) == 130


# docs/brief.md


def test_whole_briefs_of_the_page_compile() -> None:
    shown = blocks(BRIEF_PAGE, "markdown")
    assert shown
    for text in shown:
        assert compiles(text).entities


def test_parts_of_briefs_of_the_page_compile() -> None:
    shown = blocks(BRIEF_PAGE, "yaml")
    assert {text.split()[0] for text in shown} == set(AROUND)
    for text in shown:
        front(AROUND[text.split()[0]] + text)


def test_defaults_of_the_api_are_those_of_the_page() -> None:
    said = next(text for text in blocks(BRIEF_PAGE, "yaml") if text.startswith("api:"))
    reads = Reads(sections=("api", "auth", "entities"))
    told, silent = (slice_spec(front(AROUND["api:"] + text), reads) for text in (said, ""))
    assert told == silent


def test_fields_of_the_page_can_be_read() -> None:
    text = BRIEF_PAGE.read_text(encoding="utf-8")
    lines = re.findall(
        r"^    (\w+: .*)$", text.partition("### Fields")[2].partition("| type |")[0], re.MULTILINE
    )
    assert len(lines) >= 9
    fields = "".join(f"      {line}\n" for line in (*lines, "quantity: int!"))
    others = "  Tag: {fields: {name: text!}}\n  Category: {fields: {name: text!}}\n"
    spec = front(f"entities:\n{others}  Thing:\n    fields:\n{fields}")
    assert {line.partition(":")[0] for line in lines} <= {
        *(one.name for one in spec.entity("Thing").fields),
        *(one.name for one in spec.entity("Thing").relations),
    }


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("states", "confirm: scheduled -> confirmed by doctor"),
        ("actions", "favorite: viewer in favorited_by by user"),
        ("actions", "assign: row in assignees by admin"),
    ],
)
def test_short_forms_of_the_page_can_be_read(key: str, line: str) -> None:
    if key != "states":
        assert f"`{line}`" in BRIEF_PAGE.read_text(encoding="utf-8")
    clause = f"states: {{status: {{{line}}}}}" if key == "states" else f"actions: {{{line}}}"
    front(f"""
roles: [doctor, admin]
entities:
  Task:
    fields:
      status: enum(scheduled, confirmed) = scheduled
      favorited_by: User[] inverse=favorites
      assignees: User[] inverse=tasks
    {clause}
    access: {{user: read}}
""")


def test_values_in_braces_are_quoted_as_the_page_says() -> None:
    text = BRIEF_PAGE.read_text(encoding="utf-8")
    fields = re.search(r"`(\{size: .*?\})`", text)
    values = re.search(r"`(\{status: .*?\})`", text)
    assert fields
    assert values
    front(f"""
entities:
  Tag: {{fields: {{name: text!}}}}
  Shirt:
    fields: {fields[1]}
  Bill:
    fields:
      status: enum(open, paid) = open
      total: money!
operations:
  settle:
    on: Bill
    effects:
      - update: this
        set: {values[1]}
""")


def _keys(heading: str, page: Path = BRIEF_PAGE) -> set[str]:
    """Return the keys in the first column of the first table below a heading."""
    text = page.read_text(encoding="utf-8").partition(f"\n{heading}\n")[2]
    table = re.search(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert table
    return {key for row in table[0].splitlines()[2:] for key in re.findall(r"`(\w+)", row.split("|")[1])}


def test_tables_name_every_key() -> None:
    schema = brief_schema()
    kinds = cast("dict[str, Any]", schema["$defs"])
    assert _keys("## Top level") == set(schema["properties"])
    assert _keys("## Entities") == set(kinds["entity"]["properties"])
    assert _keys("## Operations") == set(kinds["operation"]["properties"])
    steps = BRIEF_PAGE.read_text(encoding="utf-8").partition("\n| step |")[2].partition("\n\n")[0]
    for form in kinds["step"]["anyOf"]:
        kind = form["required"][0]
        row = next(line for line in steps.splitlines() if line.startswith(f"| `{kind}"))
        assert set(re.findall(r"`(\w+)[:`]", row)) >= set(form["properties"])
    types = BRIEF_PAGE.read_text(encoding="utf-8").partition("\n| type |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`(\w+)", types)) >= {kind for kind in KINDS if kind != "reference"}
    long = re.search(
        r"for each field a mapping: `\{(.*?)\}`", BRIEF_PAGE.read_text(encoding="utf-8"), re.DOTALL
    )
    assert long
    members = next(form for form in kinds["field"]["anyOf"] if form.get("type") == "object")
    assert set(re.split(r",\s*", long[1])) == set(members["properties"])


@pytest.mark.parametrize(
    ("clause", "problem"),
    [
        ("fields: {s: text pattern=/(?=a)b/}", "no look-around"),
        (r"fields: {s: text pattern=/(a)\1/}", "back-references"),
        ("fields:\n      s: [a, b] = a", "write enum(a, b) = a"),
        ("fields: {s: enum(a, b)}", "put the value in quotes"),
        ("fields: {s: json = x}", "default does not fit json"),
        ("fields: {s: file = x}", "default does not fit file"),
        ("fields: {s: Other = viewer}", "only references to User have a default"),
        ("fields: {s: time = now}", "'now' is no time"),
        ("fields: {s: date, t: date}\n    check: {x: this.s - this.t > days(3)}", "has no meaning"),
        ("owner: user\n    fields: {s: int}\n    access: {anyone: read own}", "anyone has no rows"),
    ],
)
def test_what_the_page_excludes_is_refused(clause: str, problem: str) -> None:
    text = f"---\nentities:\n  Other: {{fields: {{n: int}}}}\n  Thing:\n    {clause}\n---\n# Example\n"
    read = read_brief(Path("example.md"), text.encode())
    found = compile_brief(read) if isinstance(read, Brief) else read
    assert isinstance(found, list)
    assert problem in "\n".join(str(one) for one in found)


# docs/overlays.md


def test_tables_name_every_key_of_overlays() -> None:
    schema = overlay_schema()
    assert _keys("## Keys", OVERLAY_PAGE) == set(schema["properties"])
    more = set(schema["$defs"]["entity"]["properties"]) - set(brief_schema()["$defs"]["entity"]["properties"])
    text = OVERLAY_PAGE.read_text(encoding="utf-8")
    assert f"| `{'`, `'.join(more)}` | what prose calls it" in text


def test_the_scores_of_the_page_are_those_that_hold() -> None:
    text = " ".join(OVERLAY_PAGE.read_text(encoding="utf-8").split())
    assert f"A domain takes part from {TAKEN['domain']} on." in text
    assert f"only by a word of weight {TAKEN['compliance']}, so by its name; from {ASKED} on" in text


def test_the_brief_of_the_overlays_page_has_what_it_says() -> None:
    (text,) = blocks(OVERLAY_PAGE, "markdown")
    library = read_overlays((Folder(ROOT / "overlays", "overlays", shipped=True),))
    read = read_brief(Path("practice.md"), text.encode())
    assert isinstance(library, tuple)
    assert isinstance(read, Brief), [str(problem) for problem in read]
    spec = compile_brief(infer(read, library))
    assert isinstance(spec, Spec), [str(problem) for problem in spec]
    patient = {field.name: field for field in spec.entity("Patient").fields}
    assert not patient["birth_date"].required
    assert {"nickname", "blood_type"} <= set(patient)
    assert {grant.role for grant in spec.entity("Appointment").access} == {"doctor", "receptionist"}


def test_the_additions_of_the_overlays_page_can_be_made(tmp_path: Path) -> None:
    _, additions = blocks(OVERLAY_PAGE, "yaml")
    head = "name: own\nversion: 1.0.0\nkind: compliance\ntitle: Own\ndescription: Ours.\n"
    entity = "entities: {Consent: {fields: {given_at: datetime!}}}\n"
    (tmp_path / "compliance").mkdir()
    (tmp_path / "compliance" / "own.yaml").write_text(head + entity + additions, encoding="utf-8")
    read = read_overlays((Folder(tmp_path, "overlays", shipped=False),))
    assert isinstance(read, tuple), [str(problem) for problem in read]
    kinds = {addition.selector.target for addition in read[0].additions}
    assert kinds == set(PATHS)
    assert read[0].brings


def test_the_table_of_additions_names_every_path_and_condition() -> None:
    (table,) = [part for part in OVERLAY_PAGE.read_text().split("\n## ") if part.startswith("Additions")]
    rows = {
        line.split("`")[1]: set(re.findall(r"`([^`]+)`", line))
        for line in table.splitlines()
        if line[:3] == "| `"
    }
    assert set(rows) == set(PATHS)
    for target, paths in PATHS.items():
        said = {path.removeprefix("safeguards.") for path in paths}
        assert {*said, *CONDITIONS[target]} <= rows[target], target


@pytest.mark.slow
def test_the_own_overlay_of_the_page_works(tmp_path: Path) -> None:
    """Run the page's commands in a repository that has the page's overlay."""
    place = tmp_path / "own"
    (place / "overlays" / "domains").mkdir(parents=True)
    (place / "factory.toml").write_text("")
    own, _ = blocks(OVERLAY_PAGE, "yaml")
    file = place / "overlays" / "domains" / "library.yaml"
    file.write_text(own, encoding="utf-8")
    for block in blocks(OVERLAY_PAGE, "sh"):
        _shell(place, block.splitlines())
    spec = Spec.model_validate_json((place / "build" / "lending" / "spec.json").read_bytes())
    assert [entity.name for entity in spec.entities if entity.name != "User"] == ["Loan", "Book"]
    assert spec.entity("Loan").field("fine").origin.kind == "brief"
    model = (place / "build" / "lending" / "app" / "backend" / "app" / "models" / "loan.py").read_text()
    line = next(at for at, text in enumerate(model.splitlines(), 1) if "card_number" in text)
    told = _shell(place, [f"qlf why build/lending/app/backend/app/models/loan.py:{line}"])
    where = next(at for at, text in enumerate(own.splitlines(), 1) if "card_number" in text)
    assert f"overlays/domains/library.yaml:{where}:7  field Loan.card_number" in told


# docs/dependencies.md and the locks


def _pinned(requirements: list[str]) -> dict[str, str]:
    return dict(cast("tuple[str, str]", tuple(one.split("=="))) for one in requirements)


def _listed(heading: str) -> dict[str, str]:
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    section = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([\w.\[\]-]+) \| ([\w.]+) \| (\S.*) \|$", section, re.MULTILINE)
    return {name: version for name, version, _ in rows[1:]}


def test_dependencies_are_listed_with_their_versions() -> None:
    assert _listed("The factory's own") == _pinned(PROJECT["dependencies"])
    extras = PROJECT["optional-dependencies"]
    assert _listed("For developing it") == _pinned(extras["dev"])
    assert {need for needs in extras.values() for need in needs} == set(extras["dev"])


def test_the_lock_has_what_the_project_names() -> None:
    locked = dict(re.findall(r"^([\w.-]+)==(\S+)", LOCKS[0].read_text(encoding="utf-8"), re.MULTILINE))
    wanted = _pinned([*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]])
    named = {re.sub(r"\[.*\]", "", name).replace(".", "-"): version for name, version in wanted.items()}
    assert {name: locked.get(name) for name in named} == named


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_locks_have_hashes_and_no_hosts(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    packages = re.split(r"\n(?=\w)", text.strip())
    assert len(packages) > 1
    for package in packages:
        assert re.match(r"[\w.\[\],-]+==\S+( ; [^\n]*)? \\\n    --hash=sha256:[0-9a-f]{64}", package), (
            package[:80]
        )
    assert "://" not in text
    assert "index-url" not in text


# docs/policies.md, docs/prompts.md


POLICY_PAGE = ROOT / "docs" / "policies.md"
PROMPT_PAGE = ROOT / "docs" / "prompts.md"


def test_tables_name_every_key_of_policies_and_every_name_of_conditions() -> None:
    assert _keys("## Keys", POLICY_PAGE) == set(policy_schema()["properties"])
    text = POLICY_PAGE.read_text(encoding="utf-8").partition("\n| over | names |\n")[2].partition("\n\n")[0]
    rows = {row.split("|")[1].strip(" `"): row.split("|")[2] for row in text.splitlines()[1:]}
    assert {over: set(names) for over, names in NAMES.items() if over != "control"} == {
        over: set(re.findall(r"`(\w+)`", cell)) - {"path", "size", "text"} for over, cell in rows.items()
    }


def test_the_limits_of_the_page_are_those_that_hold() -> None:
    text = POLICY_PAGE.read_text(encoding="utf-8")
    assert f"has {POLICY_LIMITS.characters >> 10} KiB at most" in text
    assert f"a condition {LONGEST_CONDITION:,} characters" in text
    assert f"{BUDGET} if it is not said" in PROMPT_PAGE.read_text(encoding="utf-8")


def test_the_policy_of_the_page_finds_what_it_says(tmp_path: Path) -> None:
    """Build the page's brief with the page's policy, by the gate `policy` alone, and print its prompts."""
    place = tmp_path / "own"
    (place / "rules" / "policies").mkdir(parents=True)
    (place / "briefs").mkdir()
    (place / "overlays" / "compliance").mkdir(parents=True)
    (place / "factory.toml").write_text('[gates]\nrun = ["policy"]\n')
    (own,), (brief,), (line,) = (blocks(POLICY_PAGE, kind) for kind in ("yaml", "markdown", "text"))
    (place / "rules" / "policies" / "titles-are-short.yaml").write_text(own, encoding="utf-8")
    (place / "briefs" / "notes.md").write_text(brief, encoding="utf-8")
    (overlay,) = blocks(PROMPT_PAGE, "yaml")
    (place / "overlays" / "compliance" / "house.yaml").write_text(overlay, encoding="utf-8")
    first, *others = commands(blocks(POLICY_PAGE, "sh")[0])
    built = subprocess.run(
        first, cwd=place, env=_variables(place), capture_output=True, text=True, check=False
    )
    assert built.returncode == 1, built.stdout + built.stderr
    assert line.strip() in built.stdout
    for words in (*others, *commands(blocks(PROMPT_PAGE, "sh")[0])):
        _shell(place, [shlex.join(words)])
    house = brief.replace("entities:", "overlays: [house]\nentities:", 1)
    (place / "briefs" / "notes.md").write_text(house, encoding="utf-8")
    assert "Write comments in English." in _shell(place, ["qlf prompt notes backend"])


# docs/controls.md


CONTROL_PAGE = ROOT / "docs" / "controls.md"


def test_every_key_of_a_control_is_on_the_page() -> None:
    text = CONTROL_PAGE.read_text(encoding="utf-8").partition("| key of a control |")[2].partition("\n\n")[0]
    keys = set(re.findall(r"`(\w+)`", " ".join(row.split("|")[1] for row in text.splitlines()[2:])))
    assert keys == set(controls_schema()["$defs"]["control"]["properties"])


def test_every_status_and_product_is_on_the_page() -> None:
    text = CONTROL_PAGE.read_text(encoding="utf-8")
    assert [name for name in (*STATUSES, *PRODUCTS) if f"| `{name}` |" not in text] == []
    shipped = {path.stem for path in (ROOT / "rules" / "controls").glob("*.yaml")} - {"features"}
    assert shipped == set(
        re.findall(r"^\| `([\w.-]+)` \| .* \|$", text.partition("\n\n```sh")[0], re.MULTILINE)
    )


def test_the_catalogue_of_the_page_is_assessed_as_it_says(tmp_path: Path) -> None:
    """Build the page's brief under the page's controls, with the gate `policy` alone."""
    place = tmp_path / "own"
    overlays, rules, briefs = (place / each for each in ("overlays/compliance", "rules/controls", "briefs"))
    for folder in (overlays, rules, briefs):
        folder.mkdir(parents=True)
    (place / "factory.toml").write_text('[gates]\nrun = ["policy"]\n')
    catalogue, overlay = blocks(CONTROL_PAGE, "yaml")
    (rules / "house.yaml").write_text(catalogue, encoding="utf-8")
    (overlays / "house.yaml").write_text(overlay, encoding="utf-8")
    (brief,) = blocks(CONTROL_PAGE, "markdown")
    (briefs / "notes.md").write_text(brief, encoding="utf-8")
    told = "".join(_shell(place, [shlex.join(words)]) for words in commands(blocks(CONTROL_PAGE, "sh")[0]))
    (line,) = blocks(CONTROL_PAGE, "text")
    assert line.strip() in told
    assert "house-2                The door is locked at night" in told
    assert (place / "build" / "notes" / "evidence.html").is_file()


# docs/review.md


REVIEW_PAGE = ROOT / "docs" / "review.md"


def test_commands_of_the_page_on_reviews_work(tmp_path: Path) -> None:
    """Plan, build and compare a new repository, without gates."""
    place = tmp_path / "own"
    place.mkdir()
    who = "git -c user.name=Somebody -c user.email=somebody@example.com"
    _shell(place, ["qlf init .", "git init -q", "git add -A", f"{who} commit -q -m first"])
    (place / "factory.toml").write_text("[gates]\nrun = []\n")
    planned, compared, committed, workflows = blocks(REVIEW_PAGE, "sh")
    told = _shell(place, planned.splitlines())
    assert told.startswith("notes is new: ")
    assert "Written to plan.json." in told
    assert (place / "build" / "notes" / "app" / "README.md").is_file()
    assert "give the same applications" in _shell(place, compared.splitlines())
    assert (place / "review.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    (place / ".gitignore").unlink()
    setting, build, check = committed.splitlines()
    told = _shell(place, [setting, build, "git add -A", check])
    assert "What is committed is what the sources give." in told
    told = _shell(place, workflows.splitlines())
    assert "made .github/workflows/factory.yml" in told
    assert "made .gitlab-ci.yml" in told
