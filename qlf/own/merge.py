"""Merging three texts: what there was, what is generated now, what the author made of it.

libgit2's merge of files, in memory: it joins changes of both sides, and where both changed the same lines,
or lines beside each other, it says so and shows both.
"""

from __future__ import annotations

from typing import NamedTuple


class Merged(NamedTuple):
    """A text; if it is not clean, it shows both sides between marks."""

    text: str
    clean: bool


def merge(base: str | None, now: str, hand: str, *, now_is: str, hand_is: str) -> Merged:
    """Merge what is generated `now` and what is written by `hand`; both began as `base`, if there was one.

    `now_is` and `hand_is` are what the two sides are called where they are shown.
    """
    if now in (base, hand):
        return Merged(hand, clean=True)
    if hand == base:
        return Merged(now, clean=True)
    return _merged(base, (now, now_is), (hand, hand_is))


def _merged(base: str | None, now: tuple[str, str], hand: tuple[str, str]) -> Merged:
    import pygit2  # noqa: PLC0415 - most builds merge nothing

    blobs: dict[pygit2.Oid, tuple[int, bytes]] = {}

    class Blobs(pygit2.OdbBackend):
        """The three texts as git's objects, which never touch a disk."""

        def read_cb(self, oid: pygit2.Oid | str) -> tuple[int, bytes]:
            return blobs[pygit2.Oid(hex=str(oid))]

    def entry(text: str, name: str) -> pygit2.IndexEntry:
        content = text.encode()
        blobs[pygit2.hash(content)] = (pygit2.enums.ObjectType.BLOB, content)
        return pygit2.IndexEntry(name, pygit2.hash(content), pygit2.enums.FileMode.BLOB)

    objects = pygit2.Odb()
    objects.add_backend(Blobs(), 1)
    repository = pygit2.Repository()
    repository.set_odb(objects)
    ancestor = None if base is None else entry(base, "base")
    found = repository.merge_file_from_index(ancestor, entry(*now), entry(*hand))
    return Merged(found.contents, clean=found.automergeable)
