"""Tests of reading one row, and what tests of requests about one row share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qlf.agents.tests.cases import Case, Subject, compose, who
from qlf.agents.tests.names import quoted
from qlf.agents.tests.script import Script

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from qlf.agents.tests.stage import Scene
    from qlf.agents.tests.world import Row
    from qlf.model.spec import Route

GONE = 404


def read(subject: Subject, route: Route) -> Iterator[Case]:
    """Yield who may read which rows."""
    key = subject.key(subject.stages.answered(route))
    for role in subject.stages.callers(route):
        scene = subject.stages.on_row(subject.entity, "read", role)
        if scene:
            script = row_script(subject, scene)
            asserts = ["assert response.status_code == 200"]
            if key:
                asserts.append(
                    f"assert {subject.answer()}[{quoted(key)}] == {script.key(scene.row, json=True)}"
                )
            if subject.versioned:
                asserts.append(f'assert response.headers["ETag"] == etag({script.name(scene.row)})')
            yield on_row(subject, route, scene, script, f"{who(role)}_reads_{subject.noun}", asserts)
        hidden = subject.stages.on_row(subject.entity, "read", role, allowed=False)
        if hidden:
            name = f"{who(role)}_does_not_see_other_{subject.entity.plural}"
            yield on_row(subject, route, hidden, row_script(subject, hidden), name, not_found())


def not_found() -> list[str]:
    """Return the assertion that there is no such row for the caller."""
    return [f"assert response.status_code == {GONE}"]


def row_script(subject: Subject, scene: Scene, *extra: Row) -> Script:
    """Return the arrangement around a stored row."""
    script = Script(subject.spec, scene.world)
    script.arrange([scene.row, *extra])
    return script


def on_row(  # noqa: PLR0913, PLR0917
    subject: Subject,
    route: Route,
    scene: Scene,
    script: Script,
    name: str,
    asserts: Iterable[str],
    **more: Any,  # noqa: ANN401
) -> Case:
    """Return the test of one request about one row."""
    match = more.pop("match", route.conditional and route.method != "GET")
    sent = more.pop("sent", ())
    return compose(
        script,
        name=name,
        requests=(
            subject.call(
                route,
                script.path(route, scene.row),
                *sent,
                *subject.headers(scene, script, match=match),
            ),
        ),
        asserts=tuple(asserts),
        **more,
    )
