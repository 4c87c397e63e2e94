"""What is unpacked lies in a folder of its own, whatever anyone does beside it."""

from __future__ import annotations

import stat
import tarfile
from io import BytesIO
from typing import TYPE_CHECKING

import pytest

from qlf.capsule import Verified
from qlf.capsule.archive import write_archive
from qlf.capsule.keys import sign
from qlf.capsule.layout import Image, Signed, payload, written
from qlf.capsule.packing import layers_of, manifest_of
from qlf.capsule.unpacking import unpack, write_new
from qlf.capsule.verification import check
from qlf.cli.main import code_of
from qlf.model.canonical import canonical
from tests.capsule.small import KEYS, PUBLIC, SIGNER, capsule, contents

if TYPE_CHECKING:
    from pathlib import Path


def test_everything_is_unpacked(tmp_path: Path) -> None:
    verified = check(capsule(), "x", KEYS)
    assert isinstance(verified, Verified)
    assert unpack(verified, tmp_path / "a" / "b") == []
    files = {
        path.relative_to(tmp_path / "a" / "b").as_posix(): path.read_bytes()
        for path in (tmp_path / "a").rglob("*")
        if path.is_file()
    }
    assert files == {**verified.files, "capsule.json": canonical(verified.manifest)}
    assert stat.S_IMODE((tmp_path / "a" / "b" / "app" / "README.md").stat().st_mode) & 0o111 == 0


def test_nothing_is_written_over_anything(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a").write_text("kept")
    (tmp_path / "file").write_text("kept")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").mkdir()
    (problem,) = write_new({"a": b"x"}, tmp_path / "full")
    assert str(problem) == f"{tmp_path}/full:0:0: the folder is not empty; name a new one"
    assert write_new({"a": b"x"}, tmp_path / "file")
    assert write_new({"a": b"x"}, tmp_path / "link")
    assert (tmp_path / "full" / "a").read_text() == (tmp_path / "file").read_text() == "kept"
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_link_that_appears_meanwhile_is_not_followed(tmp_path: Path) -> None:
    """Someone puts a link in place of a folder between one file and the next."""
    outside = tmp_path / "outside"
    outside.mkdir()

    class Files(dict[str, bytes]):
        def items(self) -> list[tuple[str, bytes]]:  # type: ignore[override]
            (tmp_path / "new" / "sub").symlink_to(outside)
            return [("sub/a", b"x")]

    (problem,) = write_new(Files(), tmp_path / "new")
    assert problem.what.startswith("this cannot be read or written")
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "kind", "what"),
    [
        ("../../out", tarfile.REGTYPE, "'../../out': the path has the part `..`"),
        ("app/link", tarfile.SYMTYPE, "'app/link' is not a regular file"),
        ("app/hard", tarfile.LNKTYPE, "'app/hard' is not a regular file"),
        ("app/tty", tarfile.CHRTYPE, "'app/tty' is not a regular file"),
        ("app/README.md", tarfile.REGTYPE, "'app/README.md': it is there twice"),
        ("app/readme.md", tarfile.REGTYPE, "'app/readme.md' differs from `app/README.md` only in case"),
        ("app/.git/config", tarfile.REGTYPE, "'app/.git/config': `.git` belongs to git"),
    ],
)
def test_even_whoever_is_trusted_can_have_nothing_written_elsewhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, kind: bytes, what: str
) -> None:
    layer = BytesIO(layers_of(contents())["app.tar"])
    with tarfile.open(fileobj=layer, mode="a", format=tarfile.USTAR_FORMAT) as tar:
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname, entry.mode = kind, "/etc/passwd" * (kind != tarfile.REGTYPE), 0o644
        tar.addfile(entry)
    image = Image(canonical(manifest_of(contents())), {**layers_of(contents()), "app.tar": layer.getvalue()})
    signature = sign(SIGNER, payload(image.digest))
    file, key = tmp_path / "bad.qlcapsule", tmp_path / "key.pub"
    file.write_bytes(write_archive(written(Signed(image, signature), "1.0.0")))
    key.write_bytes(PUBLIC)
    assert code_of(["capsule", "unpack", str(file), str(tmp_path / "new"), "--key", str(key)]) == 1
    assert what in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.qlcapsule", "key.pub"]


def test_what_a_capsule_says_cannot_reach_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bad.qlcapsule"
    file.write_bytes(write_archive({"con.\x1b[2J\u202e": b""}))
    assert code_of(["capsule", "inspect", str(file)]) == 2
    said = capsys.readouterr().err
    assert "`con.\\u001b[2J\\u202e` is a device on Windows" in said
    assert "\x1b" not in said
    assert "\u202e" not in said
