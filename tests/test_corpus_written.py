"""Every text of the corpus becomes an application: no agent stumbles over any of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from qlf.agents.registry import AGENTS, agent
from qlf.compile.compile import compile_brief
from qlf.compile.inference import brief_from_text, infer
from qlf.compile.slices import slice_spec
from qlf.config import Settings
from qlf.model.spec import Spec
from qlf.repository import Repository
from qlf.stages import overlays

CORPUS: dict[str, list[dict[str, Any]]] = yaml.safe_load(
    (Path(__file__).parent / "corpus" / "inference.yaml").read_text(encoding="utf-8")
)
CHUNKS = 8


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_every_agent_writes_every_text(chunk: int) -> None:
    library = overlays(Repository(Path(), Settings()))
    assert isinstance(library, tuple)
    texts = [each["text"] for part in CORPUS.values() for each in part][chunk::CHUNKS]
    assert len(texts) >= 15
    for text in texts:
        spec = compile_brief(infer(brief_from_text(text, "said"), library))
        assert isinstance(spec, Spec), text
        for name in AGENTS:
            assert agent(name).write(slice_spec(spec, agent(name).reads)).endswith("### END\n"), text
