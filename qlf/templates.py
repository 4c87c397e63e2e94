"""Templates of a brief repository: they win over an agent's own, and are trusted no more than a brief."""

from __future__ import annotations

import difflib
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import TemplateSyntaxError
from pydantic import ValidationError

from qlf.errors import Problem
from qlf.rendering import UnreadableError
from qlf.repository import files_below

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LARGEST = 200_000
_AGENTS = Path(__file__).resolve().parent / "agents"


def shipped(agent: str) -> Path:
    """Return the folder of an agent's own templates."""
    return _AGENTS / agent / "templates"


def faults(folder: Path, agent: str) -> list[Problem]:
    """Return what is wrong with the files that stand for templates of an agent."""
    own = shipped(agent)
    known = [path.relative_to(own).as_posix() for path in own.rglob("*.jinja")]
    found = []
    for path in files_below(folder):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or not path.is_file() or folder.is_symlink():
            found.append(Problem(str(path), 0, 0, "this is not a regular file", "put the file itself there"))
        elif name not in known:
            close = difflib.get_close_matches(name, known, 1)
            advice = f"did you mean {close[0]}?" if close else "remove it"
            what = f"the {agent} agent has no template {name}"
            found.append(Problem(str(path), 0, 0, what, advice))
        elif path.stat().st_size > LARGEST:
            what = f"this template is larger than {LARGEST:,} bytes"
            found.append(Problem(str(path), 0, 0, what, "shorten it"))
    return found


def rendered(write: Callable[[], str], folders: Sequence[Path]) -> str | list[Problem]:
    """Return what an agent writes, or what is wrong with the templates of the folders that it was given.

    An error that no template of these folders has a part in is a defect, and raised.
    """
    try:
        return write()
    except TemplateSyntaxError as error:
        if not {*folders} & {*Path(error.filename or "").parents}:
            raise
        what = f"this is no template: {error.message}"
        return [Problem(str(error.filename), error.lineno, 0, what, "see the syntax of Jinja templates")]
    except (UnreadableError, ValidationError) as error:
        own = next((folder for folder in folders if files_below(folder)), None)
        if own is None:
            raise
        what = f"what these templates make cannot be used: {str(error).splitlines()[-1]}"
        return [Problem(str(own), 0, 0, what, "compare them with the templates that they stand for")]
    except Exception as error:
        place = _place(error, folders)
        if place is None:
            raise
        what = f"this template fails: {error}"
        return [Problem(*place, 0, what, "compare it with the template that it stands for")]


def _place(error: Exception, folders: Sequence[Path]) -> tuple[str, int] | None:
    """Return the file and the line of the folders' templates where an error came up."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if {*folders} & {*Path(frame.filename).parents}]
    return (own[-1].filename, own[-1].lineno or 0) if own else None
