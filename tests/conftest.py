from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

# The application on which the gates are tried has tests of its own, which its gates run.
collect_ignore = ["gates/notes_app"]

# A shell has what it starts in the background ignore SIGINT, and so do all that inherit that from it: whoever
# waits for an interrupted command would wait for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

BINARIES = Path("/usr/lib/postgresql/15/bin")
PATIENCE = 30


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server of this test process alone on a free port of loopback, as its superuser."""
    if not (BINARIES / "initdb").exists():
        pytest.skip(f"no PostgreSQL in {BINARIES}")
    # The server refuses to run as root; its folder must be one that its user can reach.
    user = "postgres" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="qlf-postgres-"))
    if user:
        shutil.chown(folder, user)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    try:
        with contextlib.ExitStack() as stack:
            server = stack.enter_context(_start(folder, port, user))
            stack.callback(os.killpg, server.pid, signal.SIGQUIT)
            _wait(port, folder, server)
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database of each kind, with nothing in it, as applications take it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/application.db"
    server: str = request.getfixturevalue("postgres_url")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("drop database if exists application")
        connection.execute("create database application")
    return re.sub(r"^postgresql:(.*)/postgres$", r"postgresql+psycopg:\1/application", server)


def _start(folder: Path, port: int, user: str | None) -> subprocess.Popen[bytes]:
    cluster = folder / "cluster"
    initdb: list[str | Path] = [
        BINARIES / "initdb",
        "-D",
        cluster,
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C",
    ]
    done = subprocess.run(initdb, cwd=folder, user=user, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    settings = (
        f"port={port}",
        "listen_addresses=127.0.0.1",
        f"unix_socket_directories={folder}",
        "fsync=off",
    )
    options = [word for setting in settings for word in ("-c", setting)]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [BINARIES / "postgres", "-D", cluster, *options],
            cwd=folder,
            user=user,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _wait(port: int, folder: Path, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    ready: list[str | Path] = [BINARIES / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
    while subprocess.run(ready, check=False).returncode != 0:
        assert server.poll() is None, (folder / "log").read_text()
        assert time.monotonic() < deadline, "PostgreSQL did not come up"
        time.sleep(0.05)
