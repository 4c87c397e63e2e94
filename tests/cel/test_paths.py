"""The paths that CEL text reads."""

import pytest

from qlf.cel.paths import paths
from qlf.model.brief import Text


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("this.ends_at > this.starts_at", {"this.ends_at", "this.starts_at"}),
        ("this.status in ['open', 'x.y'] || viewer == null", {"this.status", "viewer"}),
        ("this.lines.all(line, line.amount > 0)", {"this.lines", "this.lines.amount"}),
        (
            "this.a.exists(x, x.b.exists(y, y.c == x.d && y.e == now))",
            {"this.a", "this.a.b", "this.a.b.c", "this.a.d", "this.a.b.e", "now"},
        ),
        ("this.name.contains(this.other.name)", {"this.name", "this.other.name"}),
        ("sum(this.lines.price) * 2 <= this.total", {"this.lines.price", "this.total"}),
        ("true", set()),
    ],
)
def test_paths_are_those_of_members_with_variables_written_out(text: str, read: set[str]) -> None:
    found = paths(Text(text=text))
    assert found is not None
    assert {".".join(path) for path in found} == read


def test_what_is_no_cel_has_no_paths() -> None:
    assert paths(Text(text="this. >")) is None
