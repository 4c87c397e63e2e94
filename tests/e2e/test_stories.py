"""Changes as a team sees them: a branch, the comment under it, the merge, the deployed database."""

from __future__ import annotations

import base64
import os
import re
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg
import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from qlf.store import cache_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.e2e.conftest import Server

    Serving = Callable[..., AbstractContextManager[Server]]
    Begun = Callable[[str, str], "Project"]

pytestmark = pytest.mark.slow

WORKSHOP = """---
auth: false
entities:
  Tool:
    fields:
      name: text! max=80
      state: enum(free, lent) = free
      note: text max=200
operations:
  retire:
    on: Tool
    effects:
      - {update: this, set: {note: '"retired"'}}
      - {update: this, set: {state: '"lent"'}}
---
# Workshop

Tools that neighbours lend to each other.
"""
SURGERY = """---
roles: [patient, doctor]
entities:
  Patient:
    owner: user
    fields:
      name: text! max=120
      born_on: date! @phi
      ills: text @phi max=200
      doctor: User
    access:
      patient: create own, read own
      doctor: read where this.doctor == viewer
---
# Surgery

Patients keep what ails them; their doctor reads it.
"""
PASSWORD = "long-enough-to-be-safe-42"


@dataclass(frozen=True)
class Project:
    """A git repository with one brief, and the database that its application is deployed on."""

    root: Path
    brief: str
    url: str
    serving: Serving

    def git(self, *words: str) -> str:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        who = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        for role in ("AUTHOR", "COMMITTER"):
            who |= {f"GIT_{role}_NAME": "Somebody", f"GIT_{role}_EMAIL": "somebody@example.com"}
        done = subprocess.run(
            ["git", *words], cwd=self.root, env=kept | who, check=True, capture_output=True, text=True
        )
        return done.stdout

    def commit(self, message: str) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)

    def qlf(self, *words: str) -> str:
        """Run a command that has to succeed, and return what it prints."""
        env = {**os.environ, "QLF_GATES": "static,unit,policy,compliance", "QLF_CACHE": str(cache_folder())}
        done = subprocess.run(
            [sys.executable, "-m", "qlf", *words],
            cwd=self.root,
            env=env,
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def edit(self, path: str, old: str, new: str) -> None:
        file = self.root / path
        text = file.read_text(encoding="utf-8")
        assert old in text, text
        file.write_text(text.replace(old, new), encoding="utf-8")

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        """Ask the database itself."""
        if self.url.startswith("sqlite"):
            with sqlite3.connect(self.url.removeprefix("sqlite:///")) as lite:
                return lite.execute(statement).fetchall()
        with psycopg.connect(self.url.replace("+psycopg", "")) as big:
            return big.execute(statement.encode()).fetchall()

    def deployed(self) -> AbstractContextManager[Server]:
        """Migrate the database and serve what is built now."""
        tree = self.root / "build" / self.brief / "app"
        return self.serving(tree, self.url, self.root.parent, seeded=False)


@pytest.fixture
def begun(tmp_path: Path, database_url: str, serving: Serving) -> Begun:
    """Begin the repository of a brief whose application has its first migration and is built."""
    return lambda brief, text: _begun(Project(tmp_path / "repository", brief, database_url, serving), text)


def _begun(made: Project, text: str) -> Project:
    root, brief = made.root, made.brief
    (root / "briefs").mkdir(parents=True)
    (root / "briefs" / f"{brief}.md").write_text(text, encoding="utf-8")
    (root / "factory.toml").write_text("", encoding="utf-8")
    (root / ".gitignore").write_text("build/\n", encoding="utf-8")
    made.git("init", "-q", "-b", "main")
    made.qlf("migrate", brief)
    made.qlf("build", brief)
    made.commit("The first version")
    return made


def test_a_field_is_renamed_under_a_service_that_was_changed_by_hand(begun: Begun) -> None:
    work = begun("workshop", WORKSHOP)
    service = "backend/app/operations/retire.py"
    work.qlf("edit", "workshop")
    work.edit(
        f"build/workshop/edit/app/{service}", "LENT\n", 'LENT\n    tool.name = f"{tool.name} (retired)"\n'
    )
    work.qlf("patch", "save", "workshop", "-m", "who retires a tool shall see it in its name")
    work.qlf("build")
    work.commit("Say so in the name")
    with work.deployed() as server:
        saw = server.make("/tools", "", name="Saw")
        file = server.make("/tools", "", name="File", note="blunt")
        assert server.request("POST", f"/tools/{saw['id']}/retire").status_code == 204

    work.git("checkout", "-q", "-b", "remarks")
    brief = "briefs/workshop.md"
    work.edit(brief, "note: text max=200", "remark: {type: text, max: 200, renamed_from: note}")
    work.edit(brief, "set: {note:", "set: {remark:")
    work.qlf("migrate", "workshop", "-m", "Notes are remarks")
    work.qlf("build")
    work.commit("Notes are remarks")
    comment = work.qlf("diff", "main", "remarks", "--format", "markdown")
    assert "Tool\\.remark is new" in comment
    assert "breaking: column tools\\.note becomes remark" in comment
    assert f"`{service}` changed: \\+1 \\-1" in comment
    assert '-    tool.note = "retired"\n+    tool.remark = "retired"\n' in comment
    assert '     tool.name = f"{tool.name} (retired)"\n' in comment
    assert "API: breaks clients" in comment

    work.git("checkout", "-q", "main")
    work.git("merge", "-q", "--no-ff", "-m", "Merge remarks", "remarks")
    work.qlf("build")
    with work.deployed() as server:
        rows = {each["id"]: (each["name"], each["remark"]) for each in server.get("/tools")["items"]}
        assert rows == {saw["id"]: ("Saw (retired)", "retired"), file["id"]: ("File", "blunt")}
        assert server.request("POST", f"/tools/{file['id']}/retire").status_code == 204
        assert server.get(f"/tools/{file['id']}")["name"] == "File (retired)"
        assert server.get(f"/tools/{file['id']}")["remark"] == "retired"


def test_an_overlay_adds_controls_to_an_application_with_rows(begun: Begun) -> None:
    work = begun("surgery", SURGERY)
    account = {"email": "ann@example.com", "password": PASSWORD}
    with work.deployed() as server:
        assert server.request("POST", "/auth/register", json=account).status_code == 201
        tokens = server.request("POST", "/auth/login", json=account).json()
        server.tokens["ann@example.com"] = tokens["access_token"]
        ann = server.make("/patients", "ann@example.com", name="Ann", born_on="1987-06-05", ills="gout")

    work.git("checkout", "-q", "-b", "hipaa")
    work.edit("briefs/surgery.md", "roles:", "overlays: [hipaa]\nroles:")
    work.qlf("migrate", "surgery", "-m", "Comply with HIPAA", "--expand")
    work.qlf("build")
    work.commit("Comply with HIPAA")
    comment = work.qlf("diff", "main", "hipaa", "--format", "markdown")
    assert "overlay hipaa is new" in comment
    assert "Patient\\.ills\\: encrypted" in comment
    assert re.search(r"\*\*Controls gained\*\*\n\n(- .*\n)*- hipaa\\-164\\\.312\\\.a", comment)
    assert "safe: table audit\\_events is added" in comment
    assert "breaking: column patients\\.ills\\_sealed is added" in comment

    work.git("checkout", "-q", "main")
    work.git("merge", "-q", "--no-ff", "-m", "Merge hipaa", "hipaa")
    work.qlf("build")
    with work.deployed() as server:
        code = set_up_second_factor(server, account)
        assert server.get(f"/patients/{ann['id']}", "ann@example.com")["ills"] == "gout"
    assert work.rows("select born_on, ills from patients") == [(None, None)]

    work.qlf("migrate", "surgery", "--contract", "--accept-data-loss")
    work.qlf("build")
    work.commit("No plain values")
    with work.deployed() as server:
        tokens = server.request("POST", "/auth/login", json={**account, "code": code}).json()
        server.tokens["ann@example.com"] = tokens["access_token"]
        shown = server.get(f"/patients/{ann['id']}", "ann@example.com")
        assert (shown["ills"], shown["born_on"]) == ("gout", "1987-06-05")


def set_up_second_factor(server: Server, account: dict[str, str]) -> str:
    """Sign in, set up a second factor as is asked for, and return a code to sign in with once more."""
    by = account["email"]
    server.tokens[by] = server.request("POST", "/auth/login", json=account).json()["access_token"]
    assert server.request("GET", "/patients", by=by).status_code == 401
    begun = server.request(
        "POST", "/auth/second-factor", by=by, json={"current_password": account["password"]}
    )
    key = base64.b32decode(begun.json()["secret"])
    code = TOTP(key, 6, SHA1(), 30).generate(int(time.time())).decode()  # noqa: S303 - RFC 6238, as authenticators do
    confirmed = server.request("POST", "/auth/second-factor/confirm", by=by, json={"code": code})
    server.tokens[by] = confirmed.json()["access_token"]
    return str(confirmed.json()["recovery_codes"][0])
