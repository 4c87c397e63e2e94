"""Slice in, SOC text out: a FastAPI application on SQLAlchemy, typed and linted."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qlf.agents.backend import names, sign_in
from qlf.agents.backend.calls import FreeOperations, free_inputs
from qlf.agents.backend.entity import EntityView, entity_view
from qlf.agents.backend.operations import view as operation_view
from qlf.agents.backend.retention import kept_for
from qlf.agents.backend.schemas import schema
from qlf.agents.backend.seeds import seed_view
from qlf.agents.backend.subject_rights import rights
from qlf.agents.backend.whole import whole
from qlf.model.agent import Agent, Reads
from qlf.model.patch import Document, Patch
from qlf.python_names import identifier, spelt
from qlf.rendering import environment, format_python, overridden

if TYPE_CHECKING:
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    from qlf.agents.backend.whole import Whole
    from qlf.model.spec import Spec

TEMPLATES = Path(__file__).parent / "templates" / "fastapi"
PACKAGES = {
    "app/access": "Who may do what with which rows.",
    "app/models": "",
    "app/operations": "What is done in one transaction.",
    "app/queries": "How rows are selected, filtered and sorted.",
    "app/routes": "The routes of the API.",
    "app/rules": "What holds for every row.",
    "app/schemas": "What requests and answers are made of.",
}
ALWAYS = (
    "Makefile",
    "pyproject.toml",
    "app/__init__.py",
    "app/__main__.py",
    "app/clock.py",
    "app/columns.py",
    "app/database.py",
    "app/enums.py",
    "app/extensions/__init__.py",
    "app/health.py",
    "app/logs.py",
    "app/main.py",
    "app/middleware.py",
    "app/migrations.py",
    "app/models/__init__.py",
    "app/models/base.py",
    "app/pagination.py",
    "app/problems.py",
    "app/rows.py",
    "app/schemas/types.py",
    "app/settings.py",
)


CHANGES = ("create", "update", "delete", "transition", "add", "remove", "operation")
OF_USERS = ("register", "me_patch", "role")
SIGN_IN = (
    "app/security.py",
    "app/viewer.py",
    "app/models/refresh_token.py",
    "app/routes/auth.py",
    "app/schemas/auth.py",
)
SUBJECT_RIGHTS = ("app/subject_rights.py", "app/routes/subject_rights.py", "app/schemas/subject_rights.py")


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    return environment(TEMPLATES, {"py": names.quoted, "module": identifier})


def write(spec: Spec, templates: tuple[Path, ...] = ()) -> str:
    """Return the backend as SOC text."""
    files = {f"backend/{path}": text for path, text in _files(spec, templates).items()}
    return Patch(documents=tuple(Document(path=path, text=text) for path, text in files.items())).render()


def _files(spec: Spec, templates: tuple[Path, ...]) -> dict[str, str]:
    spec = spelt(spec)
    views = [entity_view(spec, entity) for entity in spec.entities]
    app = whole(spec, views)
    made: dict[str, str] = {}
    templated = overridden(_environment(), (folder / "fastapi" for folder in templates))

    def render(path: str, template: str | None = None, **values: Any) -> None:  # noqa: ANN401
        text = templated.get_template(f"{template or path}.jinja").render(app=app, **values)
        if path in made:
            message = f"two templates are written to {path}"
            raise ValueError(message)
        if text.strip():
            made[path] = text

    for path in ALWAYS:
        if path != "app/enums.py" or spec.enums:
            render(path)
    render("app/seeds.py", seeds=seed_view(spec))
    if hooks := _hooks(spec, app, views):
        render("app/hooks.py", hooks=hooks)
    _optional(spec, app, render)
    for view in views:
        _entity(view, render)
    for operation in spec.operations:
        render(
            f"app/operations/{identifier(operation.name)}.py",
            "app/operations/operation.py",
            op=operation_view(spec, operation),
        )
    for folder, sentence in PACKAGES.items():
        if sentence and any(path.startswith(f"{folder}/") for path in made):
            made[f"{folder}/__init__.py"] = f'"""{sentence}"""\n'
    for name in ("requirements.lock", "requirements-dev.lock"):
        made[name] = (TEMPLATES / "locks" / f"{app.lock}{name}").read_text(encoding="utf-8")
    return {
        **made,
        **format_python({path: text for path, text in made.items() if path.endswith((".py", ".toml"))}),
    }


def _hooks(spec: Spec, app: Whole, views: list[EntityView]) -> list[tuple[str, str]]:
    """Return what own code can join in: functions of routes, each with the class of its row if it has one."""
    users = [
        (app.auth_routes[one]["function"], app.user["name"]) for one in OF_USERS if one in app.auth_routes
    ]
    rows = [(route.function, view.name) for view in views for route in view.routes if route.kind in CHANGES]
    return [*users, *rows, *((route.function, "") for route in FreeOperations(spec).views())]


def _optional(spec: Spec, app: Whole, render: Any) -> None:  # noqa: ANN401
    for wanted, paths in (
        (app.encrypts, ("app/encryption.py", "app/keys.py", "app/models/sealed.py", "app/rotation.py")),
        (app.audit, ("app/audit.py", "app/models/audit_event.py")),
        (app.masks, ("app/masking.py",)),
        (spec.safeguards.transport, ("app/headers.py", "app/transport.py")),
        (app.associations, ("app/models/associations.py",)),
        (app.versioned, ("app/concurrency.py",)),
        (app.slugs, ("app/slugs.py",)),
        (app.transitions, ("app/rules/states.py",)),
        (spec.auth, sign_in.modules(spec) if spec.auth else ()),
    ):
        for path in paths if wanted else ():
            render(path)
    for path in SIGN_IN if spec.auth else ():
        render(path, auth=app.auth_routes)
    if app.purges:
        render("app/retention.py", kept=kept_for(spec))
    granted = rights(spec, app) if app.subject_rights else None
    for path in SUBJECT_RIGHTS if granted else ():
        render(path, rights=granted)
    if app.free_operations:
        _free(spec, render)


def _free(spec: Spec, render: Any) -> None:  # noqa: ANN401
    free = FreeOperations(spec)
    render("app/routes/operations.py", routes=free.views(), aliases=free.aliases.items())
    inputs = [schema(spec, shape) for shape in free_inputs(spec)]
    if inputs:
        render("app/schemas/operations.py", schemas=inputs)


def _entity(view: EntityView, render: Any) -> None:  # noqa: ANN401
    render(f"app/models/{view.module}.py", "app/models/entity.py", e=view)
    if view.schemas:
        render(f"app/schemas/{view.module}.py", "app/schemas/entity.py", e=view)
    if view.access:
        render(f"app/access/{view.collection}.py", "app/access/entity.py", e=view)
    if view.settles or view.transitions:
        render(f"app/rules/{view.module}.py", "app/rules/entity.py", e=view)
    if view.selected:
        render(f"app/queries/{view.collection}.py", "app/queries/entity.py", e=view)
    if view.routes or view.is_user:
        render(f"app/routes/{view.collection}.py", "app/routes/entity.py", e=view)


AGENT = Agent(
    name="backend",
    reads=Reads(
        sections=(
            "title",
            "version",
            "safeguards",
            "auth",
            "controls",
            "enums",
            "entities",
            "operations",
            "api",
        ),
        without=(
            "hidden",
            "immutable",
            "indexed",
            "indexes",
            "initial",
            "omits",
            "password_minimum",
            "renamed_from",
            "timestamps",
            "writable",
        ),
    ),
    owns=("backend/",),
    write=write,
)
