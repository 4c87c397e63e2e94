"""What doit loads here: the stages over all briefs, and the housework of this repository."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qlf.tasks import *  # noqa: F403

if TYPE_CHECKING:
    from collections.abc import Iterator

PYTHON = Path(sys.executable).parent
HOUSEWORK = (
    ("status", "Say what is stale and why, and what the gates said.", ("qlf status",)),
    ("test-all", "Run the whole suite.", ("pytest -n auto",)),
    ("coverage", "Run the whole suite, with coverage.", ("pytest -n auto --cov --cov-report=term",)),
    (
        "lint",
        "Check style, types and imports.",
        ("ruff check .", "ruff format --check .", "mypy", "lint-imports"),
    ),
    (
        "security-scan",
        "Look for weaknesses in the factory's code.",
        ("bandit --quiet --recursive --severity-level medium qlf",),
    ),
    ("demo", "Build the shop and start it.", ("qlf build ecommerce-mvp", "qlf run ecommerce-mvp")),
    (
        "dev",
        "Install the factory editable, with what development needs.",
        (
            "uv pip install --require-hashes --requirement requirements.lock",
            "uv pip install --no-deps --no-build-isolation --editable .",
        ),
    ),
)


def task_housework() -> Iterator[dict[str, Any]]:
    """Yield the small tasks that the Makefile names."""
    from doit.tools import Interactive  # noqa: PLC0415 - most runs do none of this

    for name, doc, commands in HOUSEWORK:
        words = [[str(PYTHON / command.split()[0]), *command.split()[1:]] for command in commands]
        actions = [Interactive(each, shell=False) for each in words]
        yield {"basename": name, "doc": doc, "actions": actions, "uptodate": [False]}


def task_generate_docs() -> dict[str, Any]:
    """Write the pages made from the code: schemas and the reference of the command line."""
    from qlf.cli.reference import PAGES, write_pages  # noqa: PLC0415 - as above

    return {
        "basename": "generate-docs",
        "actions": [(write_pages, [Path()])],
        "targets": list(PAGES),
        "uptodate": [False],
    }
