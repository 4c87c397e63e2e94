"""The features that the prose asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qlf.compile.inference.draft import Draft


def infer_features(draft: Draft) -> None:
    """Take the features whose words are there and not denied, unless the front matter lists some."""
    if draft.brief.features:
        return
    denied = {
        name
        for sentence, match in draft.reading.each("feature")
        if sentence.denied[match.start]
        for name in match.names("feature")
    }
    for sentence, match in draft.reading.each("feature"):
        single = match.end - match.start == 1
        if single and sentence.lemmas[match.start] == "report" and sentence.is_verb(match.start):
            continue
        for name in match.names("feature"):
            if name not in denied and name not in draft.features:
                origin = draft.origin(sentence, match.start, match.end)
                draft.features[name] = origin
                draft.assume(f"features.{name}", "asked for", origin)
