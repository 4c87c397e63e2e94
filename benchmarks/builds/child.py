"""Run one command and print its exit code, seconds, processor time and largest resident sets as JSON.

python -I -S child.py [--workers] COMMAND...

It is a process of its own, and small, because what a process holds at its first moment is charged to the
resident set of what it starts. `--workers` also watches the command's own children, and tells the largest.
"""

import json
import os
import sys
import time

_PAUSE = 0.02


def main(words: list[str]) -> None:
    """Run, wait and tell."""
    watched = words[0] == "--workers"
    command = words[watched:]
    null = os.open(os.devnull, os.O_RDWR)
    started = time.perf_counter()
    actions = [(os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, null, 1)]
    process = os.posix_spawn(command[0], command, os.environ, file_actions=actions)
    worker = 0
    if watched:
        while not (ended := os.wait4(process, os.WNOHANG))[0]:
            worker = max(worker, *(_highest(child) for child in _children(process)), 0)
            time.sleep(_PAUSE)
    else:
        ended = os.wait4(process, 0)
    seconds = time.perf_counter() - started
    usage = ended[2]
    said = {
        "code": os.waitstatus_to_exitcode(ended[1]),
        "seconds": seconds,
        "user": usage.ru_utime,
        "system": usage.ru_stime,
        "resident": usage.ru_maxrss,
        "worker": worker,
    }
    sys.stdout.write(json.dumps(said))


def _children(process: int) -> list[int]:
    try:
        with open(f"/proc/{process}/task/{process}/children", encoding="ascii") as opened:  # noqa: PTH123
            return [int(word) for word in opened.read().split()]
    except OSError:
        return []


def _highest(process: int) -> int:
    """Return the largest resident set so far, in KiB; 0 if the process is gone or no Python of ours."""
    try:
        with open(f"/proc/{process}/status", encoding="ascii") as opened:  # noqa: PTH123
            lines = dict(line.split(":", 1) for line in opened)
    except (OSError, ValueError):
        return 0
    return int(lines.get("VmHWM", "0").split()[0]) if lines.get("Name", "").strip().startswith("py") else 0


if __name__ == "__main__":
    main(sys.argv[1:])
