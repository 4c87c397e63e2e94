from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = ["pack, in process", "verify, in process", "qlf package", "qlf capsule verify"]
PEERS = ["tar, gzip, cosign sign-blob", "cosign verify-blob"]


def measured(*words: str) -> str:
    script = ROOT / "benchmarks" / "capsule.py"
    ended = subprocess.run(
        [sys.executable, script, "--runs", "1", *words], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.mark.slow
def test_packing_verifying_and_their_peers_are_measured() -> None:
    told = json.loads(measured("--json"))
    assert [row["name"] for row in told["rows"]] == [*OURS, *PEERS]
    for row in told["rows"]:
        assert len(row["seconds"]) == len(row["cpu"]) == 1, row["why"]
        assert 0 < row["median"] < 60
        assert 2 < row["resident_mb"] < 500
        assert row["files"] == told["sizes"]["files"]
    assert 120 < told["sizes"]["files"] < 300
    assert told["sizes"]["bytes of a capsule"] > told["sizes"]["bytes of a tar.gz"] > 10_000
    assert {name: bound for name, (bound, _) in told["aims"].items()} == dict.fromkeys(OURS[:2], 0.3)


@pytest.mark.slow
def test_what_is_measured_is_printed() -> None:
    lines = measured().splitlines()
    assert [line.strip().partition("  ")[0] for line in lines[1:7]] == [*OURS, *PEERS]
    assert all(" s  (" in line and line.endswith(" MB") for line in lines[1:7])
    assert lines[7].startswith("  aim: pack, in process below 0.3 s: ")
