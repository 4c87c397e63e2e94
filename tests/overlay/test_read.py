from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.model.overlay import Word
from qlf.overlay.files import Folder, overlay_files
from qlf.overlay.read import LIMITS, read_overlays
from qlf.repository import shipped

if TYPE_CHECKING:
    from pathlib import Path

SHIPPED = Folder(shipped("overlays"), "overlays", shipped=True)
OWN = "name: hipaa\nversion: 2.0.0\nkind: compliance\ntitle: Ours\ndescription: Our own.\nwords: {zebra: 7}\n"


def own(folder: Path, **files: str) -> Folder:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_yaml", ".yaml").replace("_yml", ".yml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Folder(folder, "mine", shipped=False)


def said(found: object) -> list[str]:
    assert isinstance(found, list), found
    return [str(problem) for problem in found]


def test_the_shipped_ones_read_and_have_what_they_need() -> None:
    found = read_overlays((SHIPPED,))
    assert isinstance(found, tuple), said(found)
    kinds = {one.name: one.kind for one in found}
    assert kinds == {
        **dict.fromkeys(("ecommerce", "fintech", "healthcare"), "domain"),
        **dict.fromkeys(("gdpr", "hipaa", "pci"), "compliance"),
    }
    assert all(one.shipped and one.words and one.origin.file.startswith("overlays/") for one in found)
    assert len({one.digest for one in found}) == len(found)


def test_an_own_overlay_wins_by_its_name(tmp_path: Path) -> None:
    mine = own(tmp_path, compliance__hipaa_yaml=OWN)
    found = read_overlays((mine, SHIPPED))
    assert isinstance(found, tuple), said(found)
    hipaa = next(one for one in found if one.name == "hipaa")
    assert (hipaa.title, hipaa.shipped, hipaa.origin.file) == ("Ours", False, "mine/compliance/hipaa.yaml")
    assert hipaa.words == (Word(phrase="zebra", weight=7),)
    assert len(found) == 6
    assert "hipaa.yaml" not in {
        file.name for file, folder in overlay_files((mine, SHIPPED)) if folder is SHIPPED
    }


def test_a_bad_own_overlay_does_not_bring_back_the_shipped_one(tmp_path: Path) -> None:
    bad = own(tmp_path, compliance__hipaa_yaml=OWN.replace("2.0.0", "two"))
    assert said(read_overlays((bad, SHIPPED))) == [
        "mine/compliance/hipaa.yaml:2:10: version cannot be 'two'; write a version like 1.2.0"
    ]


def test_the_digest_is_over_what_is_said_and_not_how(tmp_path: Path) -> None:
    def digest(text: str) -> str:
        found = read_overlays((own(tmp_path, compliance__hipaa_yaml=text),))
        assert isinstance(found, tuple)
        return found[0].digest

    assert digest(OWN) == digest("# A remark.\n\n" + OWN.replace("{zebra: 7}", "{ 'zebra': 7 }"))
    assert digest(OWN) != digest(OWN.replace("7", "8"))


def test_overlays_that_lie_elsewhere_or_twice_are_problems(tmp_path: Path) -> None:
    mine = own(
        tmp_path,
        hipaa_yaml=OWN,
        compliance__gdpr_yml=OWN,
        compliance__deep__one_yaml=OWN,
        compliance__shop_yaml=OWN,
        domains__shop_yaml=OWN,
    )
    twice = "mine/compliance/shop.yaml is an overlay of the same name"
    place = "an overlay cannot lie here; call it mine/domains/NAME.yaml or mine/compliance/NAME.yaml"
    assert said(read_overlays((mine,))) == [
        f"mine/compliance/deep/one.yaml:0:0: {place}",
        f"mine/compliance/gdpr.yml:0:0: {place}",
        "mine/compliance/shop.yaml:1:7: name is hipaa, and the file's place says shop; make them the same",
        f"mine/domains/shop.yaml:0:0: {twice}; remove one of them",
        f"mine/hipaa.yaml:0:0: {place}",
    ]


def test_a_file_that_is_too_big_or_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    mine = own(tmp_path, compliance__hipaa_yaml=OWN + "#" * LIMITS.characters)
    assert said(read_overlays((mine,))) == [
        "mine/compliance/hipaa.yaml:0:0: the overlay has more than 524288 bytes; make it smaller"
    ]


def test_without_a_folder_there_are_none(tmp_path: Path) -> None:
    assert read_overlays((Folder(tmp_path / "nowhere", "nowhere", shipped=False),)) == ()
