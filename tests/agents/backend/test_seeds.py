from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.agents.backend.seeds import seed_view
from tests.agents.backend.conftest import compiled

if TYPE_CHECKING:
    from pathlib import Path

BRIEF = """---
entities:
  Account: {fields: {name: text!}}
  Transfer:
    fields:
      source: Account! inverse=outgoing
      target: Account! inverse=incoming
    check: {accounts_differ: this.source != this.target}
---
# Bank
"""


def test_two_references_to_one_entity_are_to_different_rows(tmp_path: Path) -> None:
    path = tmp_path / "bank.md"
    path.write_text(BRIEF, encoding="utf-8")
    rows = [row for row in seed_view(compiled(path)).rows if row.entity == "Transfer"]
    assert [row.values for row in rows] == [
        (("source", "account_1"), ("target", "account_2")),
        (("source", "account_2"), ("target", "account_1")),
    ]
