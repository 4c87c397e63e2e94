from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from qlf.brief.markdown import Markdown, split
from qlf.brief.schema import brief_schema, language, schema_text
from qlf.strict_yaml import plain, read

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
FAILING = ROOT / "tests" / "failing" / "brief"
PUBLISHED = ROOT / "docs" / "schemas" / "brief.schema.json"


def test_the_published_schema_is_current() -> None:
    assert PUBLISHED.read_text(encoding="utf-8") == schema_text()


def test_the_schema_is_valid() -> None:
    Draft202012Validator.check_schema(brief_schema())


def test_every_key_is_described() -> None:
    undescribed = [path for path, schema in keys(brief_schema(), "") if not described(schema)]
    assert undescribed == []


def keys(schema: object, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(schema, dict):
        for name, one in schema.get("properties", {}).items():
            yield f"{path}/{name}", one
        for name, one in schema.items():
            yield from keys(one, f"{path}/{name}")
    elif isinstance(schema, list):
        for index, one in enumerate(schema):
            yield from keys(one, f"{path}/{index}")


def described(schema: dict[str, Any]) -> bool:
    if "$ref" in schema and "description" not in schema:
        return described(brief_schema()["$defs"][schema["$ref"].rpartition("/")[2]])
    return "description" in schema or all(described(form) for form in schema.get("anyOf", [{}]))


def agree(document: object) -> bool:
    fast = language().fast_validator.is_valid(document)
    assert fast == language().reference_validator.is_valid(cast("Any", document))
    return fast


def test_both_validators_agree_on_the_bad_briefs() -> None:
    verdicts = set()
    for source in sorted(FAILING.glob("*/input.*")):
        content = source.read_bytes().decode("utf-8", errors="replace")
        parts = Markdown(content, "", 1, None) if source.suffix == ".yaml" else split(content, "f")
        tree = read(parts.front or "", "f") if isinstance(parts, Markdown) else []
        if not isinstance(tree, list):
            verdicts.add(agree(plain(tree)))
    assert verdicts == {True, False}


WORDS = [
    *(
        "entities",
        "fields",
        "Item",
        "User",
        "name",
        "type",
        "text",
        "text!",
        "enum",
        "values",
        "roles",
        "admin",
    ),
    *(
        "states",
        "access",
        "operations",
        "effects",
        "create",
        "delete",
        "this",
        "on",
        "1.2.0",
        "1.2.0\n",
        "version",
    ),
    *("api", "pagination", "style", "page", "signup", "by", "a-b", "a_b\n", "\u0661.0.0", "", "id", "uuid"),
]
scalars = (
    st.sampled_from(WORDS) | st.none() | st.booleans() | st.integers(-3, 300) | st.sampled_from([1.0, 0.5])
)
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    max_leaves=12,
)
sections = st.fixed_dictionaries(
    {},
    optional={
        "version": st.sampled_from(["1.2.0", "1.2.0\n", "\u0661.0.0", "1.0.0-a.b+c", "01.0.0"]),
        "roles": documents,
        "stack": documents,
        "api": documents,
        "entities": st.fixed_dictionaries({"Item": st.fixed_dictionaries({"fields": documents})}),
        "operations": st.fixed_dictionaries({"go": st.fixed_dictionaries({"effects": st.lists(documents)})}),
    },
)


@given(documents | sections)
def test_both_validators_agree(document: object) -> None:
    agree(document)
