"""How long one sentence takes to become a verified application, and how much memory.

Runs `qlf generate --dry-run` from an empty folder, gates included, as often as asked, after one run
that fills the caches of the tools. Prints each run, the median, and the largest resident set.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time

SENTENCE = "Create a FastAPI user management system"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--sentence", default=SENTENCE)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    _run(arguments.sentence)
    seconds = [_run(arguments.sentence) for _ in range(arguments.runs)]
    mebibytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    result = {
        "sentence": arguments.sentence,
        "seconds": [round(one, 2) for one in seconds],
        "median": round(statistics.median(seconds), 2),
        "largest_process_mib": round(mebibytes),
    }
    if arguments.json:
        sys.stdout.write(json.dumps(result) + "\n")
        return
    runs = ", ".join(f"{one:.1f}" for one in seconds)
    sys.stdout.write(f"{arguments.sentence}\n  runs     {runs} s\n")
    sys.stdout.write(f"  median   {result['median']} s\n  memory   {result['largest_process_mib']} MiB\n")


def _run(sentence: str) -> float:
    with tempfile.TemporaryDirectory() as folder:
        # A name of its own for each run: verdicts over the same bytes would come from the cache.
        name = f"measured-{time.time_ns()}"
        command = [sys.executable, "-m", "qlf", "generate", "--dry-run", "--json", "--name", name, sentence]
        started = time.perf_counter()
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - no shell
        return time.perf_counter() - started


if __name__ == "__main__":
    main()
