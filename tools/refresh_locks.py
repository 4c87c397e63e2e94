"""Pin what the generated backends install: one pair of locks for each set of features.

Run it after a version in `pyproject.toml.jinja` has changed; it needs the package registry.
"""

from __future__ import annotations

import itertools
import subprocess
import tempfile
from pathlib import Path
from types import SimpleNamespace

from uv import find_uv_bin

from qlf.rendering import environment

TEMPLATES = Path(__file__).parents[1] / "qlf" / "agents" / "backend" / "templates" / "fastapi"
OPTIONS = (
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-annotate",
    "--no-header",
    "--quiet",
    "--python-version=3.11",
)


def main() -> None:
    """Write the locks of every combination of features."""
    template = environment(TEMPLATES, filters={}).get_template("pyproject.toml.jinja")
    (TEMPLATES / "locks").mkdir(exist_ok=True)
    for auth, guarded, slugs in itertools.product((False, True), repeat=3):
        prefix = ("auth-" if auth else "") + ("guarded-" if guarded else "") + ("slug-" if slugs else "")
        app = SimpleNamespace(name="app", version="0", auth=auth, guarded=guarded, slugs=slugs)
        with tempfile.TemporaryDirectory() as folder:
            project = Path(folder, "pyproject.toml")
            project.write_text(template.render(app=app), encoding="utf-8")
            for suffix, extra in (("", ()), ("-dev", ("--extra=dev",))):
                lock = TEMPLATES / "locks" / f"{prefix}requirements{suffix}.lock"
                command = [find_uv_bin(), "pip", "compile", *OPTIONS, *extra, "-o", str(lock), str(project)]
                subprocess.run(command, check=True)  # noqa: S603 - fixed words, no shell


if __name__ == "__main__":
    main()
