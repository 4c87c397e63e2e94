from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from qlf.brief.expand import expand
from qlf.brief.read import read_brief
from qlf.compile.compile import compile_brief
from qlf.compile.inference import brief_from_text, infer
from qlf.compile.inference.files import load
from qlf.model.brief import Brief
from qlf.model.spec import Spec

CORPUS = Path(__file__).resolve().parents[2] / "corpus/inference.yaml"
TEXTS: list[str] = [
    case["text"]
    for part in yaml.safe_load(CORPUS.read_text("utf-8")).values()
    for case in part
    if case["text"]
]
NOUNS = sorted({phrase for entity in load("entities").values() for phrase in entity.get("says", [])})
FIELDS = sorted(load("fields")["named"])
SENTENCES = (
    "Keep {0}s and {1}s.",
    "No {0}s.",
    "Users sign in.",
    "Users create {0}s.",
    "Admins and {0}s can edit {1}s.",
    "A {0} has a {1}.",
    "A {0} has sub{0}s.",
    "Each {0} has many {1}s.",
    "Each {0} has many {1}s, and vice versa.",
    "Each {0} has a {2} and several {1}s.",
    "Every {0} must have a unique {2}.",
    "{0}s ({2}, name).",
    "{0}s are assigned to {1}s.",
    "{0}s belong to a {1}.",
    "{0}s are stored in {1}s.",
)
PARTS = st.tuples(*(st.sampled_from(words) for words in (SENTENCES, NOUNS, NOUNS, FIELDS)))


def said(brief: Brief) -> dict[str, Any]:
    """Return what a brief declares, without origins and without what only explains."""

    def plain(node: Any) -> Any:  # noqa: ANN401 - a dumped tree
        if isinstance(node, dict):
            return {name: plain(value) for name, value in node.items() if name != "origin"}
        return [plain(one) for one in node] if isinstance(node, list | tuple) else node

    dumped = brief.model_dump(exclude={"origin", "assumptions", "questions", "prose", "prose_line", "title"})
    return {name: plain(value) for name, value in dumped.items()}


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: " ".join(text.split())[:60])
def test_what_is_inferred_compiles_and_can_be_written_into_the_brief(text: str) -> None:
    written = brief_from_text(text)
    inferred = infer(written)
    assert isinstance(compile_brief(inferred), Spec)
    expanded = expand(written.prose, inferred)
    again = read_brief(Path(written.file), expanded.encode())
    assert isinstance(again, Brief), again
    assert said(infer(again)) == said(inferred)


@settings(max_examples=200, deadline=None)
@given(st.lists(PARTS, max_size=6))
def test_whatever_is_named_the_brief_compiles(parts: list[tuple[str, str, str, str]]) -> None:
    text = " ".join(sentence.format(*words) for sentence, *words in parts)
    made = compile_brief(infer(brief_from_text(text)))
    assert isinstance(made, Spec), (text, made)
