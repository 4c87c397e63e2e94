"""From what someone typed to a brief with everything written out, and where it is built."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qlf.errors import Problem
from qlf.model.value import Origin
from qlf.repository import NAME, Repository

if TYPE_CHECKING:
    from qlf.model.brief import Brief


_OPTION = Origin(kind="brief", file="--overlay")


@dataclass(frozen=True, slots=True)
class Drafted:
    """A brief about to be written: its name, its text, and what was inferred on the way."""

    name: str
    content: str
    brief: Brief

    def merged(self, made: dict[str, Any]) -> dict[str, Any]:
        """Return a summary with what was inferred while drafting; in the brief it now stands as said."""
        from qlf.cli.result import assumption_json, question_json  # noqa: PLC0415

        assumed = [assumption_json(each) for each in self.brief.assumptions]
        asked = [question_json(each) for each in self.brief.questions]
        known = {(each["about"], each["holds"]) for each in assumed}
        open_ = {each["asks"] for each in asked}
        return {
            **made,
            "assumptions": assumed
            + [each for each in made.get("assumptions", ()) if (each["about"], each["holds"]) not in known],
            "questions": asked + [each for each in made.get("questions", ()) if each["asks"] not in open_],
        }


def draft(
    repository: Repository, said: bytes, name: str | None, wanted: tuple[str, ...]
) -> Drafted | list[Problem]:
    """Make a brief of a text, which may have front matter, and write out what follows from it.

    `wanted` are the names of overlays that take part besides those that the text's front matter names. With
    any of them the prose adds no other: what it speaks for besides is asked about or left out.
    """
    from qlf.brief.expand import expand  # noqa: PLC0415
    from qlf.brief.read import read_brief  # noqa: PLC0415
    from qlf.compile.inference import brief_from_text, infer  # noqa: PLC0415
    from qlf.model.brief import OverlayDecl  # noqa: PLC0415
    from qlf.overlay.catalogue import check_taken  # noqa: PLC0415
    from qlf.overlay.resolve import resolve  # noqa: PLC0415
    from qlf.stages import overlays  # noqa: PLC0415
    from qlf.strict_yaml import decode  # noqa: PLC0415

    text = decode(said, "the text")
    if isinstance(text, list):
        return text
    if not text.strip():
        return [Problem("the text", 0, 0, "it is empty", "say what the application must do")]
    content = text
    if not text.startswith("---"):
        made = brief_from_text(text, name)
        content, name = made.prose, made.name
    if not name:
        advice = "give one with --name"
        return [Problem("the text", 0, 0, "a brief with front matter needs a name", advice)]
    if not NAME.fullmatch(name):
        advice = "use lower case letters, digits and hyphens, as in --name patient-portal"
        return [Problem("--name", 0, 0, f"{name!r} cannot be the name of a brief", advice)]
    read = read_brief(Path(f"briefs/{name}.md"), content.encode())
    if isinstance(read, list):
        return read
    library = overlays(repository)
    if isinstance(library, list):
        return library
    known = {one.name for one in read.overlays}
    added = [OverlayDecl(name=each, origin=_OPTION) for each in dict.fromkeys(wanted) if each not in known]
    inferred = infer(read.model_copy(update={"overlays": (*read.overlays, *added)}), library)
    resolved = resolve(inferred.overlays, library)
    if isinstance(resolved, list):
        return resolved
    if problems := check_taken(read, resolved, library):
        return problems
    return Drafted(name, expand(content, inferred), inferred)


def occupied(
    repository: Repository, drafted: Drafted, output: Path | None, *, dry_run: bool
) -> list[Problem]:
    """Return a problem for each place that is taken: nothing that exists is overwritten."""
    problems = []
    if not dry_run and (files := repository.files(drafted.name)):
        advice = f"choose another --name, or change it and: qlf build {drafted.name}"
        problems.append(Problem(files[0].as_posix(), 0, 0, "there is such a brief already", advice))
    if output and output.exists() and any(output.iterdir()):
        problems.append(Problem(str(output), 0, 0, "the folder is not empty", "name another --output"))
    return problems


def elsewhere(repository: Repository, folder: Path, drafted: Drafted) -> Repository:
    """Return a repository in another folder that has this brief, and what else the given one has."""
    settings = repository.settings
    cache = settings.cache.model_copy(update={"folder": str(repository.cache().absolute())})
    made = Repository(folder, settings.model_copy(update={"cache": cache}))
    for each in (settings.folders.rules, settings.folders.overlays):
        own = repository.root / each
        if own.is_dir():
            (folder / each).parent.mkdir(parents=True, exist_ok=True)
            (folder / each).symlink_to(own.resolve(), target_is_directory=True)
    made.briefs.mkdir(parents=True)
    (made.briefs / f"{drafted.name}.md").write_text(drafted.content, encoding="utf-8", newline="")
    return made


def copy_tree(repository: Repository, name: str, output: Path) -> None:
    """Copy an application into an empty folder."""
    shutil.copytree(repository.build(name) / "app", output, dirs_exist_ok=True)
