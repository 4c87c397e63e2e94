"""Random changes, one after the other, end where a new schema begins, and lead back."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from qlf.migrations.script import scripts
from tests.migrations.specs import schema
from tests.migrations.test_successive import NOTHING, Engine, Sqlite, fresh, postgres_pair

TYPES = ("text", "text!", "text! unique", "int", "int! = 3", "int indexed", "decimal(12, 3)", "bool! = false")
MORE = ("longtext", "date", "datetime", "enum(red, blue)", "enum(red, green, blue)! = red", "uuid", "json")
FIELDS = ("alpha", "beta", "gamma", "delta")


@st.composite
def briefs(draw: st.DrawFn) -> str:
    """Draw the entities of a brief."""
    names = draw(st.lists(st.sampled_from(("Item", "Line", "Tag")), min_size=1, unique=True))
    text = ""
    for name in names:
        text += f"\n  {name}:\n    id: int\n    fields:\n      name: text!\n"
        for field in draw(st.lists(st.sampled_from(FIELDS), unique=True)):
            text += f"      {field}: {draw(st.sampled_from(TYPES + MORE))}\n"
        if draw(st.booleans()):
            text += f"      other: {draw(st.sampled_from(names))}\n"
    return text


def follows(pair: tuple[Engine, Engine], texts: list[str]) -> None:
    """Migrate through all of them, up and down."""
    migrated, new = pair
    specs = [schema(text) for text in texts]
    migrated.run(scripts(NOTHING, specs[0])[f"up.{migrated.name}.sql"])
    for before, after in pairwise(specs):
        migrated.run(scripts(before, after)[f"up.{migrated.name}.sql"])
        assert migrated.schema() == fresh(new, after)
    for before, after in reversed(list(pairwise(specs))):
        migrated.run(scripts(before, after)[f"down.{migrated.name}.sql"])
        assert migrated.schema() == fresh(new, before)
    migrated.run(scripts(NOTHING, specs[0])[f"down.{migrated.name}.sql"])


@settings(max_examples=25, deadline=None)
@given(st.lists(briefs(), min_size=2, max_size=4))
def test_on_sqlite(texts: list[str]) -> None:
    pair = (Sqlite(), Sqlite())
    follows(pair, texts)
    for engine in pair:
        engine.close()


@settings(max_examples=6, deadline=None)
@given(texts=st.lists(briefs(), min_size=2, max_size=3))
def test_on_postgresql(postgres_url: str, texts: list[str]) -> None:
    pair = postgres_pair(postgres_url)
    follows(pair, texts)
    for engine in pair:
        engine.close()
