from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from qlf.overlay.read import read_overlay
from qlf.overlay.schema import language, overlay_schema, schema_text
from qlf.strict_yaml import decode, plain, read

ROOT = Path(__file__).parents[2]
SHIPPED = sorted((ROOT / "overlays").glob("*/*.yaml"))
BAD = sorted((ROOT / "tests" / "failing" / "overlay").glob("*/input.yaml"))
# What only the reader can know: the file's place, other overlays, and what YAML itself refuses.
BEYOND = {
    *("conflict", "other-file", "requires-itself", "unknown-requirement"),
    *("entity-clauses", "entity-user"),
}


def agree(document: object) -> bool:
    fast = language().fast_validator.is_valid(document)
    assert fast == language().reference_validator.is_valid(cast("Any", document))
    return fast


def test_the_published_schema_is_current() -> None:
    published = ROOT / "docs" / "schemas" / "overlay.schema.json"
    assert published.read_text(encoding="utf-8") == schema_text()


def test_the_schema_is_valid_and_describes_every_key() -> None:
    Draft202012Validator.check_schema(overlay_schema())
    assert all("description" in one for one in overlay_schema()["properties"].values())


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_schema_and_reader_accept_what_is_shipped(path: Path) -> None:
    tree = read(path.read_text(encoding="utf-8"), path.name)
    assert not isinstance(tree, list)
    assert agree(plain(tree))
    assert not isinstance(read_overlay(path, path.name, shipped=True), list)


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.parent.name)
def test_schema_and_reader_refuse_the_same(path: Path) -> None:
    text = decode(path.read_bytes(), "f")
    tree = text if isinstance(text, list) else read(text, "f")
    if isinstance(tree, list):
        return
    depth_alone = path.parent.name == "too-deep"
    assert agree(plain(tree)) == (path.parent.name in BEYOND), path.parent.name
    assert depth_alone or language().check(tree, "f")[0] or path.parent.name in BEYOND


WORDS = st.dictionaries(
    st.sampled_from(["card", "card number", "e-shop", "Card", " card", "card\n", "", "l'or"]),
    st.sampled_from([1, 100, 0, 101, 50.0, 2.5, True, None, "50"]),
    max_size=3,
)
NAMES = st.lists(st.sampled_from(["gdpr", "a-b", "a_b", "A", "gdpr\n", "", 1, None]), max_size=3)
ENTITIES = st.dictionaries(
    st.sampled_from(["Animal", "animal", "Zoo"]),
    st.fixed_dictionaries(
        {},
        optional={
            "fields": st.sampled_from(
                [{"name": "text!"}, {"Name": "text"}, {}, ["name"], {"n": {"type": "int"}}]
            ),
            "words": st.sampled_from([["beast"], ["Beast"], [], ["a", "a"], "beast"]),
            "from": st.just("zoo"),
            "check": st.sampled_from([{"x": "1 == 1"}, {"x": {"message": "m"}}]),
        },
    ),
    max_size=2,
)
DOCUMENTS = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["input", "x\n", "X"]),
        "version": st.sampled_from(["1.0.0", "1.0", "1.0.0\n"]),
        "kind": st.sampled_from(["domain", "compliance", "other"]),
        "title": st.sampled_from(["T", "", 3]),
        "description": st.just("D"),
    },
    optional={
        "requires": NAMES,
        "conflicts": NAMES,
        "priority": st.sampled_from([0, -1000, 1001, 1.5, True]),
        "words": WORDS,
        "wrds": WORDS,
        "entities": ENTITIES,
        "roles": st.sampled_from([["a"], ["a", "a"], {"a": None}, ["A"]]),
    },
)


@given(DOCUMENTS)
def test_both_validators_agree(document: object) -> None:
    agree(document)
