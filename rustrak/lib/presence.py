"""Which processes run on this machine: each one holds the lock of a file that names its role.

The kernel releases a lock when its process dies, however it dies, so a held lock always belongs to a running process.
Files are numbered from 1 for each role and reused: there are never more than processes have run at once.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import time
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger("rustrak.presence")

MAX_PROCESSES = 1024
# Never closed: the lock lasts as long as the process.
_held: dict[tuple[Path, str], tuple[int, int]] = {}


@dataclass(frozen=True, slots=True)
class Present:
    """A running process. `since` is the Unix time of its start. Until it has written them, `pid` and `since` are 0."""

    role: str
    number: int
    pid: int
    since: float


def hold(directory: Path, role: str) -> int:
    """Register this process under `role` (letters, digits, dashes) as long as it lives; its number, from 1.

    Returns 0 when the file cannot be written, which is logged: the process must work without it.
    """
    if (held := _held.get((directory, role))) and held[1] == os.getpid():
        return held[0]
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for number in range(1, MAX_PROCESSES + 1):
            descriptor = os.open(_path(directory, role, number), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.ftruncate(descriptor, 0)
                os.write(descriptor, json.dumps({"pid": os.getpid(), "since": time.time()}).encode())
            except BlockingIOError:
                os.close(descriptor)
                continue
            except BaseException:
                os.close(descriptor)
                raise
            _held[directory, role] = (number, os.getpid())
            return number
    except OSError as error:
        log.warning("%s cannot be registered as running: %s", role, error)
    return 0


def present(directory: Path, role: str) -> list[Present]:
    """The running processes of `role`, ordered by number; none if `directory` is missing. Raises other OSErrors."""
    found = []
    for number in _numbers(directory, role):
        try:
            descriptor = os.open(_path(directory, role, number), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            found.append(_present(role, number, os.read(descriptor, 200)))
        finally:
            os.close(descriptor)
    return found


def _path(directory: Path, role: str, number: int) -> Path:
    return directory / f"{role}.{number}.lock"


def _numbers(directory: Path, role: str) -> list[int]:
    numbers = []
    try:
        names = os.listdir(directory)
    except FileNotFoundError:
        return []
    for name in names:
        kind, _, number = name.removesuffix(".lock").rpartition(".")
        if name.endswith(".lock") and kind == role and number.isascii() and number.isdigit():
            numbers.append(int(number))
    return sorted(numbers)


def _present(role: str, number: int, text: bytes) -> Present:
    try:
        about = json.loads(text)
        return Present(role, number, int(about["pid"]), float(about["since"]))
    except (ValueError, TypeError, KeyError):  # it has only just started
        return Present(role, number, 0, 0.0)
