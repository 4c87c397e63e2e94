"""Verifying: whether a capsule holds what it promises, and whether someone who is trusted says so.

signature -> OCI layout -> manifest -> files -> SBOMs, gates -> attestations

The signature comes first: before it is good, nothing but its own place is read. After it, each step compares
what is there with the only thing that may be there, so that no byte is left that nobody looked at.
"""

from __future__ import annotations

import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import ValidationError

from qlf.capsule import layout, sbom, statements
from qlf.capsule.archive import read_archive
from qlf.capsule.evidence import broken_evidence
from qlf.capsule.keys import has_signed, read_public_keys
from qlf.capsule.manifest import APPLICATION, CYCLONEDX, LARGEST, RECORD, SPDX, Manifest, is_draft
from qlf.capsule.sigstore import Bundle, verify_bundle
from qlf.errors import Problem, problems_of
from qlf.model.canonical import canonical, digest
from qlf.model.finding import LETS_THROUGH, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from securesystemslib.signer import Key

_AGAIN = "do not use it; get it again from where it was made"


@dataclass(frozen=True, slots=True)
class Verified:
    """A capsule that holds what it promises.

    `image` is the SHA-256 digest under which registries know it, `key` the identifier of the key that signed
    it, or the identity; `files` are all that it holds, by path, without `capsule.json`, which is `manifest`.
    """

    manifest: Manifest
    image: str
    key: str
    files: Mapping[str, bytes]


def verify(capsule: Path, keys: Sequence[Path], *, draft: bool = False) -> Verified | list[Problem]:
    """Verify a capsule.

    Args:
        capsule: The file, of at most LARGEST bytes.
        keys: Files of the public keys that are trusted; one of them must have signed.
        draft: Whether one that is not to be released is good enough.

    Returns:
        What it holds, or each promise that it breaks.
    """
    trusted = read_public_keys(keys)
    content = read_capsule(capsule)
    if isinstance(trusted, list) or isinstance(content, Problem):
        return [*problems_of(trusted), *([content] if isinstance(content, Problem) else ())]
    return check(content, str(capsule), trusted, draft=draft)


def read_capsule(file: Path) -> bytes | Problem:
    """Return the bytes of a file of a size that a capsule may have."""
    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode):
            return Problem(
                str(file), 0, 0, "the capsule cannot be read: this is no file", "name another file"
            )
        if status.st_size > LARGEST:
            return Problem(str(file), 0, 0, f"it has more than {LARGEST} bytes", "no capsule is so large")
        return file.read_bytes()
    except OSError as error:
        return Problem(str(file), 0, 0, f"the capsule cannot be read: {error.strerror}", "name another file")


def check(content: bytes, name: str, keys: Sequence[Key], *, draft: bool = False) -> Verified | list[Problem]:
    """Verify the bytes of a capsule, which is called `name`; as `verify` otherwise."""
    entries = read_archive(content, name)
    if isinstance(entries, list):
        return entries
    sealed = layout.seal(entries, name)
    if isinstance(sealed, Problem):
        return [sealed]
    image, signature = sealed
    key = _signer(layout.payload(image), signature, keys)
    if key is None:
        what = "no trusted key has signed it" if signature else "it is not signed"
        return [Problem(name, 0, 0, what, "trust it only if you made it, or give its key with --key")]
    opened = open_capsule(entries, name)
    if isinstance(opened, list):
        return opened
    problems = [
        *_broken(opened.manifest, opened.files),
        *_attestations(opened, key),
        *(_draft(opened.manifest) if not draft else ()),
    ]
    if problems:
        return [Problem(name, 0, 0, what, _AGAIN) for what in problems]
    return Verified(opened.manifest, image, key.keyid, opened.files)


