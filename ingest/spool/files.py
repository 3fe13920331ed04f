"""Files of the spool: names, locks, and writes that are on disk when they return.

A segment is `*.open` while its writer appends and holds its lock, `*.sealed` from then on. A payload too large for
a segment is a `*.blob`, locked by its writer until the record that names it is in a segment. Names sort by age.
Locks are flock(): the kernel drops them with the process, however it dies.
"""

from __future__ import annotations

import fcntl
import itertools
import os
import time
from pathlib import Path

OPEN = ".open"
SEALED = ".sealed"
BLOB = ".blob"

_serial = itertools.count()


def new_name(name: str) -> str:
    """A name, without suffix, that sorts after the older ones and that nobody else makes."""
    return f"{time.time_ns():020d}-{name}-{os.getpid()}-{next(_serial)}"


def begun_at(name: str) -> float | None:
    """When a segment was begun, as Unix time from its name; None if the name is not one of `new_name`."""
    nanoseconds = name.partition("-")[0]
    return int(nanoseconds[:20]) / 1e9 if nanoseconds.isascii() and nanoseconds.isdigit() else None


def create_locked(directory: Path, name: str, *, sync: bool, suffix: str = OPEN) -> tuple[int, Path]:
    """A new, empty file with its lock held: (descriptor, path). Raises OSError.

    `sync`: each write returns when its bytes are on disk. One call, where write and fsync would be two for
    which a thread must get back Python's lock from a busy event loop.
    """
    directory.mkdir(parents=True, exist_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC | (os.O_DSYNC if sync else 0)
    while True:
        path = directory / (new_name(name) + suffix)
        descriptor = os.open(path, flags, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            # A digest that looked between the two calls took it for an orphan and removed it.
            if os.fstat(descriptor).st_nlink:
                return descriptor, path
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def try_lock(path: Path) -> int | None:
    """A descriptor of the file with its lock held; None when it is gone or somebody else has it."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Somebody may have renamed or removed it before we had the lock.
        if os.path.samestat(os.fstat(descriptor), os.stat(path)):
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None


def write_all(descriptor: int, data: bytes) -> None:
    """Writes every byte or raises OSError."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def sync_directory(directory: Path) -> None:
    """Makes names created in the directory last."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def named(directory: Path, suffix: str) -> list[Path]:
    """The spool's files with this suffix, oldest first; none when there is no spool yet."""
    try:
        with os.scandir(directory) as entries:
            names = sorted(entry.name for entry in entries if entry.name.endswith(suffix))
    except FileNotFoundError:
        return []
    return [directory / name for name in names]
