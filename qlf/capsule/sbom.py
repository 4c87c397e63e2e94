"""SBOMs of what an application installs: CycloneDX 1.6 of its environment, and the same as SPDX 2.3.

The environment is made from the application's own lock, so the SBOM tells what is there and not what was
asked for. Both are the same bytes for the same lock, project and tools.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import rfc8785

from qlf.environment import passed_on, provide
from qlf.model.canonical import digest
from qlf.store import Store

if TYPE_CHECKING:
    from spdx_tools.spdx.model import Package as SpdxPackage

    from qlf.environment import Environment

LOCK = "backend/requirements.lock"
PROJECT = "backend/pyproject.toml"
TOOLS = ("cyclonedx-bom", "cyclonedx-python-lib", "spdx-tools")
_PATIENCE = 120
_PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]\n]*\])?==([^\s;\\]+)( ;)?", re.MULTILINE)
# A document of SPDX says when it was made; one that is the same on every day says when time began.
_THEN = datetime(1970, 1, 1, tzinfo=UTC)

Packages = frozenset[tuple[str, str]]


class Sboms(NamedTuple):
    """Two SBOMs as canonical JSON."""

    cyclonedx: bytes
    spdx: bytes


def sboms(lock: bytes, project: bytes, cache: Path) -> Sboms | str:
    """Return the SBOMs of an application, from the cache if they were made before, or why there are none.

    Args:
        lock: its `requirements.lock`, with hashes.
        project: its `pyproject.toml`, which names it.
        cache: where environments are, and SBOMs are kept.
    """
    environment = provide("app", lock, cache)
    if isinstance(environment, str):
        return environment
    about = [environment.key, digest(project), *(version(tool) for tool in TOOLS)]
    key = digest(rfc8785.dumps(about))
    store = Store(cache / "sboms")
    if kept := store.read(key):
        return Sboms(*kept.split(b"\n"))
    made = _cyclonedx(environment, project)
    if isinstance(made, str):
        return made
    both = Sboms(made, _spdx(json.loads(made)))
    store.write(key, b"\n".join(both))
    return both


def packages_of_lock(lock: bytes) -> tuple[Packages, Packages]:
    """Return name and version of what a lock has installed everywhere, and on some systems."""
    pins = _PINNED.findall(lock.decode("utf-8", "replace"))
    return (
        frozenset((_normal(name), version) for name, version, marker in pins if not marker),
        frozenset((_normal(name), version) for name, version, marker in pins if marker),
    )


def packages_of_cyclonedx(sbom: bytes) -> Packages:
    """Return name and version of the components; a ValueError or LookupError if it is no such SBOM."""
    return frozenset(_package_of(each["name"], each["version"]) for each in json.loads(sbom)["components"])


def packages_of_spdx(sbom: bytes) -> Packages:
    """Return name and version of the packages but the described one; raises like its sibling."""
    read = json.loads(sbom)
    (described,) = [
        each["relatedSpdxElement"]
        for each in read["relationships"]
        if each["relationshipType"] == "DESCRIBES"
    ]
    return frozenset(
        _package_of(each["name"], each["versionInfo"])
        for each in read["packages"]
        if each["SPDXID"] != described
    )


def _cyclonedx(environment: Environment, project: bytes) -> bytes | str:
    with tempfile.TemporaryDirectory(prefix="qlf-") as folder:
        file = Path(folder) / "pyproject.toml"
        file.write_bytes(project)
        options = ["--pyproject", str(file), "--output-reproducible", "--spec-version", "1.6"]
        # Isolated (-I), so that nothing is taken from the current folder; what it asks is others' code.
        tool = [sys.executable, "-I", "-m", "cyclonedx_py", "environment"]
        command = [*tool, *options, str(environment.python)]
        try:
            done = subprocess.run(  # noqa: S603 - no shell
                command, cwd=folder, env=passed_on(), capture_output=True, timeout=_PATIENCE, check=False
            )
        except subprocess.TimeoutExpired:
            return f"cyclonedx-py took more than {_PATIENCE} s"
    if done.returncode:
        return f"cyclonedx-py failed: {done.stderr.decode('utf-8', 'replace')[-400:]}"
    return rfc8785.dumps(json.loads(done.stdout))


def _spdx(cyclonedx: dict[str, Any]) -> bytes:
    """Return what a CycloneDX document says as SPDX 2.3."""
    from spdx_tools.spdx.model import (  # noqa: PLC0415 - takes long, and is needed once a lock
        Actor,
        ActorType,
        CreationInfo,
        Document,
        Relationship,
        RelationshipType,
    )
    from spdx_tools.spdx.writer.json.json_writer import write_document_to_stream  # noqa: PLC0415

    root = cyclonedx["metadata"]["component"]
    parts = [root, *cyclonedx["components"]]
    names = {each["bom-ref"]: f"SPDXRef-{number}" for number, each in enumerate(parts)}
    title = f"{root['name']} {root.get('version', '')}".strip()
    about = CreationInfo(
        "SPDX-2.3",
        "SPDXRef-DOCUMENT",
        title,
        f"https://quantumlayer.dev/spdx/{digest(rfc8785.dumps(cyclonedx))}",
        [Actor(ActorType.TOOL, f"spdx-tools-{version('spdx-tools')}")],
        _THEN,
    )
    described = Relationship("SPDXRef-DOCUMENT", RelationshipType.DESCRIBES, names[root["bom-ref"]])
    depends = [
        Relationship(names[each["ref"]], RelationshipType.DEPENDS_ON, names[other])
        for each in cyclonedx["dependencies"]
        for other in each.get("dependsOn", ())
    ]
    packages = [_package(each, names[each["bom-ref"]]) for each in parts]
    written = StringIO()
    write_document_to_stream(Document(about, packages, relationships=[described, *depends]), written)
    return rfc8785.dumps(json.loads(written.getvalue()))


def _package(component: dict[str, Any], name: str) -> SpdxPackage:
    from spdx_tools.common.spdx_licensing import spdx_licensing  # noqa: PLC0415 - as above
    from spdx_tools.spdx.model import (  # noqa: PLC0415
        ExternalPackageRef,
        ExternalPackageRefCategory,
        Package,
        SpdxNoAssertion,
    )

    nothing = SpdxNoAssertion()
    licence = _licence(component)
    purl = component.get("purl")
    address = [ExternalPackageRef(ExternalPackageRefCategory.PACKAGE_MANAGER, "purl", purl)] if purl else []
    return Package(
        name,
        component["name"],
        nothing,
        component.get("version"),
        files_analyzed=False,
        license_declared=spdx_licensing.parse(licence) if licence else nothing,
        license_concluded=nothing,
        copyright_text=nothing,
        external_references=address,
    )


def _licence(component: dict[str, Any]) -> str:
    """Return the SPDX expression that a component declares; what is no expression is left out."""
    said = component.get("licenses", ())
    expressions = [each["expression"] for each in said if "expression" in each]
    return " AND ".join(
        expressions or [each["license"]["id"] for each in said if "id" in each.get("license", {})]
    )


def _package_of(name: object, version: object) -> tuple[str, str]:
    if not (isinstance(name, str) and isinstance(version, str)):
        message = "a package without a name or a version"
        raise ValueError(message)  # noqa: TRY004 - what an SBOM says is a value, not a type
    return _normal(name), version


def _normal(name: str) -> str:
    """Return a name as PEP 503 compares names."""
    return re.sub(r"[-_.]+", "-", name).lower()
