"""Applications generated from briefs, and one of them running."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import psycopg
import pytest

from qlf.agents.registry import AGENTS
from qlf.config import Cache, Gates, Settings
from qlf.environment import Environment, provide
from qlf.pipeline import ASSEMBLE, COMPILE, GENERATE, Step
from qlf.repository import Repository
from qlf.store import cache_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

ROOT = Path(__file__).parents[2]
BRIEFS = {path.stem: path for path in [*ROOT.glob("briefs/*.md"), *Path(__file__).parent.glob("briefs/*.md")]}
PATIENCE = 30
KEY = "0123456789abcdef" * 4
SECRET = "only-as-long-as-a-test-lasts-" * 2


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory, postgres_url: str) -> Callable[[str], Repository]:
    """Give the repository of a brief whose tree has been assembled."""
    made: dict[str, Repository] = {}
    cache = tmp_path_factory.mktemp("cache")
    environments = cache_folder() / "environments"
    environments.mkdir(parents=True, exist_ok=True)
    (cache / "environments").symlink_to(environments, target_is_directory=True)

    def generated(name: str) -> Repository:
        if name not in made:
            root = tmp_path_factory.mktemp(name)
            (root / "briefs").mkdir()
            shutil.copy(BRIEFS[name], root / "briefs" / f"{name}.md")
            gates = Gates(postgres_url=postgres_url)
            repository = Repository(root, Settings(cache=Cache(folder=str(cache)), gates=gates))
            parts = (Step(GENERATE, name, agent) for agent in AGENTS)
            for step in (Step(COMPILE, name), *parts, Step(ASSEMBLE, name)):
                assert step.run(repository).problems == (), step.name
            made[name] = repository
        return made[name]

    return generated


def environment(tree: Path, lock: str) -> Environment:
    """Return the environment of one of the application's locks."""
    made = provide("app", (tree / "backend" / lock).read_bytes(), cache_folder())
    assert isinstance(made, Environment), made
    return made


@dataclass
class Server:
    """The running application, and who speaks to it; everyone is told apart by their token."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path
    client: httpx.Client
    tokens: dict[str, str] = field(default_factory=dict)

    def request(
        self, method: str, path: str, *, by: str = "", json: object = None, match: str = "", **headers: str
    ) -> httpx.Response:
        """Send a request as `by`, an address or a seeded role, or as nobody."""
        if by:
            headers["Authorization"] = f"Bearer {self.token(by)}"
        if match:
            headers["If-Match"] = match
        url = f"{self.url}{path}" if path.startswith(("/health", "/metrics")) else f"{self.url}/api/v1{path}"
        return self.client.request(method, url, json=json, headers=headers)

    def token(self, by: str) -> str:
        if by not in self.tokens:
            email = by if "@" in by else f"{by}@example.com"
            body = {"email": email, "password": "development-only-password"}
            answer = self.request("POST", "/auth/login", json=body)
            assert answer.status_code == 200, answer.text
            self.tokens[by] = answer.json()["access_token"]
        return self.tokens[by]

    def get(self, path: str, by: str = "") -> Any:  # noqa: ANN401 - JSON
        """Return what a path answers."""
        answer = self.request("GET", path, by=by)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def make(self, path: str, by: str, **body: object) -> Any:  # noqa: ANN401 - JSON
        """Create a row, and return it."""
        answer = self.request("POST", path, by=by, json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def logged(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def logged_when(self, *texts: str) -> str:
        """Return what has been logged as soon as some texts are in whole lines of it, or in the end."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            whole = self.logged().rpartition("\n")[0]
            if all(text in whole for text in texts):
                return whole
            time.sleep(0.05)
        return self.logged()


@contextmanager
def _serving(tree: Path, url: str, folder: Path, *, seeded: bool = True, **settings: str) -> Iterator[Server]:
    """Migrate and seed a database, and serve the application from it until the context is left.

    `settings` are variables besides those that every application may need.
    """
    program = environment(tree, "requirements.lock").python
    variables = {
        "PATH": os.defpath,
        "APP_DATABASE_URL": url,
        "APP_SECRET_KEY": SECRET,
        "APP_ENCRYPTION_KEYS": f"e2e:{KEY}",
        "APP_DIGEST_KEY": f"e2e:{KEY}",
        "APP_AUDIT_KEY": KEY,
        "APP_ENVIRONMENT": "test",
        "APP_AUTH_ATTEMPTS": "1000000",
        **settings,
    }
    app = [str(program), "-m", "app"]
    for command in ("migrate", "seed") if seeded else ("migrate",):
        subprocess.run([*app, command], cwd=tree / "backend", env=variables, check=True, timeout=PATIENCE)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*app, "serve", "--port", str(port)],
            cwd=tree / "backend",
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        with httpx.Client(trust_env=False, timeout=PATIENCE) as client:
            server = Server(process, f"http://127.0.0.1:{port}", log, client)
            _wait(server)
            yield server
    finally:
        process.kill()
        process.wait()


def _wait(server: Server) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        assert server.process.poll() is None, server.logged()
        assert time.monotonic() < deadline, "the application did not come up"
        try:
            if server.request("GET", "/health/ready").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('database')}/shop.db"
    server: str = request.getfixturevalue("postgres_url")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("create database e2e_shop")
    return re.sub(r"^postgresql:(.*)/postgres$", r"postgresql+psycopg:\1/e2e_shop", server)


@pytest.fixture(scope="session")
def serving() -> Callable[..., AbstractContextManager[Server]]:
    """Serve a tree from a database, logging into a folder."""
    return _serving


@pytest.fixture(scope="session")
def shop(
    generated: Callable[[str], Repository], database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """Serve the shop."""
    tree = generated("ecommerce-mvp").build("ecommerce-mvp") / "app"
    with _serving(tree, database, tmp_path_factory.mktemp("server")) as server:
        yield server
