"""Archives hold regular files under good names, and every byte of them is accounted for."""

from __future__ import annotations

import tarfile
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlf.capsule.archive import MOST_FILES, read_archive, write_archive
from qlf.security.paths import collisions, faults

FILES = {"a.txt": b"one", "b/c.txt": b"", "b/d.bin": bytes(range(256)) * 5}
NAMES = st.lists(st.sampled_from(["a", "b", "ü", "x-1", "file.py"]), min_size=1, max_size=3).map("/".join)


def archive(*entries: tuple[str, bytes, bytes], **attributes: object) -> bytes:
    """Return an archive as anyone could write it: name, type and content of each entry."""
    made = BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name, kind, content in entries:
            entry = tarfile.TarInfo(name)
            entry.type = kind
            entry.mode = 0o644
            entry.size = len(content)
            for attribute, value in attributes.items():
                setattr(entry, attribute, value)
            tar.addfile(entry, BytesIO(content))
    return made.getvalue()


def said(content: bytes) -> list[str]:
    read = read_archive(content, "x.tar")
    assert isinstance(read, list)
    assert {problem.file for problem in read} == {"x.tar"}
    return [problem.what for problem in read]


@given(st.dictionaries(NAMES, st.binary(max_size=1500), max_size=8))
def test_what_is_written_is_read(files: dict[str, bytes]) -> None:
    if collisions(files) or any(faults(path) for path in files):
        return
    content = write_archive(files)
    assert read_archive(content, "x.tar") == files
    assert write_archive(dict(reversed(files.items()))) == content


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (tarfile.SYMTYPE, "link"),
        (tarfile.LNKTYPE, "hard"),
        (tarfile.CHRTYPE, "device"),
        (tarfile.BLKTYPE, "block"),
        (tarfile.FIFOTYPE, "fifo"),
        (tarfile.DIRTYPE, "folder"),
        (tarfile.CONTTYPE, "contiguous"),
        (tarfile.GNUTYPE_SPARSE, "sparse"),
        (tarfile.GNUTYPE_LONGNAME, "long"),
        (tarfile.GNUTYPE_LONGLINK, "longlink"),
        (tarfile.XHDTYPE, "pax"),
        (tarfile.XGLTYPE, "global"),
        (tarfile.AREGTYPE, "old"),
        (b"Z", "unknown"),
    ],
)
def test_nothing_but_regular_files_is_taken(kind: bytes, name: str) -> None:
    assert f"'{name}' is not a regular file" in said(archive((name, kind, b"")))


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("../out", "'../out': the path has the part `..`"),
        ("a/../../out", "'a/../../out': the path has the part `..`"),
        ("/etc/passwd", "'/etc/passwd': the path starts with `/`"),
        ("./a", "'./a': the path has the part `.`"),
        ("a\\..\\b", "'a\\\\..\\\\b': the path holds the character `\\`"),
        ("C:/x", "'C:/x': the path holds the character `:`"),
        ("con", "'con': `con` is a device on Windows"),
        ("a/aux.txt", "'a/aux.txt': `aux.txt` is a device on Windows"),
        ("a.", "'a.': a part of the path ends with a dot or a space"),
        (".git/hooks/post-checkout", "'.git/hooks/post-checkout': `.git` belongs to git"),
        ("e\u0301", "'e\u0301': the path is not in Unicode's NFC"),
        ("a\u202eb", "'a\\u202eb': the path holds the character U+202E"),
        ("a\nb", "'a\\nb': the path holds the character U+000A"),
        ("a//b", "'a//b': the path has an empty part"),
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(name: str, what: str) -> None:
    assert what in said(archive((name, tarfile.REGTYPE, b"x")))


@pytest.mark.parametrize(
    ("names", "what"),
    [
        (("a", "a"), "'a': it is there twice"),
        (("A.txt", "a.txt"), "'a.txt' differs from `A.txt` only in case"),
        (("Stra\u00dfe", "strasse"), "'strasse' differs from `Stra\u00dfe` only in case"),
        (("a", "a/b"), "'a/b' lies below `a`, which is a file"),
    ],
)
def test_two_files_in_one_place_are_refused(names: tuple[str, ...], what: str) -> None:
    assert what in said(archive(*((name, tarfile.REGTYPE, name.encode()) for name in names)))


@pytest.mark.parametrize(
    "attributes",
    [{"mode": 0o4755}, {"mtime": 1}, {"uid": 1}, {"gid": 1}, {"uname": "root"}, {"linkname": "x"}],
)
def test_metadata_is_as_it_is_written(attributes: dict[str, object]) -> None:
    assert said(archive(("a", tarfile.REGTYPE, b"x"), **attributes)) == [
        "its bytes are not those of its files in their order"
    ]


def test_the_order_is_as_it_is_written() -> None:
    content = archive(("b", tarfile.REGTYPE, b""), ("a", tarfile.REGTYPE, b""))
    assert said(content) == ["its bytes are not those of its files in their order"]


def test_a_claimed_size_takes_no_memory() -> None:
    entry = tarfile.TarInfo("bomb")
    entry.size = 1 << 40
    header = entry.tobuf(tarfile.GNU_FORMAT)
    assert said(header + b"\0" * 1024) == ["it ends within 'bomb'"]


def test_an_entry_of_negative_size_is_none() -> None:
    entry = tarfile.TarInfo("less")
    entry.size = -1
    assert said(entry.tobuf(tarfile.GNU_FORMAT)) == ["there is no entry at byte 0"]


def test_one_entry_many_times_is_told_a_few_times() -> None:
    assert len(said(archive(*[("a", tarfile.REGTYPE, b"")] * 400))) == 20
    assert len(said(archive(*((f"\x01{number}", tarfile.REGTYPE, b"") for number in range(400))))) == 20


def test_there_is_a_limit_to_files() -> None:
    content = write_archive({f"{number}": b"" for number in range(MOST_FILES + 1)})
    assert said(content) == [f"it has more than {MOST_FILES} files"]


@pytest.mark.parametrize(
    "content", [b"x", b"x" * 512, b"PK\x03\x04" + b"\0" * 600, b"\x1f\x8b" + b"\0" * 600]
)
def test_another_kind_of_file_is_no_archive(content: bytes) -> None:
    assert said(content) == ["there is no entry at byte 0"]


@pytest.mark.parametrize("content", [b"", b"\0" * 512, b"\0" * 10240 + b"rest"])
def test_an_empty_archive_is_exactly_one(content: bytes) -> None:
    assert said(content) == ["its bytes are not those of its files in their order"]
    assert read_archive(write_archive({}), "x.tar") == {}


@given(st.data())
def test_any_other_byte_is_found(data: st.DataObject) -> None:
    content = bytearray(write_archive(FILES))
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    read = read_archive(bytes(content), "x.tar")
    assert read != FILES
