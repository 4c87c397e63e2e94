"""The factory's texts of prompts, and a repository's own: `prompts/{base,AGENT}/PLACE.md`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from qlf.errors import Problem
from qlf.model.prompt import Place, PromptAgent
from qlf.strict_yaml import decode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

AGENTS: tuple[PromptAgent, ...] = get_args(PromptAgent)
PLACES: tuple[Place, ...] = get_args(Place)
BASE = "base"
MOST_BYTES = 1 << 15
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of prompts, and what it is called."""

    path: Path
    called: str


@dataclass(frozen=True, slots=True)
class Text:
    """A text, and the file that has it."""

    file: str
    text: str


def read_texts(folders: Sequence[Folder]) -> Mapping[tuple[str, str], Text] | list[Problem]:
    """Return the texts by owner (an agent, or BASE) and place; the first folder that has a file wins.

    Empty files are texts too: one of one's own takes the factory's away.
    """
    found: dict[tuple[str, str], Text] = {}
    problems: list[Problem] = []
    for folder in folders:
        for path in sorted(folder.path.glob("*/*.md")):
            owner, place, called = (
                path.parent.name,
                path.stem,
                f"{folder.called}/{path.parent.name}/{path.name}",
            )
            if owner not in {BASE, *AGENTS} or place not in PLACES:
                advice = f"call it {folder.called}/AGENT/PLACE.md; places are {', '.join(PLACES)}"
                problems.append(Problem(called, 0, 0, "no prompt has a text of this name", advice))
            elif (owner, place) not in found:
                text = _text(path, called)
                if isinstance(text, list):
                    problems += text
                found[owner, place] = Text(called, "" if isinstance(text, list) else text)
    return sorted(problems) or found


def _text(path: Path, called: str) -> str | list[Problem]:
    content = path.read_bytes()
    if len(content) > MOST_BYTES:
        return [Problem(called, 0, 0, f"the text has more than {MOST_BYTES} bytes", "make it shorter")]
    text = decode(content, called)
    if isinstance(text, list):
        return text
    if match := _HIDDEN.search(text):
        before = text[: match.start()]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        what = f"there is an invisible character U+{ord(match[0]):04X}"
        return [Problem(called, line, column, what, "remove it")]
    return text.strip()
