"""The machine: versions, the data directory, its disk, its clock, and the limit of open files."""

from __future__ import annotations

import errno
import os
import platform
import resource
import time
from collections.abc import Iterator
from pathlib import Path

import django
from django.conf import settings

from issues.retention import trusted_clock
from rustrak.lib import clock
from rustrak.lib.disk import space
from rustrak.lib.version import version
from rustrak.lib.wording import duration, moment_text, size
from rustrak.ops.doctor.findings import Finding, ok, problem, warning

_MIB = 1024 * 1024
LEAST_BYTES, FEW_BYTES = 200 * _MIB, 2048 * _MIB
LEAST_INODES, FEW_INODES = 1000, 20_000
LEAST_DESCRIPTORS = 4096
SLOW_SECONDS = 0.1


def check_version() -> Iterator[Finding]:
    """What runs here, so that a report of it is complete."""
    yield ok(
        "version", f"Rustrak {version()}, Python {platform.python_version()}, Django {django.__version__}"
    )


def check_data() -> Iterator[Finding]:
    """RUSTRAK_DATA is writable and its disk has free space."""
    directory = Path(settings.DATA_DIR)
    subject = "data directory"
    try:
        seconds = write_probe(directory, fsync=False)
    except OSError as error:
        yield cannot_write(subject, "RUSTRAK_DATA", directory, error)
        return
    found = list(free_space(subject, directory))
    yield from found or [
        ok(subject, f"{directory} is writable ({duration(seconds)}), {free(directory)} free")
    ]


def check_clock() -> Iterator[Finding]:
    """The clock is one that retention believes."""
    now = clock.now()
    doubt = trusted_clock.doubt(now)
    if doubt is not None:
        yield problem("clock", doubt.text, doubt.fix)
    else:
        yield ok("clock", f"it is {moment_text(now)}")


def check_descriptors() -> Iterator[Finding]:
    """The hard limit of open files, up to which a web worker raises its soft limit."""
    subject = "open files"
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard != resource.RLIM_INFINITY and hard < LEAST_DESCRIPTORS:
        yield warning(
            subject,
            f"a process can have only {hard} files open, and each connection needs one",
            "Raise the hard limit: LimitNOFILE=65536 in the systemd unit, or ulimit -Hn 65536.",
        )
    else:
        yield ok(
            subject,
            f"a process can have {'any number of' if hard == resource.RLIM_INFINITY else f'{hard:,}'} files open",
        )


def write_probe(directory: Path, *, fsync: bool) -> float:
    """Write a file of 4 KiB in `directory` and remove it; the seconds that took. Raises OSError."""
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
    """The finding when `write_probe` failed in `directory`, the value of the setting `name`."""
    fixes = {
        "ENOSPC": "Free space on the disk.",
        "EDQUOT": "Raise the user's disk quota.",
        "EROFS": "The file system is mounted read-only, often after a disk error: see dmesg.",
        "EACCES": f"Make the user that runs Rustrak the owner of the directory, or set {name} to another directory.",
        "ENOENT": f"Create the directory, or set {name} to another one.",
        "ENOTDIR": f"A part of the path is not a directory: set {name} to another path.",
        "EMFILE": "Raise the limit of open files for this user.",
        "ENFILE": "The machine has too many open files: raise fs.file-max.",
    }
    fix = fixes.get(
        errno.errorcode.get(error.errno or 0, ""),
        f"Check {directory} and its disk, or set {name} to another directory.",
    )
    return problem(subject, f"{directory} is not writable: {error.strerror or error}", fix)


def free(directory: Path) -> str:
    """The free space of the directory's file system, such as `12.5 GiB`."""
    about = os.statvfs(directory)
    return size(about.f_bavail * about.f_frsize)


def free_space(subject: str, directory: Path) -> Iterator[Finding]:
    """Findings when the directory's file system runs out of bytes or inodes; nothing while it has plenty."""
    about = os.statvfs(directory)
    found = space.measure(directory, settings.MIN_FREE_BYTES, about)
    if found is None:
        return
    if found.free < found.floor:
        yield problem(
            subject,
            f"only {size(found.free)} are free on the disk of {directory}: below {size(found.floor)} (MIN_FREE_BYTES) SDKs get a 503",
            "Free space on the disk.",
        )
    elif found.free < max(FEW_BYTES, 2 * found.floor):
        report = problem if found.free < LEAST_BYTES else warning
        floor = f"; below {size(found.floor)} SDKs get a 503" if found.floor else ""
        yield report(
            subject,
            f"only {size(found.free)} are free on the disk of {directory}{floor}",
            "Free space on the disk.",
        )
    # A file system without a fixed number of inodes reports 0.
    if about.f_files and about.f_favail < FEW_INODES:
        report = problem if about.f_favail < LEAST_INODES else warning
        yield report(
            subject,
            f"only {about.f_favail:,} more files can be created on the disk of {directory}",
            "Delete small files, or move the directory to a file system with more inodes.",
        )
