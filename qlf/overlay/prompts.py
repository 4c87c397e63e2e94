"""Read what an overlay says to agents that a language model plays."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast, get_args

from qlf.declarations.forms import either, names, record, text
from qlf.model.prompt import PromptAgent, PromptText
from qlf.model.value import Origin
from qlf.strict_yaml import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qlf.model.prompt import Place
    from qlf.strict_yaml import Yaml
    from qlf.structure import Schema

# An overlay changes neither who an agent is nor in what form it answers.
PLACES = {
    "task": "What is to be done besides.",
    "rules": "What must be kept to.",
    "checks": "What is looked at when it is done.",
}
_LONGEST = 4000


def prompts_schema() -> Schema:
    """Return the JSON Schema of `prompts`."""
    said = {
        "text": text("The text.", longest=_LONGEST),
        "replaces": names("Overlays whose texts at this place are left out.", "file", 1),
    }
    places: Schema = {
        place: either(text(f"{about} A text.", longest=_LONGEST), record(about, said, ["text"]))
        for place, about in PLACES.items()
    }
    agents: Schema = {
        agent: record(f"What the agent {agent} is told.", places) for agent in get_args(PromptAgent)
    }
    agents["all"] = record("What every agent is told.", places)
    return record("What agents that a language model plays are told: agent to place to text.", agents)


def read_prompts(tree: Yaml | None, file: str) -> tuple[PromptText, ...]:
    """Return the texts of a sound clause, in the order in which they are written."""
    if not isinstance(tree, Mapping):
        return ()
    return tuple(
        one
        for agent, places in tree.entries.items()
        if isinstance(places, Mapping)
        for one in _of_agent(agent, places, file)
    )


def _of_agent(agent: str, places: Mapping, file: str) -> Iterator[PromptText]:
    for place, said in places.entries.items():
        node = said.entries["text"] if isinstance(said, Mapping) else said
        replaces = said.entries.get("replaces") if isinstance(said, Mapping) else None
        if isinstance(node, Scalar):
            yield PromptText(
                agent=cast("PromptAgent", agent),
                place=cast("Place", place),
                text=node.text,
                replaces=tuple(_texts(replaces)),
                origin=Origin(kind="overlay", file=file, line=node.place.line, column=node.place.column),
            )


def _texts(node: Yaml | None) -> Iterator[str]:
    if isinstance(node, Sequence):
        yield from (item.text for item in node.items if isinstance(item, Scalar))
