"""`qlf run`."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import time
import urllib.request
from typing import TYPE_CHECKING

import click

from qlf.cli.output import say, tell
from qlf.cli.place import complete_briefs, enter, unknown
from qlf.errors import EXIT_INTERRUPTED, EXIT_OK, EXIT_RED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from qlf.errors import Problem
    from qlf.repository import Repository

PATIENCE = 30.0
GRACE = 25.0


@click.command(epilog="Example:  qlf run ecommerce-mvp")
@click.argument("name", shell_complete=complete_briefs)
@click.option("--port", type=click.IntRange(1, 65535), help="The port; a free one if left out.")
@click.option("--fresh", is_flag=True, help="Begin with a new database.")
def command(name: str, port: int | None, fresh: bool) -> int:
    """Start an application that has been built, and print its URL.

    Its SQLite database lies in build/NAME/run/, migrated and seeded; the seeds
    have a user for each role, with the password that the application's README.md
    tells.
    Ctrl-C ends it.
    """
    repository = enter()
    if isinstance(repository, list):
        return tell(repository)
    if problems := unknown((name,), repository):
        return tell(problems)
    python = _python(repository, name)
    if not isinstance(python, str):
        return tell([python])
    return _serve(repository, name, python, port, fresh=fresh)


def _python(repository: Repository, name: str) -> str | Problem:
    """Return the interpreter of the application's environment, made if it is not there yet."""
    from qlf.environment import provide  # noqa: PLC0415
    from qlf.errors import Problem  # noqa: PLC0415

    lock = repository.build(name) / "app" / "backend" / "requirements.lock"
    if not lock.is_file():
        return Problem(lock.as_posix(), 0, 0, "the application has not been built", f"qlf build {name}")
    made = provide("runtime", lock.read_bytes(), repository.cache().absolute())
    if isinstance(made, str):
        return Problem(lock.as_posix(), 0, 0, f"its environment cannot be made: {made}", "see `qlf doctor`")
    return str(made.python)


def _serve(repository: Repository, name: str, python: str, port: int | None, *, fresh: bool) -> int:
    from qlf.gates.server import free_port  # noqa: PLC0415

    folder = repository.build(name) / "run"
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    variables = _variables(folder)
    backend = (repository.build(name) / "app" / "backend").absolute()
    for step in () if (folder / "seeded").exists() else ("migrate", "seed"):
        done = subprocess.run(  # noqa: S603 - the application that was built here
            [python, "-m", "app", step],
            cwd=backend,
            env=variables,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            click.echo(done.stderr, err=True, nl=False)
            what = f"`{step}` ended with code {done.returncode}"
            click.echo(f"{what}; to begin with a new database: qlf run {name} --fresh", err=True)
            return EXIT_RED
    (folder / "seeded").touch()
    chosen = port or free_port()
    words = [python, "-m", "app", "serve", "--host", "127.0.0.1", "--port", str(chosen)]
    with (folder / "server.log").open("ab") as log:
        started = subprocess.Popen(  # noqa: S603 - the application that was built here
            words,
            cwd=backend,
            env=variables,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        return _attend(started, name, f"http://127.0.0.1:{chosen}", folder)


def _variables(folder: Path) -> dict[str, str]:
    """Return the environment of the application: that of the gates, for development."""
    key = _key(folder)
    kept = ("PATH", "HOME", "TMPDIR", "LANG", "LD_LIBRARY_PATH")
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        "APP_DATABASE_URL": f"sqlite:///{folder.absolute() / 'development.db'}",
        "APP_ENVIRONMENT": "development",
        "APP_SECRET_KEY": secrets.token_urlsafe(48),
        "APP_ENCRYPTION_KEYS": f"development:{key}",
        "APP_DIGEST_KEY": f"development:{key}",
        "APP_AUDIT_KEY": key,
    }


def _key(folder: Path) -> str:
    """Return the key that goes with the development database: 32 bytes in hexadecimal."""
    path = folder / "key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32), encoding="ascii")
    return path.read_text(encoding="ascii")


def _attend(started: subprocess.Popen[bytes], name: str, url: str, folder: Path) -> int:
    """Wait until the application answers, print its URL, and wait until it ends or is told to."""
    previous = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        for _ in _until_ready(started, url):
            time.sleep(0.05)
        if started.poll() is None:
            say(f"{name} runs at {url}")
            say(f"  ready    {url}/health/ready")
            say(f"  contract {url}/openapi.json")
            say(f"  log      {folder / 'server.log'}")
            say("Ctrl-C ends it.")
        started.wait()
        click.echo(
            f"the application ended with code {started.returncode}; see {folder / 'server.log'}", err=True
        )
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    else:
        return EXIT_OK if started.returncode == 0 else EXIT_RED
    finally:
        signal.signal(signal.SIGTERM, previous)
        _end(started)


def _until_ready(started: subprocess.Popen[bytes], url: str) -> Iterator[None]:
    # Proxies of the machine are not for talking to ourselves.
    loopback = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + PATIENCE
    while started.poll() is None and time.monotonic() < deadline:
        try:
            with loopback.open(f"{url}/health/ready", timeout=2):
                return
        except OSError:
            yield


def _end(started: subprocess.Popen[bytes]) -> None:
    """Ask the application to finish what it answers; kill it if it does not."""
    if started.poll() is None:
        started.terminate()
        try:
            started.wait(GRACE)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            os.killpg(started.pid, signal.SIGKILL)
            started.wait()
