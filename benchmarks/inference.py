"""How well inference reads prose: precision and recall over `tests/corpus/inference.yaml`, by kind of fact.

python benchmarks/inference.py [--json] [--misses] [--part core|held_out]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from qlf.compile.inference import brief_from_text, infer
from qlf.config import Settings
from qlf.repository import Repository
from qlf.stages import overlays

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qlf.model.brief import Brief
    from qlf.model.overlay import Overlay

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT / "tests" / "corpus" / "inference.yaml"
KINDS = ("entities", "fields", "relations", "stack", "auth", "roles", "features", "overlays", "questions")
_OPEN = frozenset({"fields", "relations", "questions"})


@dataclass
class Score:
    """Facts that were found and should be, those found wrongly, and those missed."""

    hits: int = 0
    wrong: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        """Return the share of the found that should be."""
        return self.hits / (self.hits + len(self.wrong)) if self.hits + len(self.wrong) else 1.0

    @property
    def recall(self) -> float:
        """Return the share of what should be that was found."""
        return self.hits / (self.hits + len(self.missed)) if self.hits + len(self.missed) else 1.0


def facts(brief: Brief) -> dict[str, set[str]]:
    """Return what a brief holds, as the corpus writes it, without what overlays bring to every brief."""
    relations: set[str] = set()
    entities = [entity for entity in brief.entities if " brings it" not in entity.origin.because]
    for entity in entities:
        owner = {f"{entity.name} -> User"} if entity.owner else set()
        relations |= owner
        for member in entity.fields:
            if member.target:
                ends = sorted([entity.name, member.target])
                relations.add(" <-> ".join(ends) if member.many else f"{entity.name} -> {member.target}")
    stack = {f"{part}={name}" for part, name in brief.stack.model_dump(exclude={"origin"}).items() if name}
    return {
        "entities": {entity.name for entity in entities},
        "fields": {f"{entity.name}.{member.name}" for entity in entities for member in entity.fields},
        "relations": relations,
        "stack": stack,
        "auth": {str(brief.authentication).lower()} - {"none"},
        "roles": {role.name for role in brief.roles},
        "features": set(brief.features),
        "overlays": {one.name for one in brief.overlays},
        "questions": {one.about for one in brief.questions if " brings it" not in one.origin.because},
    }


def stated(case: dict[str, Any], kind: str) -> set[str] | None:
    """Return the facts of a kind that a case (or its `may` or `not`) states, None if it is silent."""
    value = case.get(kind)
    if value is None:
        return None
    if kind == "fields" and isinstance(value, dict):
        return {f"{entity}.{name}" for entity, names in value.items() for name in names}
    if kind == "stack" and isinstance(value, dict):
        return {f"{part}={name}" for part, name in value.items()}
    if kind == "auth":
        return {str(value).lower()}
    if kind == "relations":
        return {" <-> ".join(sorted(one.split(" <-> "))) for one in value}
    return set(value)


@cache
def shipped() -> tuple[Overlay, ...]:
    """Return the overlays of the factory."""
    read = overlays(Repository(ROOT, Settings()))
    if isinstance(read, list):
        raise SystemExit("\n".join(str(problem) for problem in read))
    return read


def judge(case: dict[str, Any], scores: dict[str, Score]) -> None:
    """Add one case to the scores."""
    library = shipped()
    found = facts(infer(brief_from_text(case["text"]), library))
    label = " ".join(case["text"].split())[:50]
    for kind in KINDS:
        wanted = stated(case, kind)
        tolerated = stated(case.get("may", {}), kind) or set()
        forbidden = (stated(case.get("not", {}), kind) or set()) & found[kind]
        score = scores[kind]
        score.wrong += [f"{label}: {fact}" for fact in sorted(forbidden)]
        if wanted is None:
            continue
        # What may be there is neither asked for nor held against it.
        asked = wanted - tolerated
        score.hits += len(asked & found[kind])
        score.missed += [f"{label}: {fact}" for fact in sorted(asked - found[kind])]
        if kind not in _OPEN:
            extra = {fact for fact in found[kind] - wanted - forbidden if not _tolerates(tolerated, fact)}
            score.wrong += [f"{label}: {fact}" for fact in sorted(extra)]


def _tolerates(tolerated: set[str], fact: str) -> bool:
    return fact in tolerated or fact.partition("=")[0] in tolerated


def measure(part: str) -> dict[str, Score]:
    """Return the scores for each kind of fact, and for all of them under `overall`."""
    scores: dict[str, Score] = defaultdict(Score)
    for case in cases(part):
        judge(case, scores)
    overall = Score()
    for kind in KINDS:
        overall.hits += scores[kind].hits
        overall.wrong += scores[kind].wrong
        overall.missed += scores[kind].missed
    return {**{kind: scores[kind] for kind in KINDS}, "overall": overall}


def cases(part: str) -> Iterator[dict[str, Any]]:
    """Yield the cases of one part of the corpus."""
    yield from yaml.safe_load(CORPUS.read_text(encoding="utf-8"))[part]


def figures(part: str) -> dict[str, dict[str, float]]:
    """Return precision and recall for each kind, rounded down to three digits so that a floor can be met."""
    return {
        kind: {"precision": int(score.precision * 1000) / 1000, "recall": int(score.recall * 1000) / 1000}
        for kind, score in measure(part).items()
    }


def main() -> None:
    """Print the scores of both parts of the corpus."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--misses", action="store_true")
    parser.add_argument("--part", choices=["core", "held_out"])
    chosen = parser.parse_args()
    parts = [chosen.part] if chosen.part else ["core", "held_out"]
    if chosen.json:
        sys.stdout.write(json.dumps({part: figures(part) for part in parts}, indent=2) + "\n")
        return
    for part in parts:
        started = time.perf_counter()
        scores = measure(part)
        seconds = time.perf_counter() - started
        sys.stdout.write(f"{part}: {len(list(cases(part)))} briefs in {seconds:.2f} s\n")
        for kind, score in scores.items():
            sys.stdout.write(f"  {kind:<10} precision {score.precision:.3f}  recall {score.recall:.3f}")
            sys.stdout.write(
                f"  ({score.hits} right, {len(score.wrong)} wrong, {len(score.missed)} missed)\n"
            )
            if chosen.misses and kind != "overall":
                sys.stdout.writelines(f"      wrong   {one}\n" for one in score.wrong)
                sys.stdout.writelines(f"      missed  {one}\n" for one in score.missed)


if __name__ == "__main__":
    main()
