"""Templates: files rendered in a sandbox, where a name that is not there is an error."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import ChoiceLoader, Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from qlf.store import cache_folder, work_folder
from qlf.unused_imports import without_unused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from collections.abc import Set as AbstractSet


class _Sandbox(ImmutableSandboxedEnvironment):
    """A sandbox that judges an attribute once for all values of a type: nothing else decides on it."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - Jinja's own
        super().__init__(**options)
        self._judged: dict[tuple[type, str], bool] = {}

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ANN401
        """Tell whether a template may read an attribute of a value."""
        key = (type(obj), attr)
        if key not in self._judged:
            self._judged[key] = super().is_safe_attribute(obj, attr, value)
        return self._judged[key]


def environment(folder: Path, filters: Mapping[str, Callable[..., object]]) -> ImmutableSandboxedEnvironment:
    """Return an environment over a folder of templates.

    Compiled templates are kept in the user's cache folder, where that can be written. Templates cannot
    reach private attributes or change what they are given; output is text, not HTML.
    """
    made = _Sandbox(
        loader=FileSystemLoader(folder),
        bytecode_cache=_compiled(),
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(filters)
    return made


def html_environment(folder: Path) -> Environment:
    """Return an environment over templates of HTML pages, and the style that all pages share.

    Whatever a page is given is text in it, and no markup.
    """
    return Environment(
        loader=FileSystemLoader([folder, Path(__file__).with_name("html")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def overridden(own: ImmutableSandboxedEnvironment, folders: Iterable[Path]) -> ImmutableSandboxedEnvironment:
    """Return an environment in which the templates of some folders win, the first before the next."""
    others = [FileSystemLoader(folder) for folder in folders if folder.is_dir()]
    if not others or own.loader is None:
        return own
    found: ImmutableSandboxedEnvironment = own.overlay(loader=ChoiceLoader([*others, own.loader]))
    return found


def _compiled() -> FileSystemBytecodeCache | None:
    folder = cache_folder() / "templates"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return None
    return FileSystemBytecodeCache(str(folder))


_STYLE = (
    "--no-cache",
    "--config=lint.isort.split-on-trailing-comma=false",
    "--config=format.skip-magic-trailing-comma=true",
)
_TIDY = (
    ("check", "--select=F401,I", "--fix-only", *_STYLE),
    ("format", *_STYLE),
)
# Many files are the same in one application and the next, and nearly all in two versions of one.
_formatted: dict[tuple[str, str, str], str] = {}
_MOST = 4096


class UnreadableError(ValueError):
    """Templates made Python that does not parse."""


def format_python(files: Mapping[str, str]) -> dict[str, str]:
    """Return Python files formatted, imports sorted and those not used left out.

    `files` maps paths to texts; a `pyproject.toml` or `ruff.toml` among them sets the style.
    A file that does not parse raises UnreadableError.
    """
    around = _surroundings(files)
    keys = {path: (around, path, text) for path, text in files.items() if path.endswith(".py")}
    known = {path: _formatted[key] for path, key in keys.items() if key in _formatted}
    made = _tidied(files, keys.keys() - known.keys())
    if len(_formatted) > _MOST:
        _formatted.clear()
    _formatted.update({keys[path]: text for path, text in made.items()})
    return {**files, **known, **made}


def _surroundings(files: Mapping[str, str]) -> str:
    """Return what the format of a file depends on beside itself: the style, and whose imports are own."""
    tops = sorted({path.partition("/")[0] for path in files})
    return "\n".join([*tops, *(text for path, text in files.items() if path.endswith(".toml"))])


def _tidied(files: Mapping[str, str], wanted: AbstractSet[str]) -> dict[str, str]:
    """Return some of the files formatted; all are there while ruff looks at these."""
    if not wanted:
        return {}
    from ruff import find_ruff_bin  # noqa: PLC0415 - only agents that write Python pay for it

    ruff = find_ruff_bin()
    # Steps run side by side as it is: threads in each would only cost time.
    variables = {**os.environ, "RAYON_NUM_THREADS": "1"}
    with work_folder() as folder:
        for path, text in files.items():
            target = Path(folder, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(without_unused(path, text) if path in wanted else text, encoding="utf-8")
        for command in _TIDY:
            done = subprocess.run(  # noqa: S603 - fixed words, no shell
                [ruff, *command, "--", *sorted(wanted)],
                cwd=folder,
                env=variables,
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                message = f"the templates made Python that does not parse:\n{done.stdout}{done.stderr}"
                raise UnreadableError(message)
        return {path: Path(folder, path).read_text(encoding="utf-8") for path in wanted}
