"""`qlf capsule`."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from qlf.cli.output import Progress, coloured, dump, note, problem_json, say, tell
from qlf.cli.place import enter, only_json
from qlf.errors import EXIT_BAD_INPUT, EXIT_RED, Problem, printable, problems_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qlf.capsule.verification import Opened, Verified
    from qlf.pipeline import Step
    from qlf.rebuilding import Rebuilt
    from qlf.stages import Done

FILE = click.argument("file", type=click.Path(path_type=Path))
KEYS = click.option(
    "--key",
    "keys",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A public key to trust; may be repeated.",
)
DRAFT = click.option("--draft", is_flag=True, help="Be content with a draft.")
IDENTITY = "Example:  qlf capsule identity a.qlcapsule b.json --who a@b.org --issuer URL"
TEXT = click.option("--text", is_flag=True, help="Show the lines that differ.")


@click.group(epilog="Example:  qlf capsule verify shop-1.0.0.qlcapsule")
def command() -> None:
    """Verify, look into, unpack, compare and rebuild capsules."""


@command.command("verify", epilog="Example:  qlf capsule verify shop-1.0.0.qlcapsule --key them.pub")
@FILE
@KEYS
@DRAFT
@only_json
def verify(file: Path, keys: tuple[Path, ...], draft: bool, as_json: bool) -> int:
    """Say whether FILE holds what it promises, and was signed by a key that is trusted.

    Ends with 1 and each broken promise on a line of its own, with 2 if FILE
    or a key cannot be read.
    """
    verified = _verified(file, keys, draft=draft)
    if as_json:
        dump(_json(verified))
        return verified.code if isinstance(verified, _Refused) else 0
    if isinstance(verified, _Refused):
        return verified.tell()
    manifest = verified.manifest
    kind = ", a draft" if manifest.draft else ""
    say(f"{file}: holds what it promises: {manifest.name} {manifest.version}{kind}")
    say(f"  image      sha256:{verified.image}")
    say(f"  key        {verified.key}")
    _gates(verified.manifest.gates)
    _controls(verified.manifest.controls)
    return 0


@command.command("identity", epilog=IDENTITY)
@FILE
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option("--who", required=True, help="Who has to have signed: an e-mail address or a URI.")
@click.option("--issuer", required=True, help="The OpenID Connect issuer that vouches for that.")
@click.option("--root", type=click.Path(path_type=Path), help="Another trusted root than Sigstore's own.")
def identity(file: Path, bundle: Path, who: str, issuer: str, root: Path | None) -> int:
    """Verify FILE by a Sigstore BUNDLE over its provenance, without any key and without the network.

    What has to be signed is what `qlf capsule provenance FILE` prints.
    """
    from qlf.capsule.sigstore import Bundle, Identity  # noqa: PLC0415
    from qlf.capsule.verification import check_identity, read_capsule  # noqa: PLC0415

    content, signed = read_capsule(file), read_capsule(bundle)
    if isinstance(content, Problem) or isinstance(signed, Problem):
        return tell(each for each in (content, signed) if isinstance(each, Problem))
    checked = check_identity(content, str(file), Bundle(signed, Identity(who, issuer), root))
    if isinstance(checked, list):
        return _Refused(EXIT_RED, checked).tell()
    say(f"{file}: holds what it promises: {checked.manifest.name} {checked.manifest.version}")
    say(f"  image      sha256:{checked.image}")
    say(f"  signed by  {who}, as {issuer} says")
    return 0


@command.command(
    "provenance", epilog="Example:  qlf capsule provenance shop-1.0.0.qlcapsule > provenance.json"
)
@FILE
def provenance(file: Path) -> int:
    """Print the provenance of FILE, an in-toto Statement, to be signed by whoever vouches for it."""
    from qlf.capsule.statements import statements  # noqa: PLC0415

    opened = _opened(file)
    if isinstance(opened, list):
        return tell(opened)
    (_, statement), *_ = statements(opened.manifest, opened.signed.image.digest)
    click.echo(statement, nl=False)
    return 0


@command.command("inspect", epilog="Example:  qlf capsule inspect shop-1.0.0.qlcapsule")
@FILE
@click.option("--files", is_flag=True, help="List all files.")
@only_json
def inspect(file: Path, files: bool, as_json: bool) -> int:
    """Show what FILE says of itself. Nothing of it is verified."""
    opened = _opened(file)
    if isinstance(opened, list):
        return tell(opened)
    manifest, image = opened.manifest, opened.signed.image.digest
    if as_json:
        dump({"image": image, "signed": bool(opened.signed.signature), **manifest.model_dump(mode="json")})
        return 0
    say(f"{manifest.name} {manifest.version}: {printable(manifest.title)}")
    say(f"  image      sha256:{image}")
    say(f"  made by    quantumlayer-factory {printable(manifest.maker.version)}")
    say(f"  signed     {'yes, but not verified here' if opened.signed.signature else 'no'}")
    say(f"  draft      {'yes' if manifest.draft else 'no'}")
    kinds = Counter(each.kind for each in manifest.files.values())
    say(f"  files      {', '.join(f'{count} {kind}' for kind, count in sorted(kinds.items()))}")
    _gates(manifest.gates)
    _controls(manifest.controls)
    for path, each in manifest.files.items() if files else ():
        say(f"  {each.digest[:12]}  {each.size:>8}  {each.kind:<10} {path}")
    return 0


@command.command("unpack", epilog="Example:  qlf capsule unpack shop-1.0.0.qlcapsule shop")
@FILE
@click.argument("folder", type=click.Path(path_type=Path))
@KEYS
@DRAFT
def unpack(file: Path, folder: Path, keys: tuple[Path, ...], draft: bool) -> int:
    """Verify FILE and write what it holds into FOLDER, which must not be there or be empty."""
    from qlf.capsule.unpacking import unpack as write  # noqa: PLC0415

    verified = _verified(file, keys, draft=draft)
    if isinstance(verified, _Refused):
        return verified.tell()
    if problems := write(verified, folder):
        return tell(problems)
    say(f"{folder}: {len(verified.files) + 1} files")
    return 0


@command.command("diff", epilog="Example:  qlf capsule diff old.qlcapsule new.qlcapsule --text")
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@TEXT
@only_json
def diff(old: Path, new: Path, text: bool, as_json: bool) -> int:
    """Show which files differ between OLD and NEW, none of which is verified. Ends with 1 if any do."""
    both = [_opened(old), _opened(new)]
    if problems := [problem for each in both if isinstance(each, list) for problem in each]:
        return tell(problems)
    before, after = (each.files for each in both if not isinstance(each, list))
    changes = {
        path: "added" if path not in before else "removed" if path not in after else "changed"
        for path in sorted({**before, **after})
        if before.get(path) != after.get(path)
    }
    if as_json:
        dump(changes)
    else:
        for path, change in changes.items():
            say(f"{change:<8} {path}")
            if text:
                _lines(path, before.get(path, b""), after.get(path, b""))
    return EXIT_RED if changes else 0


@command.command("rebuild", epilog="Example:  qlf capsule rebuild shop-1.0.0.qlcapsule")
@FILE
@KEYS
@DRAFT
@TEXT
@only_json
def rebuild(file: Path, keys: tuple[Path, ...], draft: bool, text: bool, as_json: bool) -> int:
    """Build FILE again from the sources inside it, gates included, and say which bytes are the same.

    Ends with 1 if any are not.
    """
    from qlf.rebuilding import rebuild as again  # noqa: PLC0415

    verified = _verified(file, keys, draft=draft)
    if isinstance(verified, _Refused):
        return verified.tell()
    progress = Progress(verbose=False)

    def watch(step: Step, done: Done | None) -> None:
        progress.begins(step.name) if done is None else progress.ends(step.name, "done")

    try:
        made = again(verified, watch)
    finally:
        progress.close()
    if isinstance(made, list):
        return tell(made)
    if as_json:
        dump({"identical": made.identical, "same_maker": made.same_maker, "files": dict(made.fates)})
        return 0 if made.identical else EXIT_RED
    if not made.same_maker:
        note(f"this factory is another than {verified.manifest.maker.version}, which made the capsule")
    _show_fates(verified, made, text=text)
    return 0 if made.identical else EXIT_RED


def _show_fates(verified: Verified, made: Rebuilt, *, text: bool) -> None:
    """Print each file that came out otherwise, and how many of each kind came out how."""
    counts: Counter[tuple[str, str]] = Counter()
    for path, fate in made.fates.items():
        listed = verified.manifest.files.get(path)
        counts[listed.kind if listed else "new", fate] += 1
        if fate != "identical":
            say(f"{fate:<12} {path}")
        if text and path in made.files:
            _lines(path, *made.files[path])
    for (kind, came_out), count in sorted(counts.items()):
        say(f"{kind:<10} {count:>5} {came_out}")


class _Refused(NamedTuple):
    """Why a capsule is not believed: 1 for broken promises, 2 for files that cannot be read."""

    code: int
    problems: list[Problem]

    def tell(self) -> int:
        """Print the reasons and return the code."""
        tell(self.problems)
        return self.code


def _verified(file: Path, keys: tuple[Path, ...], *, draft: bool) -> Verified | _Refused:
    """Verify a capsule by the keys that are named, or else by those that are trusted here."""
    from qlf.capsule.keys import read_public_keys  # noqa: PLC0415
    from qlf.capsule.verification import check, read_capsule  # noqa: PLC0415

    content = read_capsule(file)
    if not keys:
        here = Path.cwd()
        repository = enter()
        if isinstance(repository, list):
            return _Refused(EXIT_BAD_INPUT, repository)
        keys = tuple(key.absolute() for key in repository.trusted_keys())
        os.chdir(here)
    trusted = read_public_keys(keys)
    if isinstance(content, Problem) or isinstance(trusted, list):
        unread = [content] if isinstance(content, Problem) else []
        return _Refused(EXIT_BAD_INPUT, [*unread, *problems_of(trusted)])
    checked = check(content, str(file), trusted, draft=draft)
    return _Refused(EXIT_RED, checked) if isinstance(checked, list) else checked


def _opened(file: Path) -> Opened | list[Problem]:
    from qlf.capsule.archive import read_archive  # noqa: PLC0415
    from qlf.capsule.verification import open_capsule, read_capsule  # noqa: PLC0415

    content = read_capsule(file)
    if isinstance(content, Problem):
        return [content]
    entries = read_archive(content, str(file))
    return entries if isinstance(entries, list) else open_capsule(entries, str(file))


def _json(verified: Verified | _Refused) -> dict[str, Any]:
    if isinstance(verified, _Refused):
        return {"holds": False, "broken": [problem_json(each) for each in verified.problems]}
    manifest = verified.manifest
    return {
        "holds": True,
        "name": manifest.name,
        "version": manifest.version,
        "draft": manifest.draft,
        "image": f"sha256:{verified.image}",
        "key": verified.key,
        "gates": {name: gate.outcome.value for name, gate in manifest.gates.items()},
        "controls": manifest.controls,
    }


def _gates(gates: Mapping[str, Any]) -> None:
    for name, gate in gates.items():
        outcome = "not proven" if gate.outcome == "unproven" else gate.outcome.value
        say(f"  {printable(name):<10} {coloured(outcome)}")


def _controls(catalogues: Mapping[str, Mapping[str, str]]) -> None:
    for name, controls in catalogues.items():
        counts = Counter(controls.values())
        told = ", ".join(f"{count} {status}" for status, count in sorted(counts.items(), reverse=True))
        say(f"  {printable(name)}: {told}")


def _lines(path: str, before: bytes, after: bytes) -> None:
    """Print a unified diff of two texts."""
    import difflib  # noqa: PLC0415 - only who asks for it pays

    old, new = (each.decode("utf-8", "replace").splitlines() for each in (before, after))
    for line in difflib.unified_diff(old, new, path, path, lineterm=""):
        say(f"  {printable(line)}")
