"""The machine: the data directory, its disk, and how many files may be open."""

from __future__ import annotations

import errno
import os
import resource
import time
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from rustrak.ops.doctor.findings import Finding, ok, problem, size, warning

_MIB = 1024 * 1024
LEAST_BYTES, FEW_BYTES = 200 * _MIB, 2048 * _MIB
LEAST_INODES, FEW_INODES = 1000, 20_000
LEAST_DESCRIPTORS = 4096
SLOW_SECONDS = 0.1


def check_data() -> Iterator[Finding]:
    """RUSTRAK_DATA can be written and its disk has room."""
    directory = Path(settings.DATA_DIR)
    subject = "data directory"
    try:
        seconds = write_probe(directory, fsync=False)
    except OSError as error:
        yield cannot_write(subject, "RUSTRAK_DATA", directory, error)
        return
    found = list(room(subject, directory))
    yield from found or [
        ok(subject, f"{directory} is writable ({seconds * 1000:.1f} ms), {free(directory)} free")
    ]


def check_descriptors() -> Iterator[Finding]:
    """A web worker raises its soft limit as far as the hard one allows."""
    subject = "open files"
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard != resource.RLIM_INFINITY and hard < LEAST_DESCRIPTORS:
        yield warning(
            subject,
            f"a process may have {hard} files open at most; each connection is one",
            "Raise the hard limit: LimitNOFILE=65536 in the systemd unit, or ulimit -Hn 65536.",
        )
    else:
        yield ok(
            subject,
            f"a process may have {'any number of' if hard == resource.RLIM_INFINITY else hard} files open",
        )


def write_probe(directory: Path, *, fsync: bool) -> float:
    """Writes 4 KiB to a file in `directory` and removes it; the seconds that took. Raises OSError."""
    path = directory / f".doctor-{os.getpid()}-{os.urandom(4).hex()}"
    started = time.perf_counter()
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, b"\0" * 4096)
            if fsync:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        return time.perf_counter() - started
    finally:
        path.unlink(missing_ok=True)


def cannot_write(subject: str, name: str, directory: Path, error: OSError) -> Finding:
    """The finding when `write_probe` failed for the directory that the setting `name` names."""
    fixes = {
        "ENOSPC": "Make room on the disk.",
        "EDQUOT": "Raise the user's disk quota.",
        "EROFS": "The file system is mounted read-only, often after a disk error: look at dmesg.",
        "EACCES": f"Give the directory to the user that runs Rustrak, or set {name} to another.",
        "ENOENT": f"Make the directory, or set {name} to another.",
        "ENOTDIR": f"Something there is no directory: set {name} to another.",
        "EMFILE": "Raise the limit of open files.",
        "ENFILE": "The machine has too many files open: raise fs.file-max.",
    }
    fix = fixes.get(
        errno.errorcode.get(error.errno or 0, ""), f"Look after {directory}, or set {name} to another."
    )
    return problem(subject, f"{directory} cannot be written: {error.strerror or error}", fix)


def free(directory: Path) -> str:
    """What is free on its file system, for people."""
    about = os.statvfs(directory)
    return size(about.f_bavail * about.f_frsize)


def room(subject: str, directory: Path) -> Iterator[Finding]:
    """Nothing while its file system has bytes and inodes left."""
    about = os.statvfs(directory)
    left = about.f_bavail * about.f_frsize
    if left < FEW_BYTES:
        say = problem if left < LEAST_BYTES else warning
        yield say(subject, f"only {size(left)} are free on the disk of {directory}", "Make room on the disk.")
    # Some file systems have no fixed number of inodes and say 0.
    if about.f_files and about.f_favail < FEW_INODES:
        say = problem if about.f_favail < LEAST_INODES else warning
        yield say(
            subject,
            f"only {about.f_favail} more files fit on the disk of {directory}",
            "Delete small files, or move the directory to a file system with more inodes.",
        )
