"""SBOMs say what an application installs, and the tools of the field can read them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from qlf.capsule.sbom import packages_of_cyclonedx, packages_of_lock, packages_of_spdx, sboms
from qlf.environment import Environment, provide
from qlf.store import cache_folder

LOCKS = Path(__file__).parents[2] / "qlf/agents/backend/templates/fastapi/locks"
LIST = """
import importlib.metadata, json
print(json.dumps([[each.name, each.version] for each in importlib.metadata.distributions()]))
"""
PROJECT = b'[project]\nname = "notes"\nversion = "1.2.0"\ndependencies = ["fastapi"]\n'


@pytest.mark.slow
def test_both_say_what_is_installed(tmp_path: Path) -> None:
    lock = min(LOCKS.glob("*.lock"), key=lambda file: file.stat().st_size).read_bytes()
    (tmp_path / "cache").mkdir()
    environments = cache_folder() / "environments"
    environments.mkdir(parents=True, exist_ok=True)
    (tmp_path / "cache" / "environments").symlink_to(environments)
    made = sboms(lock, PROJECT, tmp_path / "cache")
    assert not isinstance(made, str), made
    environment = provide("app", lock, tmp_path / "cache")
    assert isinstance(environment, Environment)
    listed = subprocess.run([environment.python, "-c", LIST], capture_output=True, check=True)
    installed = {(name.lower().replace("_", "-"), version) for name, version in json.loads(listed.stdout)}
    assert packages_of_cyclonedx(made.cyclonedx) == packages_of_spdx(made.spdx) == installed
    assert packages_of_lock(lock)[0] <= installed
    root = json.loads(made.cyclonedx)["metadata"]["component"]
    assert (root["name"], root["version"], root["type"]) == ("notes", "1.2.0", "application")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(made.cyclonedx.decode()) is None
    assert str(tmp_path) not in (made.cyclonedx + made.spdx).decode()
    file = tmp_path / "x.spdx.json"
    file.write_bytes(made.spdx)
    read = subprocess.run(
        [Path(sys.executable).parent / "pyspdxtools", "-i", file], capture_output=True, check=False, text=True
    )
    assert read.returncode == 0, read.stderr
    (tmp_path / "cache" / "sboms").rename(tmp_path / "before")
    again = sboms(lock, PROJECT, tmp_path / "cache")
    assert again == made


def test_a_lock_that_cannot_be_installed_has_no_sbom(tmp_path: Path) -> None:
    assert sboms(b"", PROJECT, tmp_path) == "the lock names no package"


def test_packages_of_a_lock_may_depend_on_the_system() -> None:
    lock = b"A.b_c==1.0 \\\n    --hash=sha256:0\nuvloop[x]==2 ; sys_platform != 'win32' \\\n"
    assert packages_of_lock(lock) == (
        frozenset({("a-b-c", "1.0")}),
        frozenset({("uvloop", "2")}),
    )
