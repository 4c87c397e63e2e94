"""The file in which a build keeps what it made, and of what: `build/.qlf/manifest`.

    one line of JSON     format, environment, shared inputs, a row for each section, checksums; and its own
    paths                of all files that are watched, ended by NUL
    signatures           of these files, 24 bytes each
    details              for each section: steps with inputs and outputs, digests of files, as JSON

A section is a brief; the one without a name holds what all briefs share. Whoever only asks whether anything
changed reads paths and signatures. The file is replaced whole. One that is cut, or of another format, is as
good as none; so is one whose checksums or sizes are not right.
"""

from __future__ import annotations

import json
import os
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from qlf.memory.files import WIDTH, Files, pack, unpack

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FORMAT = 2
SHARED = ""
# No header is so long: what is longer is not read.
_LONGEST = 64 * 1024 * 1024


@dataclass(slots=True)
class Record:
    """A step that was done: of which inputs (by name), and which outputs it left (by path), as digests.

    Without inputs it failed since, or was forgotten.
    """

    inputs: dict[str, str]
    outputs: dict[str, str]


@dataclass(slots=True)
class Section:
    """What is known of one brief. `complete`: when it was last looked at, nothing was left to do."""

    steps: dict[str, Record] = field(default_factory=dict)
    files: Files = field(default_factory=Files)
    complete: bool = False

    def fail(self, step: str) -> None:
        """Note that a step is to be done; what it left the last time is still its own."""
        if step in self.steps:
            self.steps[step] = Record({}, self.steps[step].outputs)

    def packed(self) -> Packed:
        """Return the section as it lies in the file."""
        outputs = {path: known for record in self.steps.values() for path, known in record.outputs.items()}
        watched = self.files.known
        details = {
            "steps": {name: [record.inputs, record.outputs] for name, record in self.steps.items()},
            "files": [None if outputs.get(path) == known else known for path, (_, known) in watched.items()],
        }
        return Packed(
            b"".join(os.fsencode(path) + b"\0" for path in watched),
            pack(seen for seen, _ in watched.values()),
            json.dumps(details, separators=(",", ":")).encode(),
            self.complete,
        )


@dataclass(frozen=True, slots=True)
class Packed:
    """A section as bytes."""

    paths: bytes
    signatures: bytes
    details: bytes
    complete: bool

    def section(self) -> Section:
        """Return the section."""
        details = json.loads(self.details)
        steps = {name: Record(*each) for name, each in details["steps"].items()}
        outputs = {path: known for record in steps.values() for path, known in record.outputs.items()}
        paths = [os.fsdecode(path) for path in self.paths.split(b"\0")[:-1]]
        digests = [
            outputs[path] if known is None else known
            for path, known in zip(paths, details["files"], strict=True)
        ]
        known = dict(zip(paths, zip(unpack(self.signatures), digests, strict=True), strict=True))
        return Section(steps, Files(known), self.complete)


@dataclass(slots=True)
class Header:
    """The first line of a manifest."""

    environment: dict[str, str]
    shared: dict[str, str]
    rows: list[tuple[str, int, int, int, bool]]

    @property
    def complete(self) -> bool:
        """Say whether nothing was left to do in any section."""
        return all(complete for *_, complete in self.rows)


@dataclass(slots=True)
class Watch:
    """The part of a manifest that tells whether anything changed."""

    header: Header
    paths: bytes
    signatures: bytes
    checksum: int

    def parts(self) -> Iterator[tuple[str, bytes, bytes, bool]]:
        """Yield each section's name, paths, signatures, and whether it was complete."""
        path = seen = 0
        for name, paths, files, _, complete in self.header.rows:
            width = files * WIDTH
            yield name, self.paths[path : path + paths], self.signatures[seen : seen + width], complete
            path, seen = path + paths, seen + width


def read_watch(file: str) -> Watch | None:
    """Return what a manifest watches, None if there is no sound one."""
    try:
        with open(file, "rb") as opened:  # noqa: PTH123
            return _watch(opened)
    except OSError:
        return None


def read(file: str) -> tuple[Header, dict[str, Packed]] | None:
    """Return a manifest's header and its sections by name, None if there is no sound one."""
    try:
        with open(file, "rb") as opened:  # noqa: PTH123
            watch = _watch(opened)
            if watch is None:
                return None
            sections = {}
            for row, (name, paths, seen, complete) in zip(watch.header.rows, watch.parts(), strict=True):
                sections[name] = Packed(paths, seen, opened.read(row[3]), complete)
            return (watch.header, sections) if _checksum(sections.values()) == watch.checksum else None
    except OSError:
        return None


def _watch(opened: Any) -> Watch | None:  # noqa: ANN401 - a binary file
    size = os.fstat(opened.fileno()).st_size
    line = opened.readline(_LONGEST)
    checksum, _, text = line.rstrip(b"\n").partition(b" ")
    if checksum != b"%08x" % zlib.crc32(text):
        return None
    try:
        said = json.loads(text)
        if said["format"] != FORMAT:
            return None
        header = Header(dict(said["environment"]), dict(said["shared"]), [tuple(row) for row in said["rows"]])
        _, paths, files, details, _ = zip(*header.rows, strict=True)
        lengths = (sum(paths), WIDTH * sum(files), sum(details))
        if min(*paths, *files, *details) < 0 or len(line) + sum(lengths) != size:
            return None
        watch = Watch(header, opened.read(lengths[0]), opened.read(lengths[1]), said["details"])
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
    return watch if zlib.crc32(watch.signatures, zlib.crc32(watch.paths)) == said["checksum"] else None


def _checksum(sections: Iterable[Packed]) -> int:
    made = 0
    for each in sections:
        made = zlib.crc32(each.details, made)
    return made


def written(environment: dict[str, str], shared: dict[str, str], sections: dict[str, Packed]) -> bytes:
    """Return the bytes of a manifest."""
    paths = b"".join(each.paths for each in sections.values())
    seen = b"".join(each.signatures for each in sections.values())
    rows = [
        (name, len(each.paths), len(each.signatures) // WIDTH, len(each.details), each.complete)
        for name, each in sections.items()
    ]
    header = {
        "format": FORMAT,
        "environment": environment,
        "shared": shared,
        "rows": rows,
        "checksum": zlib.crc32(seen, zlib.crc32(paths)),
        "details": _checksum(sections.values()),
    }
    text = json.dumps(header, separators=(",", ":")).encode()
    details = (each.details for each in sections.values())
    return b"".join((b"%08x %b\n" % (zlib.crc32(text), text), paths, seen, *details))
