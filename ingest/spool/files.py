"""The spool's files: their names and locks, and writes that are on disk when they return.

A segment is called `*.open` while its writer holds the lock and appends, then `*.sealed`. A payload that is too large for
a segment is a `*.blob`, locked by its writer until a segment holds the record that names it. Names sort by age. Locks are
flock(): the kernel releases them when the process ends, however it ends.
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
    """A unique name without suffix that sorts after all older ones."""
    return f"{time.time_ns():020d}-{name}-{os.getpid()}-{next(_serial)}"


def begun_at(name: str) -> float | None:
    """When a segment was begun, as Unix time from its name; None if the name is not one of `new_name`."""
    nanoseconds = name.partition("-")[0]
    return int(nanoseconds[:20]) / 1e9 if nanoseconds.isascii() and nanoseconds.isdigit() else None


def create_locked(directory: Path, name: str, *, sync: bool, suffix: str = OPEN) -> tuple[int, Path]:
    """Create an empty file and lock it. Returns (descriptor, path). Raises OSError.

    With `sync` each write returns once its bytes are on disk: one system call instead of write and fsync, after each
    of which a thread would have to wait for the GIL of a busy event loop.
    """
    directory.mkdir(parents=True, exist_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC | (os.O_DSYNC if sync else 0)
    while True:
        path = directory / (new_name(name) + suffix)
        descriptor = os.open(path, flags, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            # A digest that came between the two calls took the file for an orphan and deleted it.
            if os.fstat(descriptor).st_nlink:
                return descriptor, path
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def try_lock(path: Path) -> int | None:
    """Open the file and lock it. Returns its descriptor; None if it is gone or locked by somebody else."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # It may have been renamed or deleted before we had the lock.
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
    """Write every byte. Raises OSError."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def sync_directory(directory: Path) -> None:
    """Have the names in the directory on disk."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def named(directory: Path, suffix: str) -> list[Path]:
    """The spool's files with this suffix, oldest first; empty if there is no spool yet."""
    try:
        with os.scandir(directory) as entries:
            names = sorted(entry.name for entry in entries if entry.name.endswith(suffix))
    except FileNotFoundError:
        return []
    return [directory / name for name in names]
