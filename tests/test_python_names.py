from __future__ import annotations

import ast
import builtins
import inspect
import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from qlf.agents.backend.agent import AGENT
from qlf.brief.read import read_brief
from qlf.compile.compile import compile_brief
from qlf.compile.slices import slice_spec
from qlf.model.brief import Brief
from qlf.model.spec import Spec
from qlf.python_names import free, identifier, is_taken, local, member, snake, spelt

BRIEFS = Path(__file__).parents[1] / "briefs"
CLASH = Path(__file__).parent / "e2e" / "briefs" / "clash.md"


def compiled(path: Path) -> Spec:
    brief = read_brief(path)
    assert isinstance(brief, Brief), brief
    spec = compile_brief(brief)
    assert isinstance(spec, Spec), spec
    return spec


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Book", "book"), ("OrderLine", "order_line"), ("perPage", "per_page"), ("HTTPLog", "http_log")],
)
def test_snake_case(name: str, expected: str) -> None:
    assert snake(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("from", "from_"),
        ("class", "class_"),
        ("metadata", "metadata_"),
        ("model_config", "model_config_"),
        ("copy", "copy_"),
        ("list", "list_"),
        ("self", "self_"),
        ("model", "model"),
        ("date", "date"),
        ("type", "type"),
        ("title", "title"),
    ],
)
def test_names_that_the_language_has_taken_get_an_underscore(name: str, expected: str) -> None:
    assert identifier(name) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [("open", "OPEN"), ("non-fiction", "NON_FICTION"), ("2nd", "VALUE_2ND")]
)
def test_values_of_enumerations(value: str, expected: str) -> None:
    assert member(value) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("session", "session_"),
        ("return", "return_"),
        ("find", "find_"),
        ("type", "type_"),
        ("user", "user"),
        ("order", "order"),
    ],
)
def test_variables_hide_nothing_that_functions_use(name: str, expected: str) -> None:
    assert local(name) == expected


def test_nothing_that_a_pydantic_model_has_is_hidden_by_an_attribute() -> None:
    public = [name for name, _ in inspect.getmembers(BaseModel) if not name.startswith("_")]

    assert [name for name in public if identifier(name) == name] == []


@pytest.mark.parametrize("name", ["Session", "Response", "Text", "Type", "Decimal9With3", "Exception"])
def test_names_of_classes_and_builtins_are_taken(name: str) -> None:
    assert is_taken(name)
    assert not is_taken(f"{name}Note")


def test_free_name_is_neither_taken_nor_there() -> None:
    assert free("Session", "Row", {"SessionRow"}) == "SessionRowRow"
    assert free("Book", "Row", {"Author"}) == "Book"


def test_spec_without_clashes_is_left_alone() -> None:
    spec = compiled(BRIEFS / "ecommerce-mvp.md")

    assert spelt(spec) is spec


def test_entities_are_renamed_wherever_they_are_named_and_clients_see_nothing_of_it() -> None:
    spec = compiled(CLASH)
    made = spelt(spec)
    session = made.entity("SessionRow")

    assert Spec.model_validate(made.model_dump()) == made
    assert (session.plural, session.label, session.table) == ("sessions", "Session", "sessions")
    assert made.entity("ResponseRow").field("session").type.entity == "SessionRow"
    assert [one.entity for one in made.operations] == ["SessionRow", None]
    assert made.entity("FieldRow").field("error").type.enum == "FieldErrorValue"
    assert "FieldErrorValue" in {one.name for one in made.enums}
    assert spec.api is not None
    assert made.api is not None
    seen = [(one.method, one.path, one.id, one.body, one.result) for one in spec.api.routes]
    assert [(one.method, one.path, one.id, one.body, one.result) for one in made.api.routes] == seen
    wires = [[prop.wire for prop in shape.properties] for shape in spec.api.shapes]
    assert [[prop.wire for prop in shape.properties] for shape in made.api.shapes] == wires


def modules(spec: Spec) -> dict[str, ast.Module]:
    """Return the modules that the backend agent writes, by path."""
    files: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in AGENT.write(slice_spec(spec, AGENT.reads)).splitlines():
        if line.startswith("+++ b/"):
            lines = files.setdefault(line.removeprefix("+++ b/"), [])
        elif line.startswith("+"):
            lines.append(line[1:])
    return {path: ast.parse("\n".join(text)) for path, text in files.items() if path.endswith(".py")}


# Where classes of the spec and those of the libraries meet, and where those of the spec come from.
MEETING = ("access/", "models/", "operations/", "queries/", "routes/", "rules/", "schemas/", "seeds.py")
APART = ("models/__init__.py", "models/associations.py", "models/base.py", "schemas/types.py")
OF_THE_SPEC = re.compile(r"app\.(access|enums|models|operations|queries|rules|schemas)(\.\w+)?")
OF_EVERY_APPLICATION = frozenset({"app.models.base", "app.schemas.types"})


@pytest.mark.parametrize("path", [*sorted(BRIEFS.glob("*.md")), CLASH], ids=lambda path: path.stem)
def test_every_name_that_meets_those_of_the_spec_is_known_to_be_taken(path: Path) -> None:
    for file, tree in modules(compiled(path)).items():
        inside = file.removeprefix("backend/app/")
        if not inside.startswith(MEETING) or inside in APART:
            continue
        for node in tree.body:
            if isinstance(node, ast.ImportFrom) and not _of_the_spec(str(node.module)):
                names = [one.asname or one.name for one in node.names]
                assert [name for name in names if _is_free(name)] == [], file


def _of_the_spec(module: str) -> bool:
    return OF_THE_SPEC.fullmatch(module) is not None and module not in OF_EVERY_APPLICATION


def _is_free(name: str) -> bool:
    return name != "annotations" and {identifier(name), local(name)} == {name} and not is_taken(name)


def test_builtins_are_taken() -> None:
    hidden = [name for name in dir(builtins) if name[0].islower() and local(name) == name]

    assert hidden == []
