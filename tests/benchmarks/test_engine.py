from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTHING_TO_DO = [
    "doit help",
    "no-op, doit",
    "no-op, qlf build",
    "ninja",
    "plain doit tasks",
    "C loop of lstat",
]
SOMETHING_TO_DO = [
    "one edit",
    "template edit",
    "restore from cache",
    "fresh checkout, first run",
    "fresh checkout, second run",
    "cold build",
]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.slow
def test_every_contender_is_measured_and_the_page_and_its_plot_are_written(tmp_path: Path) -> None:
    script = ROOT / "benchmarks" / "engine.py"
    ended = subprocess.run(
        [sys.executable, script, "--briefs", "1,2", "--runs", "1", "--json", "--write", tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)

    rows = {(row["name"], row["briefs"]): row for row in told["rows"]}
    assert list(rows) == [(name, n) for n in (1, 2) for name in (*NOTHING_TO_DO, *SOMETHING_TO_DO)]
    measured = {key: row for key, row in rows.items() if not row["why"]}
    # A machine may lack a C compiler; all else comes with the development environment.
    assert {name for name, _ in rows.keys() - measured.keys()} <= {"C loop of lstat"}
    for row in measured.values():
        assert len(row["seconds"]) == len(row["cpu"]) == 1
        assert 0 < row["median"] < 60
        assert 2 < row["resident_mb"] < 500
    for n in (1, 2):
        assert rows["cold build", n]["files"] == rows["restore from cache", n]["files"] > 100 * n
        # The others look at the same files, and at the briefs.
        assert rows["ninja", n]["files"] == rows["cold build", n]["files"] + n

    assert {aim[0]: aim[-1] for aim in told["aims"] if aim[-1] == "not run"}.keys() == {
        aim[0] for aim in told["aims"] if aim[1] == "1000"
    }
    page = (tmp_path / "engine.md").read_text()
    assert all(page.count(f"| {n} | {name} |") == 1 for name, n in rows)
    assert str(ROOT) not in page
    assert all(fact in page for fact in told["machine"])
    plot = ET.fromstring((tmp_path / "engine.svg").read_text())  # noqa: S314 - our own
    assert plot.findtext(f"{SVG}title") == "Seconds over briefs, for each contender"
    assert "one edit (2): " in str(plot.findtext(f"{SVG}desc"))
    assert len(plot.findall(f"{SVG}polyline")) == len({name for name, _ in measured})
