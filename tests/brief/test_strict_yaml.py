from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlf.strict_yaml import LIMITS, Limits, Mapping, Place, Scalar, decode, plain, read


def value(text: str) -> object:
    tree = read(text, "f.yaml")
    assert not isinstance(tree, list), [str(problem) for problem in tree]
    return plain(tree)


def problems(text: str, limits: Limits = LIMITS) -> list[str]:
    tree = read(text, "f.yaml", limits=limits)
    assert isinstance(tree, list)
    return [str(problem) for problem in tree]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(("no", "no"), ("on", "on"), ("012", "012"), ("1_000", "1_000"), ("12:30:45", "12:30:45")),
        *(("2020-01-01", "2020-01-01"), ("0x1F", "0x1F"), ("0o7", "0o7"), (".inf", ".inf"), (".nan", ".nan")),
        *(("true", True), ("False", False), ("null", None), ("~", None), ("", None), ("'null'", "null")),
        *(("12", 12), ("-3", -3), ("+4", 4), ("1.5", 1.5), ("1e3", 1000.0), ("1.2.0", "1.2.0"), ('"5"', "5")),
        *(("! 5", "5"), ("=", "="), ("=5", "=5"), ("text! max=120", "text! max=120")),
    ],
)
def test_scalars_are_those_of_the_core_schema(text: str, expected: object) -> None:
    found = value(f"a: {text}\n")
    assert found == {"a": expected}
    assert isinstance(found, dict)
    assert type(found["a"]) is type(expected)


def test_places_count_from_the_top_of_the_file() -> None:
    tree = read("a: 1\nb:\n  - c\n", "f.md", first_line=2)
    assert isinstance(tree, Mapping)
    assert tree.keys["b"].place == Place(3, 1)
    assert str(tree.entries["b"]).count("Place(line=4, column=5)") == 1


@pytest.mark.parametrize(
    ("written", "offset", "column"),
    [
        ("plain text", 6, 10),
        ("'it''s here'", 5, 11),
        ('"quoted text"', 7, 12),
        ('"a\\tb c"', 4, 4),
    ],
)
def test_places_inside_scalars(written: str, offset: int, column: int) -> None:
    tree = read(f"a: {written}\n", "f")
    assert isinstance(tree, Mapping)
    node = tree.entries["a"]
    assert isinstance(node, Scalar)
    assert node.at(offset) == Place(1, column)


def test_aliases_repeat_a_node() -> None:
    assert value("a: &x [1, {b: 2}]\nc: *x\n") == {"a": [1, {"b": 2}], "c": [1, {"b": 2}]}


def test_an_alias_cannot_hold_itself() -> None:
    assert problems("a: &x [*x]\n") == [
        "f.yaml:1:8: the alias *x has no anchor before it; write &x before the first use"
    ]


def test_expansion_counts_as_nodes() -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
    for before, after in zip("abcde", "bcdef", strict=True):
        bomb += f"{after}: &{after} [*{before}, *{before}, *{before}]\n"
    assert problems(bomb, limits=Limits(nodes=500)) == [
        "f.yaml:5:8: there are more than 500 nodes; make it smaller"
    ]


@pytest.mark.parametrize(
    ("limits", "text", "expected"),
    [
        (Limits(depth=2), "a: [[1]]\n", "f.yaml:1:5: nested deeper than 2 levels; flatten it"),
        (
            Limits(aliases=1),
            "a: &x 1\nb: [*x, *x]\n",
            "f.yaml:2:9: there are more than 1 aliases; write the values out",
        ),
        (
            Limits(characters=3),
            "a: 1\n",
            "f.yaml:1:1: the document has more than 3 characters; make it smaller",
        ),
    ],
)
def test_limits(limits: Limits, text: str, expected: str) -> None:
    assert problems(text, limits=limits) == [expected]


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? ", "&a [", "!x ["])
def test_nesting_overflows_nothing(opening: str) -> None:
    assert problems(opening * 100_000)


def test_all_problems_are_told_in_one_run() -> None:
    text = "a: 1\na: 2\n1: x\nb: !!int 3\n<<: {c: 1}\nd: [\n"
    assert [problem.split(";")[0] for problem in problems(text)] == [
        "f.yaml:2:1: the key 'a' occurs twice, first on line 1",
        "f.yaml:3:1: the key '1' is not text",
        "f.yaml:4:4: the tag tag:yaml.org,2002:int is not allowed",
        "f.yaml:5:1: merge keys are not allowed",
        "f.yaml:7:1: this is not YAML: did not find expected node content",
    ]


def test_bytes_that_are_no_text_are_placed() -> None:
    found = decode("\ufeffé\nü".encode() + b"\xff", "f")
    assert isinstance(found, list)
    assert [str(problem) for problem in found] == [
        "f:2:2: byte 0xFF is not UTF-8; save the file with encoding UTF-8"
    ]
    assert decode(b"a\r\nb", "f") == "a\nb"


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    tree = read(text, "f")
    if isinstance(tree, list):
        assert tree
        assert all(problem.line >= 1 and problem.column >= 1 for problem in tree)
    else:
        plain(tree)


scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**18), 10**18)
    | st.text(st.characters(codec="utf-8"), max_size=8)
)
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
)


@given(documents)
def test_json_is_read_as_it_is(document: object) -> None:
    text = json.dumps(document)
    if "\\ud" not in text:  # YAML has no surrogate pairs
        assert value(f"{text}\n") == document
