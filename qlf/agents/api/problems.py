"""Answers that tell of a failure: one component for each, with the shape that the brief chose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from qlf.agents.api.schemas import reference

if TYPE_CHECKING:
    from qlf.agents.api.schemas import Json
    from qlf.model.spec import Api, Route


class Failure(NamedTuple):
    """One kind of failure; `name` is the last part of the problem's type, "" for a plain HTTP status."""

    component: str
    description: str
    title: str
    detail: str
    name: str = ""


# Titles are the reason phrases of RFC 9110, section 15, and RFC 6585.
FAILURES: dict[int, Failure] = {
    400: Failure(
        "BadRequest",
        "The request cannot be understood.",
        "Bad Request",
        "The body is not valid JSON.",
    ),
    401: Failure(
        "Unauthorized",
        "There are no valid credentials.",
        "Unauthorized",
        "Sign in to do this.",
    ),
    403: Failure(
        "Forbidden",
        "The caller may not do this.",
        "Forbidden",
        "Your role does not allow this.",
    ),
    404: Failure(
        "NotFound",
        "There is no such thing, or none that the caller may see.",
        "Not Found",
        "There is nothing here that you may see.",
    ),
    405: Failure(
        "MethodNotAllowed",
        "The path does not know this method.",
        "Method Not Allowed",
        "Use one of the methods that Allow lists.",
    ),
    406: Failure(
        "NotAcceptable",
        "There is no answer in an accepted media type.",
        "Not Acceptable",
        "Answers are application/json.",
    ),
    409: Failure(
        "Conflict",
        "The present state does not allow this.",
        "Conflict",
        "A condition of this operation does not hold.",
        "guard-failed",
    ),
    412: Failure(
        "PreconditionFailed",
        "The row has changed since the version that If-Match names.",
        "Precondition Failed",
        "Read it again and repeat the change on the version that is there now.",
        "version-mismatch",
    ),
    413: Failure(
        "ContentTooLarge",
        "The body is too large.",
        "Content Too Large",
        "Send less in one request.",
    ),
    415: Failure(
        "UnsupportedMediaType",
        "The body is not in a media type that is understood.",
        "Unsupported Media Type",
        "Send application/json.",
    ),
    422: Failure(
        "UnprocessableContent",
        "A value breaks a rule; there is one entry for each.",
        "Unprocessable Content",
        "Correct the values that are listed.",
        "validation-failed",
    ),
    428: Failure(
        "PreconditionRequired",
        "If-Match is missing.",
        "Precondition Required",
        "Send the ETag of the version that you have read as If-Match.",
    ),
    429: Failure(
        "TooManyRequests",
        "There were too many attempts.",
        "Too Many Requests",
        "Wait before you try again.",
    ),
    500: Failure(
        "InternalServerError",
        "The application failed.",
        "Internal Server Error",
        "This has been recorded.",
    ),
    503: Failure(
        "ServiceUnavailable",
        "The application cannot answer at the moment.",
        "Service Unavailable",
        "Try again later.",
    ),
}

_UNIQUE = Failure(
    "NotUnique",
    "Another row has a value that must be unique.",
    "Conflict",
    "Another row has this value.",
    "unique-violation",
)
_MOVE = Failure(
    "IllegalTransition",
    "The row is not in a state that this starts from, or a condition does not hold.",
    "Conflict",
    "This cannot be done in the present state.",
    "illegal-transition",
)
_REFERENCED = Failure(
    "StillReferenced",
    "Other rows still refer to this one.",
    "Conflict",
    "Remove what refers to it first.",
    "still-referenced",
)
_CONFLICTS = {
    "create": _UNIQUE,
    "update": _UNIQUE,
    "register": _UNIQUE,
    "transition": _MOVE,
    "delete": _REFERENCED,
}
_HEADERS = {401: "WWW-Authenticate", 429: "Retry-After"}


@dataclass(frozen=True, slots=True)
class Problems:
    """The components of failures; `schema` is the name of theirs, `member` one that examples can blame."""

    api: Api
    schema: str
    member: str

    def responses(self, route: Route) -> Json:
        """Return the failures of a route by status, as references."""
        return {
            str(status): reference("responses", _failure(status, route).component)
            for status in sorted(route.problems)
        }

    def components(self) -> Json:
        """Return all components of failures by name; those that no route needs among them."""
        known = {failure.component: (status, failure) for status, failure in FAILURES.items()}
        known |= {failure.component: (409, failure) for failure in _CONFLICTS.values()}
        return {name: self._component(status, failure) for name, (status, failure) in sorted(known.items())}

    def body_schema(self) -> Json:
        """Return the schema of a failure's body: RFC 9457, section 3, or messages by member."""
        return _problem_schema() if self.api.errors == "problem" else _map_schema()

    def _component(self, status: int, failure: Failure) -> Json:
        media = "application/problem+json" if self.api.errors == "problem" else "application/json"
        example = self._problem(status, failure) if self.api.errors == "problem" else self._map(failure)
        header = _HEADERS.get(status)
        return {
            "description": failure.description,
            **({"headers": {header: reference("headers", header)}} if header else {}),
            "content": {media: {"schema": reference("schemas", self.schema), "example": example}},
        }

    def _problem(self, status: int, failure: Failure) -> Json:
        problem: Json = {
            "type": f"/problems/{failure.name}" if failure.name else "about:blank",
            "title": failure.title,
            "status": status,
            "detail": failure.detail,
        }
        if failure.name in {"validation-failed", "unique-violation"}:
            problem["errors"] = [{"pointer": f"/{self.member}", "detail": self._blame(failure)}]
        return problem

    def _map(self, failure: Failure) -> Json:
        if failure.name in {"validation-failed", "unique-violation"}:
            return {"errors": {self.member: [self._blame(failure)]}}
        return {"errors": {"body": [failure.detail]}}

    def _blame(self, failure: Failure) -> str:
        return "is already taken" if failure.name == "unique-violation" else "is missing"


def _failure(status: int, route: Route) -> Failure:
    if status == 409:  # noqa: PLR2004 - the status, RFC 9110
        return _CONFLICTS.get(route.kind, FAILURES[status])
    return FAILURES[status]


def _problem_schema() -> Json:
    return {
        "type": "object",
        "description": "What went wrong (RFC 9457).",
        "properties": {
            "type": {
                "type": "string",
                "format": "uri-reference",
                "description": "The kind of problem; about:blank says no more than the status does.",
            },
            "title": {"type": "string", "description": "The kind of problem in words."},
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": {"type": "string", "description": "What went wrong this time."},
            "instance": {
                "type": "string",
                "format": "uri-reference",
                "description": "Where it went wrong.",
            },
            "errors": {
                "type": "array",
                "description": "One entry for each value that is refused.",
                "items": {
                    "type": "object",
                    "properties": {
                        "pointer": {
                            "type": "string",
                            "description": "The value, as a JSON Pointer (RFC 6901).",
                        },
                        "detail": {"type": "string"},
                    },
                    "required": ["pointer", "detail"],
                },
            },
        },
        "required": ["type", "title", "status", "detail"],
    }


def _map_schema() -> Json:
    return {
        "type": "object",
        "description": "What went wrong: messages by the member that they are about.",
        "properties": {
            "errors": {
                "type": "object",
                "additionalProperties": {"type": "array", "items": {"type": "string"}, "minItems": 1},
                "minProperties": 1,
            },
        },
        "required": ["errors"],
    }
