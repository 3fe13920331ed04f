"""Keeps what Rustrak writes from other users of the machine: new files by the umask, older ones by changing their mode.

A directory is closed to others when it is clearly Rustrak's alone; docs/decisions/0014 says how that is decided.
Symbolic links are never followed: what they lead to is not below the directory.
"""

from __future__ import annotations

import contextlib
import logging
import os
import stat
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)

UMASK = 0o077
#: The bits of a mode that let the group and everybody else in.
OTHERS = 0o077
#: How many entries are looked at, those near the top first: attachments may be millions of files.
MOST_ENTRIES = 50_000
# What may be in a directory of ours without anybody else using it.
_HARMLESS = frozenset({"lost+found"})
# Below the root: system directories, which an operator may name by mistake.
_SHARED = frozenset({
    "", "boot", "dev", "dev/shm", "etc", "home", "media", "mnt", "opt", "root", "run", "srv", "tmp", "usr", "usr/local",
    "var", "var/cache", "var/lib", "var/log", "var/opt", "var/run", "var/spool", "var/tmp",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Exposed:
    """The files below some directories that others can read: the `first` paths, and how many there are. `complete` is
    False when there were too many files to look at all of them."""

    first: list[Path]
    count: int
    complete: bool = True


def create(directory: Path, ours: Collection[str] = ()) -> None:
    """Create the directory for its owner alone, with its parents, or `close` the existing one. Raises OSError when there
    is no such directory afterwards."""
    try:
        directory.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        if not directory.is_dir():
            raise
        close(directory, ours)


def close(directory: Path, ours: Collection[str] = ()) -> None:
    """Take the rights of others from an existing directory if it is clearly Rustrak's alone. Never raises: whoever needs
    the directory finds out what is wrong with it, and a system check names what stays open.

    `ours` are the names of the directories that Rustrak makes in it.
    """
    with contextlib.suppress(OSError):
        about = directory.stat()
        if stat.S_IMODE(about.st_mode) & OTHERS and why_shared(directory, ours) is None:
            _close(directory, about)


def why_shared(directory: Path, ours: Collection[str] = ()) -> str | None:
    """Why the mode of an existing directory is left to the operator, as the end of a sentence about it; None if it is
    Rustrak's alone. Raises OSError."""
    about = directory.stat()
    if about.st_uid != os.geteuid():
        return f"belongs to another user (uid {about.st_uid})"
    if about.st_mode & stat.S_ISVTX or str(directory)[1:] in _SHARED or directory == _home():
        return "is a directory that everybody uses"
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.name in ours or entry.name in _HARMLESS:
                continue
            if (
                entry.is_dir(follow_symlinks=False)
                or entry.stat(follow_symlinks=False).st_uid != about.st_uid
            ):
                return f"also holds {entry.name}, which is not Rustrak's"
    return None


def tighten(paths: Iterable[Path], skipped: Collection[Path] = ()) -> int:
    """Take the rights of others from the given files, and from the given directories and everything below them, but not
    from what is in the directories `skipped`. Returns how many were changed. Never raises; failures are one log line."""
    changed = failed = 0
    for path, about in _walk(paths, skipped):
        if stat.S_IMODE(about.st_mode) & OTHERS:
            done = about.st_uid == os.geteuid() and _close(path, about)
            changed += done
            failed += not done
    if changed:
        log.info("closed %d files and directories that other users of this machine could read", changed)
    if failed:
        log.warning(
            "%d files and directories can be read by other users and cannot be changed; `manage.py doctor` names them",
            failed,
        )
    return changed


def exposed(paths: Iterable[Path], most: int = 20) -> Exposed:
    """Which of the given files and directories, and of everything below them, give any right to others; up to `most`
    are named."""
    first: list[Path] = []
    count = seen = 0
    for path, about in _walk(paths):
        seen += 1
        if stat.S_IMODE(about.st_mode) & OTHERS:
            count += 1
            if len(first) < most:
                first.append(path)
    return Exposed(first, count, seen < MOST_ENTRIES)


def _home() -> Path | None:
    try:
        return Path.home()
    except RuntimeError:  # this user has none
        return None


def _close(path: Path, about: os.stat_result) -> bool:
    try:
        # Only what was looked at: a link that replaced it since must not lead the change to another file.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        # A socket cannot be opened. It is in a directory of ours, where nobody else can replace it.
        if not stat.S_ISSOCK(about.st_mode):
            return False
        path.chmod(stat.S_IMODE(about.st_mode) & ~OTHERS)
        return True
    try:
        found = os.fstat(descriptor)
        if not os.path.samestat(found, about):
            return False
        os.fchmod(descriptor, stat.S_IMODE(found.st_mode) & ~OTHERS)
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)


def _walk(paths: Iterable[Path], skipped: Collection[Path] = ()) -> Iterator[tuple[Path, os.stat_result]]:
    """Each of `paths` and, below directories that are not `skipped`, their entries, level by level.
    At most MOST_ENTRIES; no symbolic links, and nothing that vanishes meanwhile."""
    waiting = deque(paths)
    left = MOST_ENTRIES
    while waiting and left:
        path = waiting.popleft()
        try:
            about = path.lstat()
        except OSError:
            continue
        if stat.S_ISLNK(about.st_mode):
            continue
        left -= 1
        yield path, about
        if stat.S_ISDIR(about.st_mode) and path not in skipped:
            try:
                with os.scandir(path) as entries:
                    for entry, _ in zip(entries, range(left), strict=False):
                        waiting.append(Path(entry.path))
            except OSError:
                continue
