"""How the names of a spec are spelt in an application's Python: the same for every agent that writes it.

A spec takes no heed of any language, so an entity may be called like what the written modules import, and
a field like what a class already has. Such a class gets another name, such an attribute or variable an
underscore; every other name stays as the brief has it.
"""

from __future__ import annotations

import builtins
import keyword
import re
from typing import TYPE_CHECKING, Any

from qlf.model.spec import Entity, Enum
from qlf.model.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from qlf.model.spec import Spec

_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_KEYWORDS = frozenset(keyword.kwlist)
# Those that `site` adds are not there in every interpreter.
_BUILTINS = frozenset(dir(builtins)) | {"copyright", "credits", "exit", "license", "quit"}
# What a mapped class or a pydantic model has already, and what is called inside the body of one.
_MEMBERS = frozenset(
    (
        *("self", "metadata", "registry", "query", "session"),
        *("construct", "copy", "dict", "from_orm", "json", "parse_file", "parse_obj", "parse_raw", "schema"),
        *("schema_json", "update_forward_refs", "validate"),
        *("model_computed_fields", "model_config", "model_construct", "model_copy", "model_dump"),
        *("model_dump_json", "model_extra", "model_fields", "model_fields_set", "model_json_schema"),
        *("model_parametrized_name", "model_post_init", "model_rebuild", "model_validate"),
        *("model_validate_json", "model_validate_strings"),
        *("bool", "int", "list", "property", "str"),
        *("choice", "exact", "mapped_column", "now", "query_expression", "relationship", "today", "uuid4"),
    )
)
# What functions of the written modules are given, import or call; a variable of theirs must not hide it.
_LOCALS = _BUILTINS | frozenset(
    (
        *("and_", "case", "delete", "false", "func", "insert", "literal", "null", "or_", "select", "true"),
        *("selectinload", "update", "with_expression", "date", "datetime", "time", "timedelta", "uuid4"),
        *("body", "columns", "errors", "if_match", "name", "other", "page", "query", "response", "row"),
        *("router", "rules", "session", "statement", "status", "value", "viewer"),
        *("check_version", "compute", "conflict", "find", "find_reference", "find_references", "forbidden"),
        "hooks",
        *("free_slug", "illegal_transition", "invalid", "link", "not_found", "now", "paginate", "require"),
        *("require_version", "reread", "seed", "set_etag", "settle", "signed_in", "today", "unlink"),
        *("find_refresh_token", "hash_password", "limit_attempts", "limited", "password_hash", "revoke_all"),
        *("about_rows", "audited", "record_event", "refuse_masked"),
        *("revoke_family", "token_issuer", "unauthorized", "verify_password"),
    )
)
# The classes that written modules import or define beside those of the spec, and the modules beside theirs.
_CLASSES = _BUILTINS | frozenset(
    (
        *("Any", "Annotated", "Callable", "ClassVar", "Generic", "Iterable", "Iterator", "Literal"),
        *("Sequence", "TypeVar", "TYPE_CHECKING", "Decimal", "HTTPStatus", "StrEnum", "UTC", "UUID", "Path"),
        *("Base", "BigInteger", "Column", "ColumnElement", "Connection", "DateTime", "DeclarativeBase"),
        *("Engine", "Enum", "ForeignKey", "InstrumentedAttribute", "Integer", "IntegerKey", "IntegrityError"),
        *("JsonDocument", "Mapped", "Numeric", "Seconds", "Select", "Session", "SoftDeleted", "String"),
        *("Table", "Text", "UtcDateTime", "Versioned"),
        *("AfterValidator", "AliasChoices", "AliasGenerator", "AliasPath", "Answer", "AwareDatetime"),
        *("BaseModel", "BeforeValidator", "Body", "Boolean", "ConfigDict", "Day", "Duration", "EmailStr"),
        *(
            "Field",
            "HttpUrl",
            "IntegerText",
            "JsonObject",
            "KeyText",
            "Line",
            "LongText",
            "Moment",
            "Money",
            "NewPassword",
            "NotNull",
        ),
        *("Phone", "SecretStr", "Slug", "StringConstraints", "TimeOfDay", "TypeAdapter", "Url"),
        *("APIRouter", "BodyParameter", "Depends", "FastAPI", "Header", "IfMatch", "JSONResponse", "Query"),
        *("Request", "Response", "Route", "SessionDep", "TestClient"),
        *("FieldError", "Ordering", "Page", "PageQuery", "Problem", "Row", "Settings"),
        *(
            "AuthLimit",
            "Bearer",
            "BearerDep",
            "Claims",
            "EmergencyGrant",
            "EmergencyStaff",
            "IssuerDep",
            "LockOut",
            "LockOutDep",
            "Newcomer",
            "OptionalViewer",
            "PASSWORD",
            "SCHEME",
            "RecoveryCode",
            "RefreshToken",
            "SecondFactor",
            "SignIn",
            "SignInFailures",
            "TokenIssuer",
            "UserSession",
            "Viewer",
        ),
        *("AuditEvent", "AuditHead", "Dump", "Hook", "Later", "Mask", "ParamSpec", "Purged", "Sealed"),
        *("Associations", "Auth", "Operations", "States", "SubjectRights", "Types"),
    )
)
_EXACT = re.compile(r"Decimal\d+With\d+(Out)?|MoneyOut")


