"""Writes the contract: one OpenAPI document."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from qlf.agents.api.document import document
from qlf.model.agent import Agent, Reads
from qlf.model.patch import Document, Patch

if TYPE_CHECKING:
    from pathlib import Path

    from qlf.model.spec import Spec


def write(spec: Spec, templates: tuple[Path, ...] = ()) -> str:  # noqa: ARG001 - there are none
    """Return the contract as SOC text."""
    text = json.dumps(document(spec), indent=2, ensure_ascii=False) + "\n"
    return Patch(documents=(Document(path="api/openapi.json", text=text),)).render()


AGENT = Agent(
    name="api",
    reads=Reads(
        sections=("title", "version", "prose", "auth", "enums", "entities", "api"),
        without=(
            "access",
            "attempts",
            "attempts_seconds",
            "checks",
            "classes",
            "column",
            "computed",
            "guard",
            "here",
            "hidden",
            "idle_seconds",
            "immutable",
            "indexed",
            "indexes",
            "initial",
            "inverse",
            "lock_attempts",
            "lock_seconds",
            "managed",
            "omits",
            "owner",
            "owning",
            "password_minimum",
            "password_mixed",
            "refresh_seconds",
            "renamed_from",
            "retention",
            "second_factor",
            "signup_role",
            "soft_delete",
            "system",
            "table",
            "there",
            "timestamps",
            "unique",
            "via",
            "writable",
        ),
    ),
    owns=("api/",),
    write=write,
)
