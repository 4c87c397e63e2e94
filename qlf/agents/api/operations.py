"""Operations: what a route takes, what it answers, who may call it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qlf.agents.api.schemas import reference
from qlf.agents.api.wording import indefinite, listed, one, several, spoken
from qlf.model.spec import ANYONE, SIGNED_IN

if TYPE_CHECKING:
    from qlf.agents.api.bodies import Bodies
    from qlf.agents.api.parameters import Parameters
    from qlf.agents.api.problems import Problems
    from qlf.agents.api.schemas import Json
    from qlf.model.spec import Entity, Route, Spec

SCHEME = "accessToken"
_NO_CONTENT = 204
_ACTIONS = frozenset({"transition", "add", "remove"})
_SENTENCES = {
    "list": "Lists the {many} that the caller may see, one page at a time.",
    "create": "Creates {a_row}.",
    "read": "Returns one {row}.",
    "update": "Changes the members of {a_row} that are sent; the others stay as they are.",
    "delete": "Deletes {a_row}.",
    "operation": "Does everything that belongs to `{action}`, or nothing at all.",
    "register": "Creates an account.",
    "login": "Exchanges an email address and a password for tokens.",
    "refresh": "Exchanges a refresh token, which is used up by it, for new tokens.",
    "logout": "Ends the session: its refresh tokens are no longer valid.",
    "password": "Changes the caller's password and ends all other sessions.",
    "me": "Returns the signed-in person.",
    "role": "Gives a person another role.",
    "export": "Returns everything that is kept about the signed-in person.",
    "erase": "Erases what is kept about the signed-in person, and closes the account.",
}


@dataclass(frozen=True, slots=True)
class Operations:
    """Builds the operation of each route of one application."""

    spec: Spec
    bodies: Bodies
    parameters: Parameters
    problems: Problems

    def of(self, route: Route) -> Json:
        """Return the operation object of a route (OpenAPI 3.1, 4.8.10)."""
        operation: Json = {
            "operationId": route.id,
            "summary": route.summary,
            "description": self._description(route),
            "tags": [route.tag],
        }
        parameters = self.parameters.of_route(route)
        if parameters:
            operation["parameters"] = parameters
        if route.body:
            operation["requestBody"] = {"required": True, "content": self.bodies.content(route.body)}
        operation["responses"] = {str(route.success): self._success(route), **self.problems.responses(route)}
        operation["security"] = self._security(route)
        return operation

    def _entity(self, route: Route) -> Entity | None:
        return self.spec.entity(route.entity) if route.entity else None

    def _description(self, route: Route) -> str:
        sentences = [] if route.description and route.kind not in _ACTIONS else [self._what(route)]
        if route.description:
            sentences.append(route.description)
        ended = [text if text.endswith((".", "!", "?")) else f"{text}." for text in sentences]
        return " ".join([*ended, self._callers(route)]).rstrip()

    def _what(self, route: Route) -> str:
        entity = self._entity(route)
        if entity and route.kind == "transition":
            return _move(entity, route.action)
        if entity and route.kind in {"add", "remove"}:
            return self._membership(entity, route)
        if route.kind == "me" and route.body:
            return "Changes the signed-in person's own row; members that are not sent stay as they are."
        row, many = (one(entity), several(entity)) if entity else ("row", "rows")
        sentence = _SENTENCES.get(route.kind, _SENTENCES["operation"])
        return sentence.format(
            row=row, a_row=indefinite(row), many=many, action=spoken(route.action or route.id)
        )

    def _membership(self, entity: Entity, route: Route) -> str:
        action = next(action for action in entity.actions if action.name == route.action)
        relation = next(relation for relation in entity.relations if relation.name == action.relation)
        whom = (
            "the caller" if action.subject == "viewer" else indefinite(one(self.spec.entity(relation.entity)))
        )
        where = f"the {spoken(relation.name)} of {indefinite(one(entity))}"
        change = f"Adds {whom} to {where}" if route.kind == "add" else f"Removes {whom} from {where}"
        return f"{change}; repeating it changes nothing."

    def _callers(self, route: Route) -> str:
        if not self.spec.auth or ANYONE in route.roles or SIGNED_IN in route.roles or not route.roles:
            return ""
        return f"For {listed([spoken(role) for role in route.roles])} only."

    def _success(self, route: Route) -> Json:
        response: Json = {"description": self._outcome(route)}
        headers = {name: reference("headers", name) for name in self._headers(route)}
        if headers:
            response["headers"] = headers
        if route.result:
            response["content"] = self.bodies.content(route.result)
        elif route.success != _NO_CONTENT:
            response["content"] = {"application/json": {"schema": {"type": "object", "maxProperties": 0}}}
        return response

    def _outcome(self, route: Route) -> str:
        entity = self._entity(route)
        if not route.result:
            return "Done; there is nothing to tell."
        match route.kind:
            case "list":
                return f"A page of {several(entity)}." if entity else "A page of rows."
            case "create" if entity:
                return f"The {one(entity)} as created."
            case "read" | "update" | "transition" | "add" | "remove" if entity:
                return f"The {one(entity)} as it is now."
            case "login" | "refresh":
                return "The tokens."
            case "export":
                return "Everything about the person."
            case "emergencies":
                return "A page of those who got access."
            case "emergency":
                return "What was given, and until when."
            case "register" | "me" | "role":
                return "The person."
            case _:
                return "The result."

    def _headers(self, route: Route) -> list[str]:
        headers = []
        if route.kind != "register" and self._versioned(route.result):
            headers.append("ETag")
        if route.kind == "create" and self._readable(route):
            headers.append("Location")
        return headers

    def _versioned(self, result: str | None) -> bool:
        """Tell whether an answer shows one row that has a version."""
        return any(
            self.spec.entity(shape.entity).versioned
            for shape in self.bodies.api.shapes
            if shape.name == result and shape.purpose == "read" and shape.entity
        )

    def _readable(self, route: Route) -> bool:
        routes = self.bodies.api.routes
        return any(other.kind == "read" and other.entity == route.entity for other in routes)

    def _security(self, route: Route) -> list[Json]:
        signed_in: Json = {SCHEME: []}
        if not self.spec.auth:
            return []
        if ANYONE not in route.roles:
            return [signed_in]
        return [{}, signed_in] if self._differs(route) else []

    def _differs(self, route: Route) -> bool:
        """Tell whether an open route answers a signed-in caller otherwise than a stranger."""
        entity = self._entity(route)
        seen = entity is not None and any(derived.viewer_dependent for derived in entity.derived)
        return len(set(route.roles)) > 1 or (seen and route.kind in {"list", "read"})


def _move(entity: Entity, action: str) -> str:
    for machine in entity.states:
        for transition in machine.transitions:
            if transition.name == action:
                sources = listed([spoken(state) for state in transition.sources], "or")
                return f"Moves {indefinite(one(entity))} from {sources} to {spoken(transition.target)}."
    return f"Moves {indefinite(one(entity))} on: {spoken(action)}."


def headers(scheme: str) -> Json:
    """Return the components of headers in answers; `scheme` is how tokens are announced."""
    return {
        "ETag": {
            "description": "The version of the row, for If-Match.",
            "required": True,
            "schema": {"type": "string", "pattern": r'^"\d+"$'},
            "example": '"1"',
        },
        "Location": {
            "description": "Where the new row can be read.",
            "required": True,
            "schema": {"type": "string", "format": "uri-reference"},
        },
        "Retry-After": {
            "description": "Seconds to wait.",
            "schema": {"type": "integer", "minimum": 0},
            "example": 30,
        },
        "WWW-Authenticate": {
            "description": "How to sign in (RFC 9110, section 11.6.1).",
            "required": True,
            "schema": {"type": "string"},
            "example": scheme,
        },
    }