def check_identity(
    content: bytes, name: str, bundle: Bundle, *, draft: bool = False
) -> Verified | list[Problem]:
    """Verify the bytes of a capsule by whom Sigstore says to have signed its provenance; else as `check`.

    It is not signed by a key: what lies beside an image that this vouches for would be anyone's.
    """
    entries = read_archive(content, name)
    if isinstance(entries, list):
        return entries
    opened = open_capsule(entries, name)
    if isinstance(opened, list):
        return opened
    if opened.signed.signature:
        what = "it is signed by a key as well, which nobody looks at here"
        return [Problem(name, 0, 0, what, "use `qlf capsule verify`, or a capsule packed with --key none")]
    image = opened.signed.image.digest
    (_, provenance), *_ = statements.statements(opened.manifest, image)
    if problems := verify_bundle(bundle.content, provenance, bundle.identity, bundle.root, name):
        return problems
    broken = [*_broken(opened.manifest, opened.files), *(_draft(opened.manifest) if not draft else ())]
    if broken:
        return [Problem(name, 0, 0, what, _AGAIN) for what in broken]
    return Verified(opened.manifest, image, bundle.identity.subject, opened.files)


@dataclass(frozen=True, slots=True)
class Opened:
    """What a capsule says, believed by nobody yet."""

    manifest: Manifest
    files: Mapping[str, bytes]
    signed: layout.Signed


def open_capsule(entries: Mapping[str, bytes], name: str) -> Opened | list[Problem]:
    """Return what the entries of a capsule hold, if it is laid out as one and its files are those listed."""
    read = layout.read_layout(entries, name)
    if isinstance(read, Problem):
        return [read]
    signed, tag = read
    manifest = _manifest(signed.image.config, name)
    if isinstance(manifest, Problem):
        return [manifest]
    files: dict[str, bytes] = {}
    problems = [Problem(name, 0, 0, what, _AGAIN) for what in _misplaced(entries, signed, tag, manifest)]
    for title, content in signed.image.layers.items():
        if not title.endswith(".tar"):
            files[title] = content
            continue
        unpacked = read_archive(content, f"{name}: {title}")
        if isinstance(unpacked, list):
            problems += unpacked
            continue
        # Otherwise one layer could hide a file of another from us, and not from whoever unpacks that alone.
        problems += [Problem(name, 0, 0, what, _AGAIN) for what in _misfiled(title, unpacked)]
        files |= unpacked
    problems += [Problem(name, 0, 0, what, _AGAIN) for what in _unlisted(manifest, files)]
    return problems or Opened(manifest, files, signed)


def _manifest(config: bytes, name: str) -> Manifest | Problem:
    try:
        manifest = Manifest.model_validate_json(config)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        what = f"its manifest is none of this format: {place}: {first['msg']}"
        return Problem(name, 0, 0, what, "use a newer qlf, or get it again")
    if canonical(manifest) != config:
        return Problem(name, 0, 0, "its manifest is not canonical JSON", _AGAIN)
    return manifest


def _misplaced(
    entries: Mapping[str, bytes], signed: layout.Signed, tag: str, manifest: Manifest
) -> Iterator[str]:
    """Yield each entry that is not as what is signed would be laid out."""
    wanted = layout.written(signed, manifest.version)
    if tag != manifest.version:
        yield f"it is tagged {tag!r} and not {manifest.version!r}"
    for path in sorted(entries.keys() | wanted.keys()):
        if path not in wanted:
            yield f"{path} belongs to nothing that is signed"
        elif path not in entries:
            yield f"{path} is missing"
        elif entries[path] != wanted[path]:
            yield f"{path} is not as it was made"


def _misfiled(title: str, files: Iterable[str]) -> Iterator[str]:
    """Yield each file of an archive that is not below the folder of its name, `app/` in `app.tar`."""
    folder = f"{title.removesuffix('.tar')}/"
    yield from (f"{path} has no place in {title}" for path in files if not path.startswith(folder))


def _unlisted(manifest: Manifest, files: Mapping[str, bytes]) -> Iterator[str]:
    for path in sorted(manifest.files.keys() | files.keys()):
        listed = manifest.files.get(path)
        if listed is None:
            yield f"{path} is not in the manifest"
        elif path not in files:
            yield f"{path} is in the manifest and not in the capsule"
        elif (digest(files[path]), len(files[path])) != (listed.digest, listed.size):
            yield f"{path} has another digest than the manifest says"


def _signer(payload: bytes, signature: bytes, keys: Sequence[Key]) -> Key | None:
    """Return the key that signed, if it is one of these."""
    return next((key for key in keys if has_signed(key, signature, payload)), None)


