"""The results as a table to print, and as the page `docs/engine.md`."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING

from builds import course, peers
from builds.aims import judged

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from builds.measure import Row

Cells = tuple[str, ...]

_HEAD = (
    "briefs",
    "what",
    "files",
    "median s",
    "spread s",
    "CPU s",
    "MB",
    "worker MB",
    "ninja",
    "help",
    "runs",
)
_AIMS = ("aim", "briefs", "bound", "measured", "")
_GIB = 1024**2


def cells(rows: Sequence[Row]) -> Iterator[Cells]:
    """Yield the table of times; the last ratios are against ninja and `doit help` over the same briefs."""
    medians = {(row.name, row.briefs): row.median for row in rows if row.seconds}
    for row in rows:
        if not row.seconds:
            yield (str(row.briefs), row.name, f"not run: {row.why}", *[""] * (len(_HEAD) - 3))
            continue
        ratios = [
            f"{row.median / medians[other, row.briefs]:.2f}" if (other, row.briefs) in medians else ""
            for other in (peers.NINJA, course.HELP)
        ]
        yield (
            str(row.briefs),
            row.name,
            f"{row.files:,}" if row.files else "",
            f"{row.median:.3f}",
            f"{min(row.seconds):.3f} to {max(row.seconds):.3f}",
            f"{row.cpu_median:.3f}",
            f"{row.resident_mb:.0f}",
            f"{row.worker_mb:.0f}" if row.worker_mb >= 1 else "",
            *ratios,
            str(len(row.seconds)),
        )


def verdicts(rows: Sequence[Row]) -> Iterator[Cells]:
    """Yield the table of aims."""
    for each in judged(rows):
        aim = each.aim
        bound = f"{'at least' if aim.least else 'at most'} {aim.bound:g} {aim.unit}".strip()
        value = "" if each.value is None else f"{each.value:.2f} {aim.unit}".strip()
        yield aim.what, str(aim.briefs), bound, value, each.word


def printed(rows: Sequence[Row]) -> str:
    """Return both tables for a terminal."""
    return f"{_aligned([_HEAD, *cells(rows)])}\n{_aligned([_AIMS, *verdicts(rows)])}"


def machine() -> list[str]:
    """Return what the machine is, without its name."""
    facts = dict(
        line.split(":", 1)
        for file in ("/proc/meminfo", "/proc/cpuinfo")
        if Path(file).exists()
        for line in Path(file).read_text().splitlines()
        if ":" in line
    )
    names = {key.strip(): value.strip() for key, value in facts.items()}
    memory = int(names.get("MemTotal", "0 kB").split()[0]) / _GIB
    return [
        f"{os.cpu_count()} processors ({names.get('model name', platform.machine())})",
        f"{memory:.0f} GiB of memory",
        f"{platform.system()} {platform.release()}",
        f"{platform.python_implementation()} {platform.python_version()}",
    ]


def page(rows: Sequence[Row], load: float) -> str:
    """Return the page; `load` is the load average when the measurements began."""
    return f"""# How fast the engine is

`python benchmarks/engine.py --write docs` measures, and writes this page and its plot.

Repositories of briefs with ten entities each are made for it, all agents write, no gate runs. ninja and
plain doit tasks have the same edges over the same files and do nothing; the C loop calls `lstat` on each of
the files. The no-ops are run in turns, so that what disturbs one disturbs the others. What touches every
application is run once where there are more than ten briefs. Memory is the largest resident set of any
process of the run; that of the launcher is in it, so that nothing can be less than about 10 MB.

The machine: {", ".join(machine())}. Load when it began: {load:.1f}.

![Seconds over briefs, for each contender](engine.svg)

## Aims

{_markdown([_AIMS, *verdicts(rows)])}
## Times

The columns `ninja` and `help` are ratios of medians, against ninja and `doit help` over the same briefs.

{_markdown([_HEAD, *cells(rows)])}"""


def _aligned(lines: Sequence[Cells]) -> str:
    widths = [max(len(line[index]) for line in lines) for index in range(len(lines[0]))]
    padded = (
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines
    )
    return "".join(f"{line.rstrip()}\n" for line in padded)


def _markdown(lines: Sequence[Cells]) -> str:
    head, *rest = lines
    return "".join(f"| {' | '.join(line)} |\n" for line in [head, ["---"] * len(head), *rest])
