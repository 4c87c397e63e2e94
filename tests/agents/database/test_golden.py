from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qlf.agents.database.agent import AGENT
from qlf.model.patch import Document, Patch

if TYPE_CHECKING:
    from qlf.model.spec import Spec

GOLDEN = Path(__file__).parents[2] / "golden" / "database"


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
@pytest.mark.parametrize("way", ["up", "down"])
def test_the_golden_migrations(shop: Spec, dialect: str, way: str) -> None:
    path = f"migrations/{dialect}/0001_initial.{way}.sql"
    text = (GOLDEN / path).read_text(encoding="utf-8")
    created = Patch(documents=(Document(path=f"database/{path}", text=text),)).render()
    diff = created.split("```diff\n")[1].split("```\n")[0]
    assert diff in AGENT.write(shop)


def test_without_entities_there_is_nothing_to_run(shop: Spec) -> None:
    lines = AGENT.write(shop.model_copy(update={"entities": (), "auth": None})).split("\n")
    added = [line for line in lines if line.startswith("+") and not line.startswith("+++")]
    assert added == ["+-- This application has no tables."] * 4