def snake(name: str) -> str:
    """Return a PascalCase or camelCase name in snake_case."""
    return _BOUNDARY.sub("_", name).lower()


def identifier(name: str) -> str:
    """Return the name as a Python attribute: a trailing underscore where something else has taken it."""
    return f"{name}_" if name in _KEYWORDS or name in _MEMBERS else name


def local(name: str) -> str:
    """Return the name as that of a variable, a parameter, a function or a module."""
    return f"{name}_" if name in _KEYWORDS or name in _LOCALS else name


def member(value: str) -> str:
    """Return the name of an enumeration's member."""
    name = re.sub(r"\W+", "_", value).strip("_").upper()
    return f"VALUE_{name}" if not name or name[0].isdigit() else name


def is_taken(name: str) -> bool:
    """Tell whether written modules have a class, or a module, that would be called like this one."""
    return name in _CLASSES or snake(name) in _BUILTINS or _EXACT.fullmatch(name) is not None


def free(name: str, suffix: str, taken: Iterable[str]) -> str:
    """Return the name, with the suffix as often as it takes to be another than those that are taken."""
    taken = set(taken)
    while name in taken or is_taken(name):
        name += suffix
    return name


def spelt(spec: Spec) -> Spec:
    """Return the spec with its entities and enumerations called as their classes are in Python.

    Nothing that clients see changes: paths, members, labels and plurals are as they were.
    """
    taken = {entity.name for entity in spec.entities} | {enum.name for enum in spec.enums}
    classes: dict[str, str] = {}
    for names, suffix in ((spec.entities, "Row"), (spec.enums, "Value")):
        for one in names:
            if is_taken(one.name):
                classes[one.name] = free(one.name, suffix, taken)
                taken.add(classes[one.name])
    renamed: Spec = _renamed(spec, classes) if classes else spec
    return renamed


_REFERRING = ("entity", "enum", "result_entity")


def _renamed(value: Any, classes: Mapping[str, str]) -> Any:  # noqa: ANN401 - whatever a spec is made of
    if isinstance(value, tuple):
        return tuple(_renamed(inner, classes) for inner in value)
    if not isinstance(value, Value):
        return value
    members = {name: _renamed(inner, classes) for name, inner in value.__dict__.items()}
    for name in (*_REFERRING, "name") if isinstance(value, Entity | Enum) else _REFERRING:
        if isinstance(members.get(name), str):
            members[name] = classes.get(members[name], members[name])
    return type(value).model_construct(**members)
