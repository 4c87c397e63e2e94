"""An overlay: what a domain or a regulation knows, as it is read from `overlays/{domains,compliance}`."""

from __future__ import annotations

from typing import Literal

from qlf.model.addition import Addition
from qlf.model.brief import EntityDecl, RoleDecl
from qlf.model.prompt import PromptText
from qlf.model.value import Node, Value

Kind = Literal["domain", "compliance"]
CERTAIN = 100  # the weight of words that name an overlay


class Word(Value):
    """A word or phrase that speaks for an overlay; CERTAIN is the greatest weight, 1 the least."""

    phrase: str
    weight: int


class OverlayName(Node):
    """The name of an overlay where another one says it."""

    name: str


class CatalogueEntity(Node):
    """An entity that a domain knows, and the words, in the singular, by which prose names it."""

    entity: EntityDecl
    words: tuple[str, ...]


class Overlay(Node):
    """One overlay.

    `digest` is over what the file says and not over how it is written. `shipped` tells that it comes with the
    factory. Of two overlays the one with the higher `priority` is applied later and wins.
    `roles` are those that the clauses of `entities` name. `additions` are made to every application in which
    it takes part, and `controls` are the catalogues of controls that it brings in there. `templates` are the
    agents for which there are templates beside its file, `policies` what an application must keep to,
    and `prompts` what agents are told that a language model plays.
    """

    name: str
    version: str
    kind: Kind
    title: str
    description: str
    requires: tuple[OverlayName, ...] = ()
    conflicts: tuple[OverlayName, ...] = ()
    priority: int = 0
    words: tuple[Word, ...] = ()
    roles: tuple[RoleDecl, ...] = ()
    entities: tuple[CatalogueEntity, ...] = ()
    additions: tuple[Addition, ...] = ()
    controls: tuple[OverlayName, ...] = ()
    templates: tuple[OverlayName, ...] = ()
    policies: tuple[OverlayName, ...] = ()
    prompts: tuple[PromptText, ...] = ()
    digest: str
    shipped: bool = False

    @property
    def brings(self) -> tuple[tuple[str, Node], ...]:
        """The entities of its own that every application gets, each with the clause that says so."""
        return tuple(
            (name, setting)
            for addition in self.additions
            for setting in addition.settings
            if setting.path == "entities" and isinstance(setting.value, tuple)
            for name in setting.value
        )
