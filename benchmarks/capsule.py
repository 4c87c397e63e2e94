"""How long packing and verifying an application of some 200 files take, against tar, gzip and cosign.

python benchmarks/capsule.py [--runs 9] [--json]

A shipped brief is built without gates, so its capsule is a draft; environment and SBOMs are in the cache. In
process, packing reads the tree, packs, verifies what it has made and writes it, as `qlf package` does after
building. The peers archive and sign the same files, and verify the signature over the archive and nothing
else. Commands are run in turns. Memory is the largest resident set.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from builds.measure import Place, Row, in_turns, python

from qlf.capsule import verify
from qlf.capsule.keys import new_key, open_signer
from qlf.engine.building import Build
from qlf.engine.release import release
from qlf.errors import Problem
from qlf.repository import open_repository
from qlf.store import cache_folder

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
BRIEF = "ecommerce-mvp"
PACK, VERIFY = "pack, in process", "verify, in process"
PACKAGE, VERIFIED = "qlf package", "qlf capsule verify"
SEALED, UNSEALED = "tar, gzip, cosign sign-blob", "cosign verify-blob"
OURS = (PACK, VERIFY, PACKAGE, VERIFIED)
PEERS = (SEALED, UNSEALED)
AIMS = {PACK: 0.3, VERIFY: 0.3}
_TOOLS = Path.home() / ".local" / "bin"
# The same bytes each time, as ours are; the signature is another one each time.
_TAR = "tar -c --format=ustar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C {tree} ."
_SIGN = "{cosign} sign-blob --yes --tlog-upload=false --key cosign.key --output-signature app.sig app.tar.gz"
_CHECK = "{cosign} verify-blob --insecure-ignore-tlog=true --key cosign.pub --signature app.sig app.tar.gz"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="qlf-capsule-") as folder:
        place = Place(Path(folder) / "repository", cache_folder())
        rows, sizes = measure(place, chosen.runs)
    if chosen.json:
        told = {"rows": [row.told() for row in rows], "sizes": sizes, "aims": aims(rows)}
        sys.stdout.write(json.dumps(told, indent=2) + "\n")
        return
    sys.stdout.write(f"{BRIEF}: {', '.join(f'{count:,} {what}' for what, count in sizes.items())}\n")
    for row in rows:
        sys.stdout.write(f"  {row.name:<28} {_told(row)}\n")
    for name, (bound, met) in aims(rows).items():
        sys.stdout.write(f"  aim: {name} below {bound} s: {'met' if met else 'missed'}\n")


def measure(place: Place, runs: int) -> tuple[list[Row], dict[str, int]]:
    """Return a row for each of OURS and PEERS, and how large what they work on is."""
    os.umask(0o077)
    (place.folder / "briefs").mkdir(parents=True)
    shutil.copy(ROOT / "briefs" / f"{BRIEF}.md", place.folder / "briefs")
    (place.folder / "factory.toml").write_text("[gates]\nrun = []\n")
    place.run(python("qlf", "build"))
    key = place.folder / "signing.key"
    problems = new_key(key)
    if problems:
        raise SystemExit(str(problems[0]))
    rows, file, files = _in_process(place, key, runs)
    public = f"{key}.pub"
    commands = {
        PACKAGE: python("qlf", "package", BRIEF, "--draft", "--key", str(key)),
        VERIFIED: python("qlf", "capsule", "verify", str(file), "--draft", "--key", public),
    }
    cosign = shutil.which("cosign", path=os.pathsep.join([str(_TOOLS), os.environ["PATH"]]))
    if cosign:
        commands |= _peers(place, file, Path(public), cosign)
    rows += in_turns(place, commands, 1, runs, files)
    rows += [Row(name, 1, why="cosign is not installed") for name in PEERS if not cosign]
    sizes = {"files": files, "bytes of a capsule": file.stat().st_size}
    if cosign:
        sizes["bytes of a tar.gz"] = (place.folder / "app.tar.gz").stat().st_size
    return rows, sizes


def _in_process(place: Place, key: Path, runs: int) -> tuple[list[Row], Path, int]:
    """Return the rows of packing and verifying here, the capsule, and how many files the application has."""
    os.chdir(place.folder)
    repository = open_repository(Path(), os.environ)
    if isinstance(repository, list):
        raise SystemExit(str(repository[0]))
    signer = open_signer(str(key))
    if isinstance(signer, Problem):
        raise SystemExit(str(signer))
    public = [Path(f"{key}.pub")]

    def pack() -> Path:
        build = Build(repository, os.environ)
        file = release(build, BRIEF, signer, draft=True)
        build.close()
        if isinstance(file, list):
            raise SystemExit(str(file[0]))
        return file.absolute()

    def check() -> int:
        verified = verify(file, public, draft=True)
        if isinstance(verified, list):
            raise SystemExit(str(verified[0]))
        return len(verified.manifest.below("app/"))

    file = pack()
    rows = [_row(PACK, pack, runs), _row(VERIFY, check, runs)]
    count = check()
    for row in rows:
        row.files = count
    return rows, file, count


def _row(name: str, once: Callable[[], object], runs: int) -> Row:
    """Measure something in this process; its memory is that of all that was done here so far."""
    row = Row(name, 1)
    for _ in range(runs):
        started, used = time.perf_counter(), time.process_time()
        once()
        row.seconds.append(time.perf_counter() - started)
        row.cpu.append(time.process_time() - used)
    row.resident_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return row


def _peers(place: Place, file: Path, public: Path, cosign: str) -> dict[str, list[str]]:
    """Unpack the capsule for the peers, make their key, and return their commands."""
    tree = place.folder / "tree"
    unpack = ("capsule", "unpack", str(file), str(tree), "--draft", "--key", str(public))
    place.run(python("qlf", *unpack))
    place.run(_shell(f"COSIGN_PASSWORD= {cosign} generate-key-pair"))
    sealing = f"{_TAR.format(tree=tree)} | gzip -n > app.tar.gz && COSIGN_PASSWORD= "
    return {
        SEALED: _shell(sealing + _SIGN.format(cosign=cosign)),
        UNSEALED: _shell(_CHECK.format(cosign=cosign)),
    }


def _shell(line: str) -> list[str]:
    return ["/bin/sh", "-c", line]


def aims(rows: list[Row]) -> dict[str, tuple[float, bool]]:
    """Return for each aim its bound in seconds, and whether the median is below it."""
    medians = {row.name: statistics.median(row.seconds) for row in rows if row.seconds}
    return {name: (bound, medians[name] < bound) for name, bound in AIMS.items()}


def _told(row: Row) -> str:
    if not row.seconds:
        return f"not run: {row.why}"
    spread = f"{min(row.seconds):.3f} to {max(row.seconds):.3f}"
    return f"{row.median:.3f} s  ({spread}, CPU {row.cpu_median:.3f})  {row.resident_mb:.0f} MB"


if __name__ == "__main__":
    main()
