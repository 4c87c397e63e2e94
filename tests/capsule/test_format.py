"""docs/capsule.md is enough to write a reader: `reader.py` knows that page alone, and judges as we do."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import pytest

from qlf.capsule.archive import read_archive, write_archive
from qlf.capsule.keys import public_pem
from qlf.capsule.packing import pack
from qlf.capsule.verification import check
from qlf.model.finding import Outcome
from tests.capsule import reader
from tests.capsule.small import APP, CYCLONEDX, KEYS, PRIVATE, SIGNER, STRANGER, capsule, contents, verdict

PUBLIC = public_pem(PRIVATE.public_key())
CAPSULE = capsule()


def refused(content: bytes) -> bool:
    """Say whether the reader refuses a capsule, and the factory with it."""
    theirs = isinstance(check(content, "x", KEYS), list)
    try:
        reader.verified(content, PUBLIC)
    except Exception:  # noqa: BLE001 - it has no other way to say no
        ours = True
    else:
        ours = False
    assert ours == theirs
    return ours


def test_the_reader_knows_nothing_of_the_factory() -> None:
    read = ast.parse(Path(reader.__file__).read_text(encoding="utf-8"))
    names = [node.module or "" for node in ast.walk(read) if isinstance(node, ast.ImportFrom)]
    names += [each.name for node in ast.walk(read) if isinstance(node, ast.Import) for each in node.names]
    assert {name.partition(".")[0] for name in names} <= {
        *("__future__", "base64", "cryptography", "hashlib", "json", "re", "tarfile", "typing")
    }


@pytest.mark.parametrize("path", ["docs/own.md", f"docs/{'long/' * 30}{'name' * 20}", "docs/\u00e4\u20ac.md"])
def test_a_reader_made_from_the_page_accepts_what_is_packed(path: str) -> None:
    content = capsule(app={**APP, path: (b"Ours.\n", "custom")})
    verified = check(content, "x", KEYS)
    assert not isinstance(verified, list)
    assert reader.verified(content, PUBLIC) == verified.files
    assert verified.files[f"app/{path}"] == b"Ours.\n"


def test_it_refuses_another_byte_anywhere() -> None:
    layer = CAPSULE.index(b"# Notes\n")
    for place in (layer, *range(0, len(CAPSULE), 199)):
        changed = CAPSULE[:place] + bytes([CAPSULE[place] ^ 1]) + CAPSULE[place + 1 :]
        assert refused(changed), f"byte {place}"


def test_it_refuses_another_entry() -> None:
    entries = read_archive(CAPSULE, "x")
    assert isinstance(entries, dict)
    for path in entries:
        others = {name: content for name, content in entries.items() if name != path}
        assert refused(write_archive(others))
        assert refused(write_archive({**others, path: b"{}"}))
    assert refused(write_archive({**entries, "more": b""}))


def test_it_refuses_whom_it_does_not_trust_and_promises_that_do_not_hold() -> None:
    assert refused(pack(contents(), STRANGER))
    assert refused(pack(contents(), None))
    assert refused(capsule(cyclonedx=CYCLONEDX.replace(b"8.5.1", b"8.5.2")))
    assert refused(pack(contents(verdict(files={"README.md": "0" * 64})), SIGNER))
    assert refused(pack(contents(verdict("unit")), SIGNER))
    assert refused(pack(contents(outcome=Outcome.RED), SIGNER)), "a draft"
    assert refused(pack(replace(contents(), gates={}), SIGNER)), "a draft without gates"
    assert not refused(CAPSULE)
