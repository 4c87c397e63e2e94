from __future__ import annotations

import pytest

from qlf.unused_imports import without_unused


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from a import b, c\nc()\n", "from a import (c)\nc()\n"),
        ("from a import (\n    b,\n    c,\n)\nb()\n", "from a import (b)\nb()\n"),
        ("from a import b\n", ""),
        ("from b import b\n", ""),
        ("import datetime as dt\nfrom a import b\nb()\n", "from a import b\nb()\n"),
        ("from a import b as c, d as e\nb(e)\n", "from a import (d as e)\nb(e)\n"),
    ],
)
def test_names_that_stand_nowhere_else_are_taken_out(before: str, after: str) -> None:
    assert without_unused("a.py", before) == after


@pytest.mark.parametrize(
    "text",
    [
        "from __future__ import annotations\n",
        "from a import *\n",
        "import a.b\n",
        "from a import b  # noqa: F401\n",
        "from a import (  # a reason\n    b,\n)\n",
        "from a import b\n\n__all__ = ['b']\n",
        "if CHECKING:\n    from a import b\n",
    ],
)
def test_what_may_be_meant_stays(text: str) -> None:
    assert without_unused("a.py", text) == text


def test_packages_import_for_others() -> None:
    assert without_unused("a/__init__.py", "from a.b import c\n") == "from a.b import c\n"
