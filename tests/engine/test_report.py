"""The report is as the last build left things, and only pages of what was remade are written again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.engine.conftest import BRIEF

if TYPE_CHECKING:
    from tests.engine.conftest import Place


def text(place: Place, path: str) -> str:
    page = place.read(f"build/{path}").partition("</style>")[2]
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def times(place: Place) -> dict[str, int]:
    build = place.root / "build"
    return {
        path.relative_to(build).as_posix(): path.stat().st_mtime_ns
        for path in (build / "index.html", *build.glob("*/report.html"))
    }


def test_each_brief_has_a_page_and_all_have_one(built: Place) -> None:
    built.write("briefs/other.md", BRIEF.replace("# Notes", "# Other"))
    built.made()
    shown = text(built, "index.html")
    assert "2 applications: 2 green." in shown
    assert re.search(r"Notes 1\.0\.0 green .* Other 1\.0\.0 green", shown)
    page = text(built, "notes/report.html")
    assert "States of Note.status" in page
    assert "publish: draft to published, by writer" in page
    assert re.search(r"verify:notes:unit green not made yet, or failed", page)


def test_a_build_that_does_nothing_writes_nothing_and_an_edit_its_page_alone(built: Place) -> None:
    built.write("briefs/other.md", BRIEF.replace("# Notes", "# Other"))
    built.made()
    before = times(built)
    assert built.made() == set()
    assert times(built) == before
    built.edit("briefs/other.md", "version: 1.0.0", "version: 1.1.0")
    built.made()
    after = times(built)
    assert {path for path in before if after[path] != before[path]} == {"index.html", "other/report.html"}
    assert "Other 1.1.0 green" in text(built, "index.html")
    assert "compile:other made changed: briefs/other.md" in text(built, "other/report.html")


def test_a_red_gate_and_a_bad_brief_are_told(built: Place) -> None:
    built.edit("briefs/notes.md", "A list of notes.", "A RED list of notes.")
    assert built.doit().returncode == 1
    assert "static red" in text(built, "notes/report.html")
    assert "README.md:3:0: it is RED [straw R1]" in text(built, "notes/report.html")
    assert "1 application: 1 red." in text(built, "index.html")
    built.edit("briefs/notes.md", "text! max=80", "txt! max=80")
    assert built.doit().returncode == 2
    shown = text(built, "notes/report.html")
    assert "not built" in shown
    assert "briefs/notes.md:8:14: there is no type txt; did you mean text?" in shown
    assert "What follows is as an earlier build left it." in shown
    built.edit("briefs/notes.md", "txt! max=80", "text! max=80")
    built.edit("briefs/notes.md", "A RED list", "A list")
    assert built.doit().returncode == 0
    assert "1 application: 1 green." in text(built, "index.html")
    assert "did you mean" not in text(built, "notes/report.html")


def test_a_brief_that_is_gone_has_no_page(built: Place) -> None:
    built.write("briefs/other.md", BRIEF.replace("# Notes", "# Other"))
    built.made()
    (built.root / "briefs/other.md").unlink()
    built.doit()
    assert not (built.root / "build/other").exists()
    assert "1 application: 1 green." in text(built, "index.html")


def test_what_is_missing_or_damaged_is_made_anew(built: Place) -> None:
    built.write("briefs/other.md", BRIEF.replace("# Notes", "# Other"))
    built.made()
    (built.root / "build/.qlf/report.json").write_text("[]", encoding="utf-8")
    (built.root / "build/notes/report.html").unlink()
    built.edit("briefs/other.md", "version: 1.0.0", "version: 1.1.0")
    built.made()
    assert "2 applications: 2 green." in text(built, "index.html")
    assert "Notes 1.0.0" in text(built, "notes/report.html")


def test_what_a_build_could_not_tell_the_next_one_tells(built: Place) -> None:
    index = built.root / "build/index.html"
    index.unlink()
    index.mkdir()
    built.edit("briefs/notes.md", "version: 1.0.0", "version: 1.1.0")
    done = built.doit()
    assert done.returncode == 2
    assert "build/index.html" in done.stdout
    index.rmdir()
    (built.root / "build/notes/report.html").write_text("stale", encoding="utf-8")
    assert built.made() == set()
    assert "Notes 1.1.0 green" in text(built, "index.html")
    assert "Notes 1.1.0" in text(built, "notes/report.html")


def test_doit_makes_and_cleans_it(built: Place) -> None:
    (built.root / "build/index.html").unlink()
    (built.root / "build/notes/report.html").write_text("edited", encoding="utf-8")
    assert built.made("report") == {"report"}
    assert "1 application: 1 green." in text(built, "index.html")
    assert "Notes 1.0.0" in text(built, "notes/report.html")
    assert built.doit("clean", "report").returncode == 0
    assert times_of_none(built)


def times_of_none(place: Place) -> bool:
    """Say whether no page is left."""
    build = place.root / "build"
    return not [*build.glob("*.html"), *build.glob("*/report.html")]
