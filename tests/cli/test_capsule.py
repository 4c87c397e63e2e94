"""`qlf key`, `qlf package` and `qlf capsule` as commands, on real builds with gates of straw."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qlf.capsule.archive import read_archive, write_archive
from qlf.pipeline import GATES
from qlf.store import cache_folder

if TYPE_CHECKING:
    from tests.cli.conftest import Qlf

CAPSULE = "build/notes/notes-0.1.0.qlcapsule"
# With the backend there is a lock to install; its environment is shared with whoever tests.
BACKEND = 'registry.AGENTS = ("api", "database", "documentation")'


@pytest.fixture
def packed(notes: Qlf) -> Qlf:
    """A repository with a key and a capsule of its own."""
    notes.script = notes.script.replace(BACKEND, 'registry.AGENTS = ("api", "backend", "documentation")')
    environments = cache_folder() / "environments"
    environments.mkdir(parents=True, exist_ok=True)
    cache = Path(notes.variables["QLF_CACHE"])
    cache.mkdir()
    (cache / "environments").symlink_to(environments)
    notes.variables["QLF_SIGNING_KEY"] = str(notes.root.parent / "keys" / "signing.key")
    assert notes("key", "new").returncode == 0
    made = notes("package", "notes")
    assert (made.returncode, made.stdout) == (0, f"{CAPSULE}\n"), made.stderr
    return notes


@pytest.mark.slow
def test_a_capsule_goes_from_one_hand_to_another(packed: Qlf, tmp_path: Path) -> None:
    verified = packed("capsule", "verify", CAPSULE)
    assert verified.returncode == 0, verified.stderr
    assert verified.stdout.startswith(f"{CAPSULE}: holds what it promises: notes 0.1.0\n")
    assert verified.stdout.endswith(
        "  contract   green\n  policy     green\n  static     green\n  unit       green\n"
    )
    public = packed.variables["QLF_SIGNING_KEY"] + ".pub"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(packed.root / CAPSULE, elsewhere / "got.qlcapsule")
    del packed.variables["QLF_SIGNING_KEY"]
    packed.root = elsewhere
    assert packed("capsule", "verify", "got.qlcapsule", "--key", public).returncode == 0
    unpacked = packed("capsule", "unpack", "got.qlcapsule", "here", "--key", public)
    assert unpacked.returncode == 0, unpacked.stderr
    assert (elsewhere / "here" / "app" / "README.md").is_file()
    assert (elsewhere / "here" / "sources" / "briefs" / "notes.md").is_file()
    assert f"here: {sum(path.is_file() for path in (elsewhere / 'here').rglob('*'))} files" in unpacked.stdout
    again = packed("capsule", "unpack", "got.qlcapsule", "here", "--key", public)
    assert (again.returncode, again.stderr) == (2, "here:0:0: the folder is not empty; name a new one\n")
    said = json.loads(packed("capsule", "verify", "got.qlcapsule", "--key", public, "--json").stdout)
    assert said["holds"]
    assert said["gates"] == dict.fromkeys(GATES, "green")
    unknown = packed("capsule", "verify", "got.qlcapsule")
    assert unknown.returncode == 2
    assert "the public key cannot be read" in unknown.stderr


@pytest.mark.slow
def test_what_is_broken_is_told_promise_by_promise(packed: Qlf) -> None:
    entries = read_archive((packed.root / CAPSULE).read_bytes(), "x")
    assert isinstance(entries, dict)
    entries["more"] = b""
    entries["oci-layout"] = b"{}"
    (packed.root / "bad.qlcapsule").write_bytes(write_archive(entries))
    broken = packed("capsule", "verify", "bad.qlcapsule")
    assert broken.returncode == 1
    advice = "do not use it; get it again from where it was made"
    assert broken.stderr.splitlines() == [
        f"bad.qlcapsule:0:0: more belongs to nothing that is signed; {advice}",
        f"bad.qlcapsule:0:0: oci-layout is not as it was made; {advice}",
    ]
    said = packed("capsule", "verify", "bad.qlcapsule", "--json")
    assert said.returncode == 1
    assert [each["what"] for each in json.loads(said.stdout)["broken"]] == [
        "more belongs to nothing that is signed",
        "oci-layout is not as it was made",
    ]
    refused = packed("capsule", "unpack", "bad.qlcapsule", "here")
    assert refused.returncode == 1
    assert not (packed.root / "here").exists()
    assert packed("capsule", "verify", "none.qlcapsule").returncode == 2


@pytest.mark.slow
def test_a_capsule_is_looked_into_and_compared(packed: Qlf) -> None:
    shown = packed("capsule", "inspect", CAPSULE, "--files").stdout
    assert shown.startswith("notes 0.1.0: Notes\n")
    assert "  signed     yes, but not verified here\n" in shown
    assert " generated  app/README.md\n" in shown
    said = json.loads(packed("capsule", "inspect", CAPSULE, "--json").stdout)
    assert said["files"]["app/README.md"]["owner"] == "documentation"
    same = packed("capsule", "diff", CAPSULE, CAPSULE)
    assert (same.returncode, same.stdout) == (0, "")
    source = packed.root / "briefs" / "notes.md"
    source.write_text(source.read_text().replace("A list of notes.", "A list of short notes."))
    own = packed.root / "briefs" / "notes" / "custom" / "docs" / "own.md"
    own.parent.mkdir(parents=True)
    own.write_text("Ours.\n")
    made = packed("package", "notes", "--version", "1.1.0", "--json")
    assert json.loads(made.stdout) == {"code": 0, "capsule": "build/notes/notes-1.1.0.qlcapsule"}
    differ = packed("capsule", "diff", CAPSULE, "build/notes/notes-1.1.0.qlcapsule", "--text")
    assert differ.returncode == 1
    assert "added    app/docs/own.md\n" in differ.stdout
    assert "changed  sources/briefs/notes.md\n" in differ.stdout
    assert "  -A list of notes.\n  +A list of short notes.\n" in differ.stdout
    changes = json.loads(
        packed("capsule", "diff", CAPSULE, "build/notes/notes-1.1.0.qlcapsule", "--json").stdout
    )
    assert changes["app/docs/own.md"] == "added"
    own.unlink()
    inspected = json.loads(packed("capsule", "inspect", "build/notes/notes-1.1.0.qlcapsule", "--json").stdout)
    assert inspected["files"]["app/docs/own.md"]["kind"] == "own"


@pytest.mark.slow
def test_a_capsule_tells_what_was_changed_by_hand_and_can_be_built_again(packed: Qlf) -> None:
    assert packed("edit", "notes").returncode == 0
    readme = packed.root / "build/notes/edit/app/README.md"
    readme.write_text(readme.read_text().replace("# Notes\n", "# Our notes\n"))
    assert packed("patch", "save", "notes", "-m", "the title is ours").returncode == 0
    own = packed.root / "briefs" / "notes" / "custom" / "docs" / "api.md"
    own.parent.mkdir(parents=True)
    own.write_text("Ours.\n")
    packed.write("factory.toml", '[replaces]\nnotes = ["docs/api.md"]\n')
    made = packed("package", "notes", "--version", "2.0.0")
    assert made.returncode == 0, made.stderr
    capsule = "build/notes/notes-2.0.0.qlcapsule"
    files = json.loads(packed("capsule", "inspect", capsule, "--json").stdout)["files"]
    kinds = {path: (files[path]["kind"], files[path]["owner"]) for path in files}
    assert kinds["app/README.md"] == ("patched", "documentation")
    assert kinds["app/docs/api.md"] == ("own", "")
    assert kinds["app/docs/operations.md"] == ("generated", "documentation")
    assert kinds["sources/briefs/notes/patches/001-documentation.soc"] == ("source", "")
    shutil.rmtree(packed.root / "briefs")
    again = packed("capsule", "rebuild", capsule)
    assert again.returncode == 0, again.stdout + again.stderr
    assert all(line.endswith("identical") for line in again.stdout.splitlines())


@pytest.mark.slow
def test_a_capsule_is_built_again_from_itself(packed: Qlf) -> None:
    shutil.rmtree(packed.root / "briefs")
    again = packed("capsule", "rebuild", CAPSULE)
    assert again.returncode == 0, again.stdout + again.stderr
    assert all(line.endswith("identical") for line in again.stdout.splitlines())
    assert "generated" in again.stdout
    packed.script = packed.script.replace('version="1"', 'version="2"')
    other = packed("capsule", "rebuild", CAPSULE, "--text")
    assert other.returncode == 1
    assert "different    record/gates/static.json\n" in other.stdout
    said = json.loads(packed("capsule", "rebuild", CAPSULE, "--json").stdout)
    assert not said["identical"]
    assert said["same_maker"]
    assert said["files"]["app/README.md"] == "identical"


@pytest.mark.slow
@pytest.mark.parametrize(("word", "outcome"), [("RED", "red"), ("NOTOOL", "not proven")])
def test_only_what_is_green_is_released(packed: Qlf, word: str, outcome: str) -> None:
    source = packed.root / "briefs" / "notes.md"
    source.write_text(source.read_text().replace("A list of", f"{word} list of"))
    (packed.root / CAPSULE).unlink()
    refused = packed("package", "notes")
    assert refused.returncode == 1
    assert f"static     {outcome}" in refused.stdout
    assert not (packed.root / CAPSULE).exists()
    assert packed("package", "notes", "--draft").returncode == 0
    verified = packed("capsule", "verify", CAPSULE)
    assert verified.returncode == 1
    assert "it is a draft: " in verified.stderr
    drafted = packed("capsule", "verify", CAPSULE, "--draft")
    assert drafted.returncode == 0
    assert "notes 0.1.0, a draft\n" in drafted.stdout
    packed.write(
        "factory.toml",
        "[gates.allow_unproven]\n" + "".join(f'{gate} = "no tool"\n' for gate in GATES),
    )
    forgiven = packed("package", "notes")
    assert forgiven.returncode == (1 if word == "RED" else 2)
    if word == "NOTOOL":
        assert (
            "build/notes/gates/static.json:0:0: the gate static is not proven, so this is no release; "
            "mend that, or pack a draft with --draft\n"
        ) in forgiven.stderr


@pytest.mark.slow
def test_what_is_wrong_is_told(packed: Qlf) -> None:
    other = packed("package", "nots")
    assert (other.returncode, other.stderr) == (
        2,
        "briefs/nots.md:0:0: there is no such brief; did you mean notes?\n",
    )
    packed.variables["QLF_SIGNING_KEY"] = "nowhere.key"
    keyless = packed("package", "notes")
    assert keyless.returncode == 2
    assert keyless.stderr == (
        "nowhere.key:0:0: the signing key cannot be read: No such file or directory; "
        "make one with: qlf key new\n"
    )
    assert packed("package", "notes", "--draft").returncode == 0
    unsigned = packed(
        "capsule", "verify", CAPSULE, "--draft", "--key", str(packed.root.parent / "keys/signing.key.pub")
    )
    assert unsigned.returncode == 1
    assert "it is not signed" in unsigned.stderr
    packed.variables["QLF_SIGNING_KEY"] = "hv:notes"
    remote = packed("package", "notes", "--draft")
    assert remote.returncode == 2, "a key in a service was named, so it has to sign"
    assert "the public key cannot be read" in remote.stderr
    packed.variables["QLF_SIGNING_KEY"] = "nowhere.key"
    bad = packed("package", "notes", "--draft", "--version", "../1")
    assert bad.returncode == 2
    assert packed("package", "notes", "--key", "none").returncode == 0
    assert "  signed     no\n" in packed("capsule", "inspect", CAPSULE).stdout
    edited = packed.root / "build" / "notes" / "app" / "README.md"
    edited.write_text("edited")
    assert packed("package", "notes", "--draft").returncode == 2


def test_keys_are_made_and_shown(qlf: Qlf) -> None:
    made = json.loads(qlf("key", "new", "a.key", "--json").stdout)
    assert made == {"private": str(qlf.root / "a.key"), "public": str(qlf.root / "a.key.pub")}
    assert qlf("key", "new", "a.key").returncode == 2
    qlf.write("factory.toml", '[signing]\nkey = "a.key"\n')
    shown = qlf("key", "show")
    assert shown.stdout.endswith("  a.key.pub\n")
    assert list(json.loads(qlf("key", "show", "--json").stdout)) == ["a.key.pub"]
    qlf.write("factory.toml", '[signing]\ntrusted = ["none.pub"]\n')
    assert qlf("key", "show").stderr.startswith("none.pub:0:0: the public key cannot be read")
    qlf.variables["QLF_KEY_PASSPHRASE"] = "correct horse"
    assert qlf("key", "new", "b.key").returncode == 0
    assert "ENCRYPTED" in (qlf.root / "b.key").read_text()


@pytest.mark.slow
def test_the_same_sources_are_the_same_capsule_anywhere(packed: Qlf, tmp_path: Path) -> None:
    """Another folder, umask, time zone, locale, hash seed, clock, and files of another age."""
    there = tmp_path / "a folder elsewhere" / "deep"
    shutil.copytree(packed.root / "briefs", there / "briefs")
    shutil.copy(packed.root / "factory.toml", there)
    for path in there.rglob("*"):
        os.utime(path, (1, 1))
    later = [
        "import time, datetime as d\n",
        "real = time.time\n",
        "time.time = lambda: real() + 400 * 86400\n",
    ]
    variables = {
        **packed.variables,
        "TZ": "Pacific/Kiritimati",
        "LANG": "C",
        "LC_ALL": "POSIX",
        "PYTHONHASHSEED": "7",
        "QLF_JOBS": "1",
        "QLF_CACHE": str(tmp_path / "another cache"),
        "HOME": str(tmp_path),
    }
    shutil.copytree(Path(packed.variables["QLF_CACHE"]), tmp_path / "another cache", symlinks=True)
    for kept in ("products", "verdicts", "sboms"):
        shutil.rmtree(tmp_path / "another cache" / kept, ignore_errors=True)
    done = subprocess.run(
        [sys.executable, "-c", "".join(later) + packed.script, "package", "notes"],
        cwd=there,
        env=variables,
        umask=0o077,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (there / CAPSULE).read_bytes() == (packed.root / CAPSULE).read_bytes()


DOIT = "import sys\nfrom doit.doit_cmd import DoitMain\nsys.exit(DoitMain().run(sys.argv[1:]))\n"


@pytest.mark.slow
def test_doit_packs_what_changed(packed: Qlf) -> None:
    packed.write("dodo.py", "from qlf.tasks import *\n")
    packed.script = packed.script.replace("from qlf.cli.main import main\nmain()\n", DOIT)
    capsule = packed.root / CAPSULE

    def marks() -> tuple[int, str]:
        done = packed("package")
        (mark,) = (line[:2] for line in done.stdout.splitlines() if line.endswith("package:notes"))
        return done.returncode, mark

    assert marks() == (0, ". ")
    assert marks() == (0, "--")
    before = capsule.read_bytes()
    capsule.unlink()
    assert marks() == (0, ". ")
    assert capsule.read_bytes() == before
    source = packed.root / "briefs" / "notes.md"
    source.write_text(source.read_text().replace("A list of notes.", "A list of long notes."))
    assert marks() == (0, ". ")
    assert capsule.read_bytes() != before
    assert packed("clean", "package").returncode == 0
    assert not capsule.exists()
    packed.variables["QLF_GATES"] = ""
    unproven = packed("package")
    assert unproven.returncode == 1
    assert (
        "build/notes/gates/static.json:0:0: the gate static is not proven, so this is no release; "
        "mend that, or pack a draft with --draft"
    ) in unproven.stdout
    del packed.variables["QLF_GATES"]
    assert marks() == (0, ". ")
    capsule.write_bytes(b"junk")
    assert marks() == (0, ". ")
    capsule.unlink()
    source.write_text(source.read_text().replace("A list of long", "RED list of"))
    red = packed("package")
    assert (red.returncode, capsule.exists()) == (1, False)
    for gate in GATES:
        file = packed.root / "build" / "notes" / "gates" / f"{gate}.json"
        file.write_text(file.read_text().replace('"outcome":"red"', '"outcome":"green"'))
    alone = packed("-s", "package:notes")
    assert "verify:notes:static is stale: " in alone.stdout
    assert (alone.returncode, capsule.exists()) == (1, False)


@pytest.mark.slow
def test_nothing_in_the_current_folder_is_run(packed: Qlf) -> None:
    """The tool that lists what is installed is a module, and others' wheels are asked by it."""
    for name in ("cyclonedx_py", "cyclonedx"):
        packed.write(f"{name}.py", "import os; open('ran', 'w').write(str(dict(os.environ)))\n")
    shutil.rmtree(Path(packed.variables["QLF_CACHE"]) / "sboms")
    packed.variables["QLF_KEY_PASSPHRASE"] = ""
    assert packed("package", "notes").returncode == 0
    assert not (packed.root / "ran").exists()
