"""Steps are made before they are asked for: applications side by side in warm processes, gates in threads.

The first application is made here, so that everything that it takes is loaded; then processes are forked
that have it all, and each takes the next application from a pipe until none is left. A process tells what
came of each step as soon as it is done. Gates begin when all applications are written; when those of one have
ended, evidence of what they said is brought together, whatever that is.
"""

from __future__ import annotations

import gc
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import Pipe
from multiprocessing.connection import wait
from typing import TYPE_CHECKING

from qlf.engine.making import GOOD, Made, Outcome, is_gate, is_late
from qlf.stages import batch, verify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future
    from multiprocessing.connection import Connection

    from qlf.engine.making import Maker
    from qlf.gates.batch import Batch
    from qlf.memory.manifest import Packed
    from qlf.pipeline import Step

_INDEX = 4
# So many applications are judged together at most.
_TOGETHER = 50
_ENDING = {signal.SIGINT, signal.SIGTERM}
# What loading makes stays: by Python's own settings a fifth of the first application's time goes into
# looking through it for garbage.
_COLLECTED_AFTER = (200_000, 50, 50)


@dataclass(slots=True)
class Ahead:
    """The making of some steps, by brief.

    `begin` is told of a step that begins here or in a thread, `end` of each that has ended.
    """

    maker: Maker
    steps: dict[str, list[Step]]
    jobs: int
    begin: Callable[[str], None] = lambda _: None
    end: Callable[[Made], None] = lambda _: None
    made: dict[str, Made] = field(default_factory=dict)
    _writing: Iterator[None] | None = None
    _under_way: bool = False
    _workers: dict[int, Connection] = field(default_factory=dict)
    _handed: set[str] = field(default_factory=set)
    _finished: set[str] = field(default_factory=set)
    _gates: dict[str, Future[Made]] = field(default_factory=dict)
    _threads: ThreadPoolExecutor | None = None

    def outcome(self, step: Step) -> Made:
        """Return what came of a step, when it is done."""
        if self._writing is None:
            self._writing = self._write()
        self._under_way = True
        try:
            while step.name not in self.made:
                if next(self._writing, self) is self:
                    self._judge(step)
        finally:
            self._under_way = False
        return self.made[step.name]

    def _all(self) -> Iterator[Step]:
        return (step for steps in self.steps.values() for step in steps)

    def knows(self, step: Step) -> bool:
        """Say whether a step is among those to be made."""
        return step in self.steps.get(step.brief, ())

    def complete(self) -> None:
        """Wait until all steps are done; nothing if that is what goes on here."""
        if not self._under_way:
            for step in self._all():
                self.outcome(step)

    def finish(self) -> None:
        """Note for each brief how far it came."""
        for brief, steps in self.steps.items():
            if brief not in self._finished or any(map(is_late, steps)):
                self.maker.finish(brief, [self.made[step.name] for step in steps if step.name in self.made])

    def close(self) -> None:
        """End what is under way. A process that has told all its steps still tells what it knows of them."""
        if self._writing and all(is_late(step) or step.name in self.made for step in self._all()):
            for _ in self._writing:
                pass
        for process in self._workers:
            os.kill(process, signal.SIGTERM)
        for process, connection in self._workers.items():
            os.waitpid(process, 0)
            connection.close()
        self._workers.clear()
        self.maker.state.replay(self._handed - self._finished)
        if self._threads:
            self._threads.shutdown(cancel_futures=True)

    def _tell(self, made: Made) -> None:
        self.made[made.step] = made
        self.end(made)

    def _write(self) -> Iterator[None]:
        """Make all but what comes late, a step at a time."""
        gc.set_threshold(*_COLLECTED_AFTER)
        lists = [[step for step in steps if not is_late(step)] for steps in self.steps.values()]
        alone = len(lists) if self.jobs == 1 or len(lists) <= self.jobs else 1
        for steps in lists[:alone]:
            for made in self.maker.bring(steps, self.begin):
                self._tell(made)
                yield
        if lists[alone:]:
            self._fork(lists[alone:])
            yield from self._gather([step for steps in lists[alone:] for step in steps])

    def _fork(self, lists: Sequence[Sequence[Step]]) -> None:
        reading, writing = os.pipe()
        parent = os.getpid()
        self._handed = {steps[0].brief for steps in lists if steps}
        gc.freeze()
        for _ in range(min(self.jobs, len(lists))):
            here, there = Pipe(duplex=False)
            # A signal between the fork and what follows would end a worker as if it were the build itself.
            signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
            process = os.fork()
            if process == 0:
                os.close(writing)
                here.close()
                _work(self.maker, lists, reading, there, parent)
            there.close()
            self._workers[process] = here
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
        os.close(reading)
        with os.fdopen(writing, "wb") as indices:
            for index in range(len(lists)):
                indices.write(index.to_bytes(_INDEX))

    def _gather(self, steps: Sequence[Step]) -> Iterator[None]:
        """Take what the processes tell, until each has ended."""
        while self._workers:
            ready = wait(list(self._workers.values()))
            for process, connection in [each for each in self._workers.items() if each[1] in ready]:
                try:
                    said: Made | tuple[str, Packed] = connection.recv()
                except (EOFError, OSError):  # it has ended, or was killed in the middle of a word
                    del self._workers[process]
                    os.waitpid(process, 0)
                    connection.close()
                    continue
                if isinstance(said, Made):
                    self._tell(said)
                    yield
                else:
                    brief, packed = said
                    self.maker.state.packed[brief] = packed
                    self.maker.state.opened.pop(brief, None)
                    self.maker.state.changed.discard(brief)
                    self._finished.add(brief)
        for step in steps:
            if step.name not in self.made:
                self._tell(Made(step.name, Outcome.CRASHED, crash="the process that made it was killed"))
                yield

    def _judge(self, step: Step) -> None:
        """Have the gates of all written applications run; wait for one, or for those that a step reads."""
        if self._threads is None:
            self._threads = ThreadPoolExecutor(self.jobs)
            ready = []
            for brief, steps in self.steps.items():
                # Threads that found it closed would each open one of their own, and remember only in that.
                self.maker.state.section(brief)
                written = all(self.made[each.name].outcome in GOOD for each in steps if not is_late(each))
                for late in filter(is_late, steps):
                    if not written:
                        self._tell(Made(late.name, Outcome.WAITS))
                    elif is_gate(late):
                        ready.append(late)
            batches = self._batches(ready)
            for gate in ready:
                self._gates[gate.name] = self._threads.submit(self._gate, gate, batches[gate.name])
        for gate in [step] if is_gate(step) else filter(is_gate, self.steps[step.brief]):
            if gate.name in self._gates:
                self._tell(self._gates.pop(gate.name).result())
        self._bring_together(step.brief)

    def _bring_together(self, brief: str) -> None:
        """Make what is late and no gate, if all gates of the brief have ended."""
        waiting = [step for step in self.steps[brief] if step.name not in self.made]
        if not any(map(is_gate, waiting)):
            for step in waiting:
                self.begin(step.name)
                self._tell(self.maker.make(step))

    def _batches(self, gates: Sequence[Step]) -> dict[str, Batch]:
        """Return by the names of steps the batches in which they are run, each of one gate."""
        parts: dict[str, list[Step]] = {}
        for gate in gates:
            parts.setdefault(gate.part, []).append(gate)
        found: dict[str, Batch] = {}
        for part, steps in parts.items():
            count = -(-len(steps) // _TOGETHER)
            for some in (steps[start::count] for start in range(count)):
                made = batch(self.maker.state.repository, part, partial(self._stale, some), self.jobs)
                found |= {gate.name: made for gate in some}
        return found

    def _stale(self, gates: Sequence[Step]) -> Iterator[str]:
        for gate in gates:
            with suppress(OSError):  # told when the gate is run
                if self.maker.reasons(gate):
                    yield gate.brief

    def _gate(self, gate: Step, one_of: Batch) -> Made:
        self.begin(gate.name)
        return self.maker.make(gate, run=lambda repository: verify(repository, gate.brief, gate.part, one_of))


def _work(
    maker: Maker, lists: Sequence[Sequence[Step]], indices: int, connection: Connection, parent: int
) -> None:
    """Make one list after the other, as long as there is one and somebody waits for it. Never returns."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
    try:
        while os.getppid() == parent and (index := os.read(indices, _INDEX)):
            steps = lists[int.from_bytes(index)]
            outcomes = []
            for made in maker.bring(steps):
                connection.send(made)
                outcomes.append(made)
            maker.finish(steps[0].brief, outcomes)
            connection.send((steps[0].brief, maker.state.section(steps[0].brief).packed()))
            maker.state.opened.pop(steps[0].brief)
        connection.close()
    finally:
        os._exit(0)
