"""One prompt for one agent: from the factory's texts, those of overlays, policies and the spec.

    how to read quotations
    # Role, # Task, # Rules     of all agents, of this one, of overlays in the order in which they apply
    # The application           the spec in quotations
    # Checks                    of all agents, of this one, of overlays; the policies
    # Left out                  what there was no room for
    # Output

The same values give the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qlf.errors import Problem
from qlf.model.prompt import BUDGET
from qlf.prompts.files import BASE, PLACES
from qlf.prompts.quoting import READING, quoted
from qlf.prompts.slices import names, pieces

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from qlf.model.overlay import Overlay
    from qlf.model.policy import Policy
    from qlf.model.prompt import Place, PromptAgent, PromptText
    from qlf.model.spec import Spec
    from qlf.prompts.files import Text

# From what is never left out to what goes first.
KINDS = (
    *("form", "rules", "overlay", "application", "entities", "operations", "policies"),
    *("routes", "checks", "prose", "assumptions"),
)
_APPLICATION, _LEFT_OUT = "The application", "Left out"
_NAMED = 8


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a prompt: the section it stands in, what it is called, whence it is, and its text.

    `kind` is one of KINDS.
    """

    section: str
    kind: str
    name: str
    source: str
    text: str

    @property
    def tokens(self) -> int:
        """Return about how many tokens it takes."""
        return tokens(self.text)


@dataclass(frozen=True, slots=True)
class Composed:
    """A prompt, the parts in it, those that were cut for want of room, and those that another replaces."""

    text: str
    tokens: int
    budget: int
    parts: tuple[Part, ...]
    cut: tuple[Part, ...]
    replaced: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Material:
    """What prompts are made from. `overlays` are those that take part, in the order in which they apply."""

    texts: Mapping[tuple[str, str], Text]
    spec: Spec
    overlays: Sequence[Overlay]
    policies: Sequence[Policy]


def tokens(text: str) -> int:
    """Return about how many tokens a text takes: one for three bytes of UTF-8, begun ones counted.

    Models cut texts differently, and their tables are large or not to be had offline. For texts like these, a
    table in use (o200k) takes one for 3.2 to 4.2 bytes: what keeps to a budget by this measure does by that.
    """
    return -(-len(text.encode("utf-8", "surrogatepass")) // 3)


def compose(agent: PromptAgent, material: Material, budget: int = BUDGET) -> Composed | list[Problem]:
    """Return the prompt of an agent within a budget of tokens, or why there is none.

    What does not fit is cut by kind, the last of KINDS first, and of one kind the last part first. The prompt
    says what was cut.
    """
    said, replaced = _settled(agent, material.overlays)
    parts = [*_parts(agent, material, said)]
    order = sorted(range(len(parts)), key=lambda number: (KINDS.index(parts[number].kind), number))
    cut: list[int] = []
    text = _rendered(parts, cut)
    while tokens(text) > budget:
        if parts[order[-1]].kind == "form":
            what = f"a prompt for {agent} takes {tokens(text)} tokens without all that can be cut"
            return [Problem("--budget", 0, 0, what, f"give it {tokens(text)} or more")]
        cut.append(order.pop())
        text = _rendered(parts, cut)
    kept = tuple(part for number, part in enumerate(parts) if number not in cut)
    gone = tuple(parts[number] for number in sorted(cut))
    left = tuple(_of_overlay(overlay, one) for overlay, one in replaced)
    return Composed(text, tokens(text), budget, kept, gone, left)


Said = tuple["Overlay", "PromptText"]


def _settled(agent: PromptAgent, overlays: Sequence[Overlay]) -> tuple[list[Said], list[Said]]:
    """Return the texts of overlays for an agent, and those that are replaced.

    All stay, in the order in which overlays apply, and of the same text the first. One that another replaces
    goes; of two that replace each other, the later stays.
    """
    said = [(overlay, one) for overlay in overlays for one in overlay.prompts if one.agent in {agent, "all"}]
    gone = [pair for number, pair in enumerate(said) if _is_replaced(number, said)]
    stay: dict[tuple[str, str], Said] = {}
    for overlay, one in said:
        if (overlay, one) not in gone:
            stay.setdefault((one.place, " ".join(one.text.split())), (overlay, one))
    return list(stay.values()), gone


def _is_replaced(number: int, said: Sequence[Said]) -> bool:
    overlay, one = said[number]
    for other_number, (other, text) in enumerate(said):
        if text.place == one.place and overlay.name in text.replaces:
            mutual = other.name in one.replaces
            if not mutual or other_number > number:
                return True
    return False


def _parts(agent: PromptAgent, material: Material, said: Sequence[Said]) -> Iterator[Part]:
    yield Part("", "form", "reading", "", READING)
    for place in PLACES:
        if place == "checks":
            yield from _of_spec(agent, material.spec)
        yield from _of_place(agent, place, material.texts)
        yield from (_of_overlay(overlay, one) for overlay, one in said if one.place == place)
        if place == "checks" and material.policies:
            lines = "\n".join(f"- {_line(policy)}" for policy in material.policies)
            yield Part("Checks", "policies", "policies", "rules/policies", quoted("policies", lines))


def _of_place(agent: PromptAgent, place: Place, texts: Mapping[tuple[str, str], Text]) -> Iterator[Part]:
    kind = place if place in {"rules", "checks"} else "form"
    for owner in (BASE, agent):
        if (found := texts.get((owner, place))) and found.text:
            yield Part(place.capitalize(), kind, f"{owner}/{place}", found.file, found.text)


def _of_overlay(overlay: Overlay, one: PromptText) -> Part:
    name = f"overlay/{overlay.name}/{one.place}"
    source = f"{one.origin.file}:{one.origin.line}:{one.origin.column}"
    return Part(one.place.capitalize(), "overlay", name, source, quoted(name, one.text.strip()))


def _of_spec(agent: PromptAgent, spec: Spec) -> Iterator[Part]:
    found = pieces(spec, agent)
    for piece, name in zip(found, names(found), strict=True):
        yield Part(_APPLICATION, piece.section, name, "spec.json", quoted(name, piece.text))


def _line(policy: Policy) -> str:
    asked = f" ({policy.source})" if policy.source else ""
    return f"{policy.name}: {policy.title}{asked}; {policy.advice}"


def _rendered(parts: Sequence[Part], cut: Iterable[int]) -> str:
    gone = set(cut)
    sections: dict[str, list[str]] = {}
    for number, part in enumerate(parts):
        if part.section == "Output" and gone and _LEFT_OUT not in sections:
            sections[_LEFT_OUT] = [_left_out([parts[each] for each in sorted(gone)])]
        if number not in gone:
            sections.setdefault(part.section, []).append(part.text)
    if gone:
        sections.setdefault(_LEFT_OUT, [_left_out([parts[each] for each in sorted(gone)])])
    blocks = ("\n\n".join([*([f"# {name}"] if name else []), *texts]) for name, texts in sections.items())
    return "\n\n".join(blocks) + "\n"


def _left_out(parts: Sequence[Part]) -> str:
    """Say what was cut: of each kind some names, and how many there are."""
    lines = ["There was no room for these parts. Do not guess what they say: ask for them.", ""]
    for kind in KINDS:
        found = [part.name for part in parts if part.kind == kind]
        if found:
            more = f", and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
            lines.append(f"- {kind}: {', '.join(found[:_NAMED])}{more}")
    return "\n".join(lines)
