"""Slice in, SOC text out: a pytest suite with a test for each rule of the brief, named after it."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qlf.agents.tests import names
from qlf.agents.tests.accounts import accounts
from qlf.agents.tests.compliance import features, view
from qlf.agents.tests.factories import factory
from qlf.agents.tests.merging import merged
from qlf.agents.tests.safeguards import masked, recorded, sealed, watched
from qlf.agents.tests.stage import Stages
from qlf.agents.tests.subjects import subjects
from qlf.agents.tests.untested import untested
from qlf.model.agent import Agent, Reads
from qlf.model.patch import Document, Patch
from qlf.python_names import spelt
from qlf.rendering import environment, format_python, overridden

if TYPE_CHECKING:
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    from qlf.agents.tests.cases import Subject
    from qlf.model.spec import Spec

TEMPLATES = Path(__file__).parent / "templates" / "fastapi"
ALWAYS = ("pytest.ini", "ruff.toml", "conftest.py", "expect.py", "factories.py", "test_platform.py")
COMPLIANCE = ("__init__.py", "conftest.py", "README.md")
FIXTURES = {
    "client": "client: TestClient",
    "session": "session: Session",
    "as_user": "as_user: SignIn",
}
# The application's linter settings, without which its imports would be sorted as others'.
_STYLE = 'line-length = 100\ntarget-version = "py311"\n[lint.isort]\nknown-first-party = ["app"]\n'


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    return environment(TEMPLATES, {"py": names.quoted, "fixtures": fixtures, "cell": _cell})


def fixtures(text: str, parameters: tuple[str, ...] = ()) -> str:
    """Return the parameters of a test: the fixtures that its text uses, then its own."""
    used = [shown for name, shown in FIXTURES.items() if re.search(rf"\b{name}\b", text)]
    return ", ".join([*used, *parameters])


def _cell(text: str) -> str:
    """Return a text as it stands in a table: a bar would end the cell, in code too (GFM, section 4.10)."""
    return text.replace("|", "\\|")


def write(spec: Spec, templates: tuple[Path, ...] = ()) -> str:
    """Return the tests as SOC text."""
    files = _files(spec, overridden(_environment(), (folder / "fastapi" for folder in templates)))
    return Patch(
        documents=tuple(Document(path=f"tests/{path}", text=text) for path, text in files.items())
    ).render()


def _files(spec: Spec, templates: ImmutableSandboxedEnvironment) -> dict[str, str]:
    spec = spelt(spec)
    stages = Stages(spec)
    factories = [factory(spec, stages, entity) for entity in spec.entities]
    app = _whole(spec, factories)
    made: dict[str, str] = {}
    for path in (*ALWAYS, *(("test_auth.py",) if spec.auth else ())):
        text = templates.get_template(f"{path}.jinja").render(app=app, auth=accounts(spec, stages))
        made[path] = text
    found = subjects(spec, stages)
    suite = templates.get_template("test_entity.py.jinja")
    for subject in found:
        if subject.cases:
            name = "operations" if subject.free else subject.noun
            path = f"test_{name}.py"
            made[f"test_{name}_rows.py" if path in made else path] = suite.render(app=app, **_suite(subject))
    checked = features(spec)
    people, probes = accounts(spec, stages), view(spec, stages) if checked else {}
    rows = ("people.py",) if "subject_export" in checked else ()
    for path in (*COMPLIANCE, *rows, *(f"test_{feature}.py" for feature in checked)) if checked else ():
        template = templates.get_template(f"compliance/{path}.jinja")
        about = {"auth": people, **probes, **_guarded(spec, found)}
        made[f"compliance/{path}"] = template.render(app=app, **about)
    missing = untested(spec, found)
    made["README.md"] = templates.get_template("README.md.jinja").render(auth=spec.auth, missing=missing)
    python = {path: text for path, text in made.items() if path.endswith(".py")}
    formatted = format_python({**python, "ruff.toml": _STYLE})
    return {**made, **{path: formatted[path] for path in python}}


def _guarded(spec: Spec, found: list[Subject]) -> dict[str, Any]:
    """Return what the checks of data try."""
    return {
        "sealed": sealed(spec),
        "masked": masked(found),
        "recorded": recorded(spec, found),
        "watched": watched(spec),
    }


def _suite(subject: Subject) -> dict[str, Any]:
    """Return what a page of tests says of its subject."""
    about = f"{subject.entity.label_plural}: who may do what, and which rules hold"
    if subject.free:
        about = "Operations that are on no row"
    return {"title": about, "cases": merged(subject.spec, subject.stages.roles(), subject.cases)}


def _whole(spec: Spec, factories: list[Any]) -> dict[str, Any]:
    made = [name for one in factories for name in (f"make_{one.name}", f"{one.name}_body")]
    user = spec.auth.entity if spec.auth else ""
    return {
        "auth": spec.auth,
        "claims": bool(spec.auth and (spec.auth.idle_seconds or spec.auth.second_factor)),
        "api": spec.api,
        "some_list": next(
            (one.path for one in spec.api.routes if one.kind == "list") if spec.api else iter(()), "/"
        ),
        "emergency": spec.safeguards.emergency,
        "guarded_sign_in": bool(
            spec.auth and (spec.auth.idle_seconds or spec.auth.lock_attempts or spec.auth.second_factor)
        ),
        "user": user,
        "versioned": any(entity.versioned for entity in spec.entities),
        "enum_names": [enum.name for enum in spec.enums],
        "model_names": [entity.name for entity in spec.entities] + (["RefreshToken"] if spec.auth else []),
        "factories": factories,
        "encrypts": any(field.encrypted for entity in spec.entities for field in entity.fields),
        "digests": any(entity.digested(field) for entity in spec.entities for field in entity.fields),
        "audit": spec.safeguards.audit,
        "between_steps": spec.between_steps,
        "letters": any(one.lettered for one in factories),
        "factory_names": [*made, "day", "moment", *(["PASSWORD"] if spec.auth else [])],
    }


AGENT = Agent(
    name="tests",
    reads=Reads(
        sections=(
            *("safeguards", "auth", "controls", "roles", "enums", "entities", "operations", "api"),
            "between_steps",
        ),
        without=("description", "summary", "renamed_from"),
    ),
    owns=("tests/",),
    write=write,
)
