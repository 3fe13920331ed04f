"""Shows that work on what strangers send takes time in proportion to its size: by ratios of CPU time within one run."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

Input = TypeVar("Input")

# In seconds of CPU time. Shorter runs are too noisy to be compared; longer ones are stopped and fail.
MEASURABLE, LONGEST = 0.02, 10.0
GROWTH = 4
# Quadratic work takes GROWTH ** 2 = 16 times as long. Linear work takes at most this often: four times as many small
# objects have been seen to take 10 times as long, as they no longer fit into the processor's caches.
MOST = 12.0
_RUNS = 3


class TooSlow(AssertionError):
    """The work took longer than LONGEST."""


def assert_linear(
    make: Callable[[int], Input],
    work: Callable[[Input], object],
    *,
    smallest: int = 16,
    largest: int = 1 << 20,
) -> None:
    """Assert that the CPU time of `work(make(n))` grows at most linearly with `n`, from `smallest` to `largest`.

    `n` is quadrupled until the work takes MEASURABLE seconds; then it must take at most MOST times as long for four
    times `n`. Work that is never so long up to `largest` passes, as it is bounded. Raises TooSlow after LONGEST seconds,
    which ends work that grows exponentially. Must run in the main thread, because it uses a signal.
    """
    size = smallest
    before = _seconds(make(size), work)
    while size < largest:
        size = min(size * GROWTH, largest)
        after = _seconds(make(size), work)
        if before >= MEASURABLE:
            ratio = after / before
            assert ratio <= MOST, f"{GROWTH} times the input took {ratio:.1f} times the CPU time (n = {size})"
            return
        before = after


def _seconds(value: Input, work: Callable[[Input], object]) -> float:
    """The least CPU time of some runs; of one run, when that is long."""
    best = LONGEST
    for _ in range(_RUNS):
        with _stopped_after(LONGEST):
            started = time.process_time()
            work(value)
            best = min(best, time.process_time() - started)
        if best > 50 * MEASURABLE:
            break
    return best


@contextmanager
def _stopped_after(seconds: float) -> Iterator[None]:
    def stop(signal_number: int, frame: object) -> None:
        raise TooSlow(f"took more than {seconds} seconds of CPU time")

    previous = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, previous)
