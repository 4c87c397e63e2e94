"""What the API guide says about errors: an example, the statuses, the problem types."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from qlf.agents.documentation.markdown import code, table
from qlf.agents.documentation.reference import Guide
from qlf.agents.documentation.samples import dumped
from qlf.agents.documentation.wording import status

if TYPE_CHECKING:
    from qlf.model.spec import Effect, Spec

STATUSES = {
    400: "the request is not readable",
    401: "no valid token",
    403: "the caller's role may not do this",
    404: "there is no such row, or the caller may not read it",
    405: "the path has no such method",
    406: "no answer is in a media type that `Accept` allows",
    409: "the data do not allow it now",
    412: "the row has changed since it was read",
    413: "the body is too large",
    415: "the body is not JSON",
    422: "a member or parameter is missing, unknown or wrong",
    428: "`If-Match` is missing",
    429: "too many tries; `Retry-After` says when to come back",
    500: "the application failed",
    503: "the database does not answer",
}
PROBLEMS = {
    "second-factor-required": ("401", "the password is right, and a code is needed besides"),
    "no-second-factor": ("409", "there is no second factor to confirm"),
    "validation-failed": ("422", "a member or parameter is missing, unknown or wrong"),
    "unique-violation": ("409", "another row has this value already"),
    "still-referenced": ("409", "other rows refer to the row that is to be deleted"),
    "illegal-transition": ("409", "the transition does not start from the row's state"),
    "guard-failed": ("409", "a named condition does not hold; `detail` has its message"),
    "version-mismatch": ("412", "the row has changed since it was read"),
}


@dataclass(frozen=True, slots=True)
class Failures:
    """The parts of the API guide about errors that are worked out."""

    spec: Spec

    def error(self) -> str:
        """Return an example of an error: one member that is missing."""
        guide = Guide(self.spec)
        entity = guide.leading("create")
        route = guide.route("create", entity) if entity else None
        shape = guide.samples.shape(route.body) if route else None
        missing = next((p.wire for p in shape.properties if p.required), None) if shape else None
        wrapper = guide.samples.wrapper(shape) if shape else None
        if self.spec.api and self.spec.api.errors == "map":
            return dumped({"errors": {missing or "body": ["Field required"]}})
        if not route or not missing:
            return dumped(_problem(guide.routes()[0].path if guide.routes() else "/"))
        pointer = "/".join(["", *([wrapper] if wrapper else []), missing])
        return dumped(_invalid(route.path, pointer))

    def status_table(self) -> str:
        """Return every error status that a route can answer with, and what it means."""
        guide = Guide(self.spec)
        seen = sorted({number for route in guide.routes() for number in route.problems})
        meanings = STATUSES if self.spec.auth else STATUSES | {404: "there is no such row"}
        rows = [(status(n), meanings[n]) for n in seen]
        return table(rows, "Status", "When")

    def problem_table(self) -> str:
        """Return the problem types that this application has."""
        guide = Guide(self.spec)
        entities, operations = self.spec.entities, self.spec.operations
        seen = {number for route in guide.routes() for number in route.problems}
        guarded = any(t.guard for e in entities for m in e.states for t in m.transitions)
        asked = any(o.guards or any(_requires(step) for step in o.effects) for o in operations)
        second_factor = any(route.kind == "second_factor" for route in guide.routes())
        there = {
            "second-factor-required": second_factor,
            "no-second-factor": second_factor,
            "validation-failed": HTTPStatus.UNPROCESSABLE_ENTITY in seen,
            "unique-violation": any(e.unique or any(f.unique for f in e.fields) for e in entities),
            "still-referenced": any(f.type.entity and f.required for e in entities for f in e.fields),
            "illegal-transition": any(e.states for e in entities),
            "guard-failed": guarded or asked,
            "version-mismatch": HTTPStatus.PRECONDITION_FAILED in seen,
        }
        rows = [(code(f"/problems/{name}"), *PROBLEMS[name]) for name, holds in there.items() if holds]
        return table(rows, "Type", "Status", "When")


def _problem(path: str) -> dict[str, object]:
    return {
        "type": "about:blank",
        "title": "Not Found",
        "status": HTTPStatus.NOT_FOUND.value,
        "detail": "There is nothing here.",
        "instance": path,
    }


def _invalid(path: str, pointer: str) -> dict[str, object]:
    return {
        "type": "/problems/validation-failed",
        "title": "Unprocessable Content",
        "status": HTTPStatus.UNPROCESSABLE_ENTITY.value,
        "detail": "The request is not valid.",
        "instance": path,
        "errors": [{"pointer": pointer, "detail": "Field required"}],
    }


def _requires(effect: Effect) -> bool:
    return effect.kind == "require" or any(_requires(step) for step in effect.steps)
