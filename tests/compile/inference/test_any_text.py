import re
import time

from hypothesis import given, settings
from hypothesis import strategies as st

from qlf.compile.inference import brief_from_text, infer
from qlf.compile.inference.files import load

WORDS = sorted(
    {word for phrase in load("grammar")["idioms"] for word in phrase.split()}
    | {
        word
        for key in ("determiners", "stops", "verbs", "keeps", "has", "no_entities")
        for word in load("grammar")[key]
    }
    | {phrase for entity in load("entities").values() for phrase in entity.get("says", [])}
    | {phrase for said in load("features").values() for phrase in said}
    | {",", ".", ":", "(", ")", "\n", "\n- ", "no", "without", "and", "or", "many", "```", "# "}
)
IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")


def check(text: str) -> None:
    brief = brief_from_text(text)
    made = infer(brief)
    assert made == infer(brief)
    assert re.fullmatch(r"[a-z][a-z0-9-]*", brief.name)
    assert made.entities
    present = {entity.name for entity in made.entities} | ({"User"} if made.authentication else set())
    for entity in made.entities:
        fields = [field.name for field in entity.fields]
        assert len(fields) == len(set(fields))
        assert entity.owner not in fields
        assert entity.fields or entity.name == "User"
        for field in entity.fields:
            assert IDENTIFIER.fullmatch(field.name)
            assert (field.target in present) if field.kind == "reference" else field.target is None
            assert field.kind != "enum" or len(set(field.values)) == len(field.values) > 1
    lines = brief.prose.count("\n") + 1
    for one in (*made.assumptions, *made.questions):
        assert one.origin.kind == "inferred"
        assert 1 <= one.origin.line <= lines
    assert len({one.about for one in made.questions}) == len(made.questions)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300))
def test_any_text_gives_a_brief(text: str) -> None:
    check(text)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=60).map(" ".join))
def test_any_words_of_the_catalogue_give_a_sound_brief(text: str) -> None:
    check(text)


def test_long_texts_take_bounded_time() -> None:
    long = 100_000
    for text in (
        "[" * long,
        "a " * (long // 2),
        "each book has many authors and, " * (long // 31),
        "(" * long,
        "x" * long,
    ):
        started = time.process_time()
        infer(brief_from_text(text))
        assert time.process_time() - started < 10
