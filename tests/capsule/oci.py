"""The real tools that capsules are for: cosign, oras, and a registry of Docker on loopback."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

TOOLS = Path.home() / ".local" / "bin"  # where .ci/run puts them
PATIENCE = 30
_LISTENING = re.compile(r"listening on (127\.0\.0\.1:\d+)")


def tool(name: str) -> str:
    """Return the path of a tool. Without it nothing is proved, so its absence is a failure and no skip."""
    found = shutil.which(name, path=os.pathsep.join([str(TOOLS), os.environ["PATH"]]))
    if found is None:
        pytest.fail(f"there is no {name} in {TOOLS} or on PATH: run .ci/run")
    return found


def run(name: str, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a tool without the settings and logins of whoever tests, and return what it said."""
    nobody = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}
    return subprocess.run(
        [tool(name), *words], env=nobody, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


def cosign(command: str, key: Path, place: str | Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Have cosign verify a layout in a folder, or what a registry on loopback has under a reference."""
    where = "--local-image" if isinstance(place, Path) else "--allow-http-registry"
    return run("cosign", command, where, "--key", key, "--insecure-ignore-tlog=true", *options, place)


def oras(*words: str | Path) -> str:
    """Have oras do something, and return what it printed."""
    done = run("oras", *words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def layout(files: dict[str, bytes], folder: Path) -> Path:
    """Write a layout as the folder that cosign wants, and return it."""
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Run a registry that keeps everything in a folder; give its host and port."""
    about = {
        "version": 0.1,
        "storage": {"filesystem": {"rootdirectory": str(folder / "storage")}},
        "http": {"addr": "127.0.0.1:0"},
    }
    folder.mkdir(parents=True, exist_ok=True)
    settings, log = folder / "registry.json", folder / "log"
    settings.write_text(json.dumps(about))
    with log.open("wb") as said:
        command = [tool("docker-registry"), "serve", str(settings)]
        server = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
    try:
        yield _address(server, log)
    finally:
        server.terminate()
        server.wait(PATIENCE)


def _address(server: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + PATIENCE
    while not (found := _LISTENING.search(log.read_text())):
        assert server.poll() is None, log.read_text()
        assert time.monotonic() < deadline, "the registry did not come up"
        time.sleep(0.02)
    return found[1]
