"""How long the engine takes to find what is stale and to make it, against ninja, plain doit and a C loop.

python benchmarks/engine.py [--briefs 1,100,1000] [--runs 5] [--json] [--plot FILE] [--write FOLDER]

`--write docs` writes the page `docs/engine.md` with its plot.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from builds.course import measure
from builds.page import machine, page, printed, verdicts
from builds.plot import svg


def main() -> None:
    """Measure, print, and write what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--briefs", default="1,100,1000", type=_numbers)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--write", type=Path)
    chosen = parser.parse_args()
    load = os.getloadavg()[0]
    rows = []
    with tempfile.TemporaryDirectory(prefix="qlf-engine-") as folder:
        for briefs in chosen.briefs:
            sys.stderr.write(f"measuring {briefs} briefs\n")
            rows += measure(Path(folder) / str(briefs), briefs, chosen.runs)
    if chosen.plot:
        chosen.plot.write_text(svg(rows))
    if chosen.write:
        (chosen.write / "engine.svg").write_text(svg(rows))
        (chosen.write / "engine.md").write_text(page(rows, load))
    if chosen.json:
        told = {"machine": machine(), "load": load, "rows": [row.told() for row in rows]}
        sys.stdout.write(json.dumps({**told, "aims": list(verdicts(rows))}, indent=2) + "\n")
    else:
        sys.stdout.write(printed(rows))


def _numbers(text: str) -> list[int]:
    return sorted({int(word) for word in text.split(",")})


if __name__ == "__main__":
    main()
