"""Mypy with `--output json`: one JSON object a line.

Exit codes: 0 nothing found, 1 something found, 2 a file that does not parse or mypy's own failure; the
two are told apart by whether there are results. Its cache is worth seconds, so it stays from run to run,
and a new application starts with what is known about the packages that all of them use.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from typing import TYPE_CHECKING

from qlf.gates.job import Job, Place, Report, Runner

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from qlf.model.finding import Finding

_LARGEST_CODE = 2
_KEPT = 12
_SEEDS = ("seed", "seed.new")


def check(job: Job) -> Report:
    """Run mypy with the application's cache, or with an empty one while another run has it."""
    from filelock import FileLock, Timeout  # noqa: PLC0415 - a gate that is not run does not pay for it

    if "app" not in job.environments:
        return job.unproven("the application's environment is missing")
    shared = job.cache / "mypy" / f"{job.environments['app'].key[:16]}-{job.environment.key[:16]}"
    shared.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(shared / f"{job.app}.lock", timeout=0):
            _prune(shared, job.app)
            return _check(job, _seeded(shared, job.app))
    except Timeout:
        return _check(job, job.work / "cache")


def _seeded(shared: Path, app: str) -> Path:
    own = shared / app
    if own.is_dir():
        own.touch()
    elif (seed := shared / _SEEDS[0]).is_dir():
        shutil.copytree(seed, own)
    return own


def _prune(shared: Path, app: str) -> None:
    """Let go of the caches that were not used for longest; what a run still reads is kept by its lock."""
    from filelock import FileLock, Timeout  # noqa: PLC0415 - as above

    others = [folder for folder in shared.iterdir() if folder.is_dir() and folder.name not in {app, *_SEEDS}]
    newest_first = sorted(others, key=lambda folder: folder.stat().st_mtime, reverse=True)
    for folder in newest_first[_KEPT:]:
        with contextlib.suppress(Timeout), FileLock(f"{folder}.lock", timeout=0):
            shutil.rmtree(folder, ignore_errors=True)


def _check(job: Job, cache: Path) -> Report:
    new = not cache.is_dir()
    ended = job.run(job.program("mypy"), "--output", "json", "--cache-dir", str(cache), *job.arguments)
    if isinstance(ended, Report):
        return ended
    try:
        findings = tuple(_findings(job, ended.output))
    except (ValueError, KeyError, TypeError) as error:
        return (
            job.crashed(ended) if ended.code else job.unproven(f"unreadable report: {error!r}", ended.seconds)
        )
    errors = any(one.level == "error" for one in findings)
    if not 0 <= (ended.code or 0) <= _LARGEST_CODE or errors != bool(ended.code):
        return job.crashed(ended)
    if new and not ended.code:
        _plant(cache, cache.with_name(_SEEDS[0]))
    return job.judged(findings, job.count(".py"), ended.seconds)


def _plant(cache: Path, seed: Path) -> None:
    from filelock import FileLock  # noqa: PLC0415 - as above

    with FileLock(f"{seed}.lock"):
        if not seed.exists():
            growing = seed.with_name(_SEEDS[1])
            shutil.rmtree(growing, ignore_errors=True)
            shutil.copytree(cache, growing)
            growing.rename(seed)


def _findings(job: Job, report: bytes) -> Iterator[Finding]:
    for line in report.decode("utf-8").splitlines():
        if line.strip():
            result = json.loads(line)
            message = "; ".join(part for part in (result["message"], result.get("hint")) if part)
            place = Place(result["file"], result["line"], result["column"] + 1)
            yield job.finding(result["code"] or "mypy", job.level(result["severity"]), message, place)


RUNNER = Runner(check, frozenset({"jsonl"}))
