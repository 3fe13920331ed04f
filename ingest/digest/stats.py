"""Publishes what each digest has done, in a small file that other processes may read at any time."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import orjson

log = logging.getLogger(__name__)

RECORDS = (1, 2, 5, 10, 20, 50, 100, 200, 500)
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
WRITE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class DigestTotals:
    """What digest `number` has done since its file was created, over all its restarts.

    `by_records` and `by_seconds` are cumulative histograms: how many batches had at most so many RECORDS or SECONDS, and
    last how many there were. `at` is the Unix time of the last batch, `lag` the age in seconds of its oldest record then.
    """

    number: int
    batches: int = 0
    records: int = 0
    bytes: int = 0
    seconds: float = 0.0
    at: float = 0.0
    lag: float = 0.0
    by_records: tuple[int, ...] = (0,) * (len(RECORDS) + 1)
    by_seconds: tuple[int, ...] = (0,) * (len(SECONDS) + 1)


class DigestStats:
    """Counts what one digest does, and keeps it in `digest.<number>.json` in `directory`; not for number 0.

    Written at most once a second. A failure to write is ignored: it must not stop the digest.
    """

    def __init__(self, directory: Path, number: int) -> None:
        self._path = directory / f"digest.{number}.json" if number else None
        self._dirty = False
        self._written = 0.0
        before = (self._path and _read(self._path, number)) or DigestTotals(number)
        self._sums: dict[str, Any] = {name: getattr(before, name) for name in _NUMBERS}
        self._by_records = _differences(before.by_records)
        self._by_seconds = _differences(before.by_seconds)

    def batch(self, records: int, size: int, seconds: float, oldest: float) -> None:
        """Count a committed batch of `records` records and `size` bytes that took `seconds`; `oldest` is the Unix time at
        which its first record was received."""
        now = time.time()
        sums = self._sums
        sums["batches"] += 1
        sums["records"] += records
        sums["bytes"] += size
        sums["seconds"] += seconds
        sums["at"] = now
        sums["lag"] = max(0.0, now - oldest)
        _count(self._by_records, RECORDS, records)
        _count(self._by_seconds, SECONDS, seconds)
        self._dirty = True
        if time.monotonic() - self._written >= WRITE_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write the file if there is anything new."""
        if self._path is None or not self._dirty:
            return
        self._dirty, self._written = False, time.monotonic()
        text = orjson.dumps(
            {
                **self._sums,
                "by_records": _cumulative(self._by_records),
                "by_seconds": _cumulative(self._by_seconds),
            }
        )
        draft = self._path.with_suffix(f".{os.getpid()}.draft")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(text)
            draft.replace(self._path)
        except OSError as error:
            log.debug("cannot write the digest's statistics: %s", error)


def read(directory: Path) -> list[DigestTotals]:
    """What the digests of this machine have done, sorted by number. Other files, and unreadable ones, are skipped."""
    found = []
    try:
        names = os.listdir(directory)
    except OSError:
        return []
    for name in names:
        number = name.removeprefix("digest.").removesuffix(".json")
        if name == f"digest.{number}.json" and number.isascii() and number.isdigit():
            totals = _read(directory / name, int(number))
            if totals is not None:
                found.append(totals)
    return sorted(found, key=lambda totals: totals.number)


_NUMBERS = {"batches": int, "records": int, "bytes": int, "seconds": float, "at": float, "lag": float}


def _read(path: Path, number: int) -> DigestTotals | None:
    try:
        about = orjson.loads(path.read_bytes())
        by_records, by_seconds = (tuple(map(int, about[name])) for name in ("by_records", "by_seconds"))
        if len(by_records) != len(RECORDS) + 1 or len(by_seconds) != len(SECONDS) + 1:
            return None
        numbers = {name: kind(about[name]) for name, kind in _NUMBERS.items()}
        return DigestTotals(number, **numbers, by_records=by_records, by_seconds=by_seconds)
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _count(counts: list[int], bounds: Sequence[float], value: float) -> None:
    counts[next((index for index, bound in enumerate(bounds) if value <= bound), len(bounds))] += 1


def _cumulative(counts: Sequence[int]) -> tuple[int, ...]:
    return tuple(accumulate(counts))


def _differences(sums: Sequence[int]) -> list[int]:
    return [after - before for before, after in zip((0, *sums), sums, strict=False)]
