"""What an overlay adds to a spec, by path: which nodes, and what is said of them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from qlf.model.value import Node, Value

Target = Literal["application", "auth", "entities", "fields", "routes"]
Mode = Literal["set", "default", "add"]
Said = str | int | bool | tuple[str, ...]
Form = Literal["flag", "count", "size", "name", "names"]

# What can be said of each kind of node: the paths, and the form of their values. `names` add up.
PATHS: dict[Target, dict[str, Form]] = {
    "application": {
        "entities": "names",
        "safeguards.audit.keep_days": "count",
        "safeguards.emergency.roles": "names",
        "safeguards.emergency.seconds": "count",
        "safeguards.subject_rights": "flag",
        "safeguards.transport": "flag",
    },
    "auth": {
        "access_seconds": "count",
        "attempts": "count",
        "attempts_seconds": "count",
        "idle_seconds": "count",
        "lock_attempts": "count",
        "lock_seconds": "count",
        "password_minimum": "count",
        "password_mixed": "flag",
        "refresh_seconds": "count",
        "second_factor": "flag",
    },
    "entities": {"retention.days": "count", "retention.since": "name"},
    "fields": {
        "encrypted": "flag",
        "mask.first": "size",
        "mask.last": "size",
        "mask.roles": "names",
    },
    "routes": {"audited": "flag"},
}
# By what nodes are selected; each condition is one word or several, of which one must fit.
CONDITIONS: dict[Target, tuple[str, ...]] = {
    "application": (),
    "auth": (),
    "entities": ("class", "name"),
    "fields": ("class", "entity", "kind", "name"),
    "routes": ("kind", "reads", "writes"),
}


class Selector(Value):
    """Nodes of one kind: those that fit each of `where`, and none of `unless`."""

    target: Target
    where: dict[str, tuple[str, ...]] = Field(default={})
    unless: dict[str, tuple[str, ...]] = Field(default={})


class Setting(Node):
    """One value at one path of the selected nodes.

    `set`: it must be so. `default`: it is so unless the brief or something set says otherwise. `add`: it is
    one of several.
    """

    path: str
    mode: Mode
    value: Said


class Addition(Node):
    """One clause of `additions`. `forbid` says why there must be no such node."""

    selector: Selector
    settings: tuple[Setting, ...] = ()
    forbid: str = ""