def _broken(manifest: Manifest, files: Mapping[str, bytes]) -> Iterator[str]:
    """Yield what SBOMs and gates say that does not hold for the files."""
    yield from _sboms(files)
    for gate, said in manifest.gates.items():
        path = f"{RECORD}gates/{gate}.json"
        if said.verdict is None:
            if path in files or said.outcome != "unproven":
                yield f"the gate {gate} is said to be {said.outcome} without a verdict"
        elif path not in files or digest(files[path]) != said.verdict:
            yield f"the verdict of the gate {gate} is another"
        else:
            yield from _verdict(gate, said.outcome, files[path], manifest)
    yield from broken_evidence(manifest, files)
    if manifest.draft != is_draft(manifest.gates):
        wrongly = "marked as a draft, but all" if manifest.draft else "not marked as a draft, but not all"
        yield f"it is {wrongly} gates are green"
    named = {f"{RECORD}gates/{gate}.json" for gate in manifest.gates}
    for path in sorted(manifest.below(f"{RECORD}gates/").keys() - named):
        if path.endswith(".json"):
            yield f"{path} is the verdict of a gate that it does not name"


def _verdict(gate: str, outcome: str, content: bytes, manifest: Manifest) -> Iterator[str]:
    try:
        verdict = Verdict.model_validate_json(content)
    except ValidationError:
        yield f"the verdict of the gate {gate} cannot be read"
        return
    if canonical(verdict) != content:
        yield f"the verdict of the gate {gate} is not canonical JSON"
    if (verdict.gate, verdict.outcome) != (gate, outcome):
        yield f"the verdict of the gate {gate} says {verdict.gate} is {verdict.outcome}"
    if outcome == "green" and not verdict.files:
        yield f"the gate {gate} has read no file"
    runs = {run.outcome for run in verdict.runs if run.executed or run.outcome != "green"}
    if verdict.outcome == "green" and ("green" not in runs or "red" in runs):
        yield f"the gate {gate} is said to be green, and no tool of it, or not all, says so"
    if verdict.outcome == "not applicable" and (verdict.runs or verdict.findings):
        yield f"the gate {gate} is said not to apply, and it has judged"
    for path, known in verdict.files.items():
        listed = manifest.files.get(f"{APPLICATION}{path}")
        if listed is None or listed.digest != known:
            yield f"the gate {gate} judged another {path}"


def _sboms(files: Mapping[str, bytes]) -> Iterator[str]:
    """Yield where the SBOMs differ from what the application's lock has installed, or from each other."""
    lock = files.get(f"{APPLICATION}{sbom.LOCK}", b"")
    always, sometimes = sbom.packages_of_lock(lock)
    try:
        cyclonedx = sbom.packages_of_cyclonedx(files[CYCLONEDX])
        spdx = sbom.packages_of_spdx(files[SPDX])
    except (LookupError, ValueError, TypeError, AttributeError, RecursionError):
        yield "an SBOM cannot be read"
        return
    for title, found in ((CYCLONEDX, cyclonedx), (SPDX, spdx)):
        for name, version in sorted(always - found):
            yield f"{title} lacks {name} {version}, which {sbom.LOCK} installs"
        for name, version in sorted(found - always - sometimes):
            yield f"{title} has {name} {version}, which {sbom.LOCK} does not install"
    if cyclonedx != spdx:
        yield f"{CYCLONEDX} and {SPDX} differ"


def _attestations(opened: Opened, key: Key) -> Iterator[str]:
    """Yield each attestation that is missing, says something else, or is not signed by the same key."""
    wanted = statements.statements(opened.manifest, opened.signed.image.digest)
    found = opened.signed.envelopes
    if len(found) != len(wanted):
        yield f"it has {len(found)} attestations and not {len(wanted)}"
        return
    for (kind, statement), (said, envelope) in zip(wanted, found, strict=True):
        if kind != said or not statements.is_signed(envelope, statement, key):
            yield f"its attestation of {kind} is not what follows from its manifest, or not signed"


def _draft(manifest: Manifest) -> Iterator[str]:
    if manifest.draft:
        said = [
            f"{gate} is {each.outcome}"
            for gate, each in manifest.gates.items()
            if each.outcome not in LETS_THROUGH
        ]
        yield f"it is a draft: {', '.join(said) or 'no gate ran'}"
