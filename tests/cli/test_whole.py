"""The whole way with the real agents and the real gates."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from qlf.store import cache_folder

if TYPE_CHECKING:
    from tests.cli.conftest import Qlf


@pytest.mark.slow
def test_a_sentence_becomes_a_verified_application(qlf: Qlf) -> None:
    qlf.variables["QLF_CACHE"] = str(cache_folder())
    done = subprocess.run(
        [sys.executable, "-m", "qlf", "generate", "--dry-run", "--json"],
        cwd=qlf.root,
        env=qlf.variables,
        input="Create a FastAPI user management system",
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.stderr == ""
    made = json.loads(done.stdout)
    assert {each["gate"]: each["outcome"] for each in made["verdicts"]} == {
        "static": "green",
        "unit": "green",
        "contract": "green",
        "policy": "green",
        "compliance": "not applicable",
    }
    assert done.returncode == 0
    assert {path.partition("/")[0] for path in made["files"]} == {
        *("README.md", "api", "backend", "database", "docs", "tests"),
    }
    assert sorted(path.name for path in qlf.root.iterdir()) == ["factory.toml"]
