"""Environments: one virtual environment per lock file and Python version, outside the repository.

It is made once by `uv` from wheels whose hashes the lock gives, and shared by all gates and briefs.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qlf.model.canonical import digest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PYTHON = platform.python_version()
# The name of the marker is part of every digest: raise its number when environments are made differently.
_MARKER = "qlf-environment-1"
_PATIENCE = 900
_PASSED_ON = re.compile(
    r"(UV|PIP|SSL|REQUESTS|CURL|XDG)_\w+|PATH|HOME|TMPDIR|LANG|(?i:(https?|all|no)_proxy)|NETRC"
)
_REQUIREMENT = re.compile(
    r"([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[A-Za-z0-9._,-]+\])?==([A-Za-z0-9.!+_-]+)( ;[^\\]+)? \\"
)
_HASH = re.compile(r" +--hash=sha256:[0-9a-f]{64}( \\)?")


@dataclass(frozen=True, slots=True)
class Environment:
    """A finished environment: where it is, which lock it is made from, and the versions in it."""

    name: str
    folder: Path
    key: str
    versions: Mapping[str, str] = field(hash=False)

    @property
    def programs(self) -> Path:
        """Return the folder of its programs."""
        return self.folder / ("Scripts" if os.name == "nt" else "bin")

    @property
    def python(self) -> Path:
        """Return its interpreter."""
        return self.programs / "python"


def key_of(lock: bytes) -> str:
    """Return the digest that names the environment of a lock on this machine's Python."""
    about = f"{_MARKER}\n{sys.implementation.cache_tag}\n{PYTHON}\n{sys.platform}\n{platform.machine()}\n"
    return digest(about.encode() + lock)


def locked(lock: bytes) -> dict[str, str] | str:
    """Return the versions that a lock pins, by package, or why it is no lock with hashes.

    Only `NAME==VERSION` and `--hash=sha256:` are understood: no address, no path and no option can come in.
    """
    versions: dict[str, str] = {}
    for number, line in enumerate(lock.decode("utf-8", "replace").splitlines(), 1):
        if not line.strip() or line.startswith("#") or _HASH.fullmatch(line):
            continue
        match = _REQUIREMENT.fullmatch(line)
        if not match:
            return f"line {number} of the lock is neither NAME==VERSION \\ nor --hash=sha256:..."
        versions[re.sub(r"[-_.]+", "-", match[1]).lower()] = match[2]
    return versions or "the lock names no package"


def provide(name: str, lock: bytes, cache: Path) -> Environment | str:
    """Return the environment of a lock, made if it is not there yet, or why there is none.

    Safe to call from many processes at once: one makes it, the others wait. An environment is complete
    when its marker is there, so one that was interrupted is made anew.
    """
    versions = locked(lock)
    if isinstance(versions, str):
        return versions
    key = key_of(lock)
    made = Environment(name, cache / "environments" / key, key, versions)
    if _complete(made):
        return made
    from filelock import FileLock  # noqa: PLC0415 - only whoever makes an environment pays for it

    made.folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with FileLock(f"{made.folder}.lock"):
        if _complete(made):
            return made
        return _make(made, lock) or made


def _complete(made: Environment) -> bool:
    return (made.folder / _MARKER).is_file() and made.python.exists()


def _make(made: Environment, lock: bytes) -> str | None:
    import uv  # noqa: PLC0415 - as above

    shutil.rmtree(made.folder, ignore_errors=True)
    file = made.folder.with_suffix(".txt")
    file.write_bytes(lock)
    program = uv.find_uv_bin()
    venv = [program, "venv", "--quiet", "--no-project", "--python", sys.executable, str(made.folder)]
    sync = [program, "pip", "sync", "--quiet", "--require-hashes", "--no-build", "--compile-bytecode"]
    sync += ["--python", str(made.python), str(file)]
    try:
        reason = _run(venv, made.folder.parent)
        # What uv has kept is enough without any network, and the hashes say that it is the same.
        if reason is None and _run([*sync, "--offline"], made.folder.parent) is not None:
            reason = _run(sync, made.folder.parent)
    finally:
        file.unlink(missing_ok=True)
    if reason is None:
        (made.folder / _MARKER).touch()
    return reason


def passed_on() -> dict[str, str]:
    """Return what of the environment a tool may see: how to reach registries and places, and no secret."""
    return {name: value for name, value in os.environ.items() if _PASSED_ON.fullmatch(name)}


def _run(command: list[str], folder: Path) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603 - uv with words of ours, no shell
            command,
            cwd=folder,
            env=passed_on(),
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"uv took more than {_PATIENCE} s"
    if done.returncode == 0:
        return None
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    return f"uv failed: {' '.join(lines)[-400:] or done.returncode}"
