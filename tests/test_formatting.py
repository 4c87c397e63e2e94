"""The form of briefs and overlays: what changes, what stays, and that it is found at once."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qlf.errors import Problem
from qlf.formatting import formatted

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = sorted([*ROOT.glob("briefs/*.md"), *ROOT.glob("overlays/*/*.yaml")])
# With spaces at the end of one line.
MESSY = """---

# What it is for.
version:   1.0.0
roles: [ reader,writer ]   # two of them


entities:
    Note:
        description: >-
          What somebody wrote,

          and kept.
        fields:
            title:   'text! max=80'
            kind: enum(a, b)! = a
        access:
        - reader: read
        - writer: all{}
---


Notes
=====

A list of notes.
* one
* two
"""
FORMED = """---
# What it is for.
version: 1.0.0
roles: [reader, writer]    # two of them

entities:
  Note:
    description: >-
      What somebody wrote,

      and kept.
    fields:
      title: 'text! max=80'
      kind: enum(a, b)! = a
    access:
      - reader: read
      - writer: all
---
# Notes

A list of notes.

- one
- two
"""


def test_a_brief_gets_its_form() -> None:
    assert formatted(MESSY.format("  "), "briefs/notes.md") == FORMED


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_what_is_shipped_has_its_form(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert formatted(text, path.relative_to(ROOT).as_posix()) == text


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("", ""),
        ("# Only prose\n\n\n\nAnd no end", "# Only prose\n\nAnd no end\n"),
        ("---\n---\n# Empty\n", "---\n---\n# Empty\n"),
        ("---\n# A comment alone\n---\n# Empty\n", "---\n# A comment alone\n---\n# Empty\n"),
        ("\ufeff---\r\nversion: 1.0.0\r\n---\r\n# A\r\n", "---\nversion: 1.0.0\n---\n# A\n"),
    ],
)
def test_odd_briefs(text: str, form: str) -> None:
    assert formatted(text, "briefs/odd.md") == form


def test_long_lists_are_broken_and_long_texts_are_not() -> None:
    long = "a" * 60
    text = f"words: {{{', '.join(f'{letter}{long}: 1' for letter in 'abcd')}}}\ndescription: {'word ' * 40}\n"
    form = formatted(text, "overlays/domains/long.yaml")
    assert isinstance(form, str)
    first, *rest = form.splitlines()
    assert max(map(len, (first, *rest[:-1]))) < 200
    assert rest[-1] == f"description: {('word ' * 40).strip()}"
    assert formatted(form, "overlays/domains/long.yaml") == form


def test_what_cannot_be_read_is_told_with_its_place() -> None:
    twice = formatted("---\nversion: 1.0.0\nversion: 1.0.0\n---\n# A\n", "briefs/bad.md")
    assert isinstance(twice, list)
    assert [(problem.file, problem.line, problem.column) for problem in twice] == [("briefs/bad.md", 3, 1)]
    assert formatted("---\nversion: 1.0.0\n", "briefs/bad.md") == [
        Problem("briefs/bad.md", 1, 1, "the front matter has no end", "write a line of --- below it")
    ]


keys = st.sampled_from(["name", "on", "1", "a key", "x: y", "é", "#no", "- dash"])
texts = st.one_of(
    st.sampled_from(
        [
            "text! max=80",
            "yes",
            "null",
            " led",
            "two\nlines\n",
            "a\n\n\nb",
            "tab\there",
            "it's",
            '"',
            "x #y",
            "…",
        ]
    ),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=30),
)
trees = st.recursive(
    st.one_of(texts, st.booleans(), st.integers(-9, 9), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=3)),
    max_leaves=12,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    tree=st.dictionaries(keys, trees, min_size=1, max_size=4),
    flow=st.sampled_from([True, False, None]),
    indent=st.sampled_from([2, 3, 8]),
    width=st.sampled_from([20, 80, 1000]),
)
def test_what_is_said_stays_and_the_form_is_final(
    tree: dict[str, object], flow: bool | None, indent: int, width: int
) -> None:
    text = yaml.safe_dump(
        tree, default_flow_style=flow, indent=indent, width=width, allow_unicode=True, sort_keys=False
    )
    form = formatted(text, "overlays/domains/any.yaml")
    if isinstance(form, list):
        return
    assert yaml.safe_load(form) == yaml.safe_load(text)
    assert formatted(form, "overlays/domains/any.yaml") == form


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(prose=st.text(st.sampled_from("ab \n#*-_`>1.[]()|\\<!&"), max_size=60))
def test_prose_gets_a_final_form(prose: str) -> None:
    form = formatted(f"# A\n\n{prose}", "briefs/any.md")
    assert isinstance(form, str)
    again = formatted(form, "briefs/any.md")
    assert again == form
