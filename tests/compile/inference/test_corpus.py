import json
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
CORPUS: dict[str, list[dict[str, Any]]] = yaml.safe_load(
    (ROOT / "tests/corpus/inference.yaml").read_text("utf-8")
)
FLOORS = json.loads((ROOT / "tests/corpus/floors.json").read_text("utf-8"))["inference"]
SENTENCES = (
    "Create a FastAPI user management system",
    "Create a user management API with authentication",
    "PCI-compliant payment processor",
    "HIPAA-compliant patient portal with React frontend",
)


def _benchmark() -> ModuleType:
    spec = spec_from_file_location("inference_benchmark", ROOT / "benchmarks/inference.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules["inference_benchmark"] = module
    spec.loader.exec_module(module)
    return module


BENCHMARK = _benchmark()


def test_the_corpus_has_eighty_briefs_and_the_sentences_of_the_roadmap() -> None:
    texts = {case["text"] for case in CORPUS["core"]}
    assert len(texts) == len(CORPUS["core"]) >= 80
    assert len(CORPUS["held_out"]) >= 20
    assert texts >= set(SENTENCES)


def test_figures_only_rise() -> None:
    command = [sys.executable, str(ROOT / "benchmarks/inference.py"), "--json"]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    measured = json.loads(run.stdout)
    fallen = [
        f"{part}.{kind}.{figure}: {measured[part][kind][figure]} < {floor}"
        for part, kinds in FLOORS.items()
        for kind, figures in kinds.items()
        for figure, floor in figures.items()
        if measured[part][kind][figure] < floor
    ]
    assert not fallen


@pytest.mark.parametrize(
    "case", CORPUS["core"], ids=lambda case: " ".join(case["text"].split())[:60] or "(nothing)"
)
def test_entities_are_those_that_must_be_there_and_none_that_must_not(case: dict[str, Any]) -> None:
    scores = {kind: BENCHMARK.Score() for kind in BENCHMARK.KINDS}
    BENCHMARK.judge(case, scores)
    assert (scores["entities"].missed, scores["entities"].wrong) == ([], [])
