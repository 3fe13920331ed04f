"""How much more the disks can hold, and whether that is too little to accept anything.

A floor of free space is kept, so that the database, retention and people can go on when strangers, or another program,
have filled the disk.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

#: The floor when the operator sets none: this, or on a small file system this part of it.
FLOOR_BYTES, FLOOR_PART = 512 * 1024 * 1024, 10
#: File systems with a fixed number of files: as many, or this part of them, must be free.
FLOOR_FILES, FLOOR_FILES_PART = 1000, 100
# Space is little below the floor, and enough again this much above it.
ENOUGH = 1.1
MEASURE_SECONDS = 1.0


class FileSystem(Protocol):
    """What os.statvfs returns."""

    @property
    def f_bavail(self) -> int: ...
    @property
    def f_frsize(self) -> int: ...
    @property
    def f_blocks(self) -> int: ...
    @property
    def f_files(self) -> int: ...
    @property
    def f_favail(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Space:
    """The file system of `directory`: how many bytes are free, and how many must be. `files_left` is False when hardly
    another file can be created."""

    directory: Path
    free: int
    floor: int
    files_left: bool = True

    def below(self, times: float = 1.0) -> bool:
        """Whether less is free than `times` the floor."""
        return self.free < times * self.floor or (self.floor > 0 and not self.files_left)


def measure(directory: Path, least: int | None, about: FileSystem | None = None) -> Space | None:
    """The space of a directory, or of the nearest that exists above it; None when it cannot be measured.

    `least` is the floor in bytes: 0 for none, None for FLOOR_BYTES or a FLOOR_PART of a small file system.
    """
    try:
        while about is None:
            try:
                about = os.statvfs(directory)
            except FileNotFoundError:
                if directory == directory.parent:
                    return None
                directory = directory.parent
    except OSError:
        return None
    free = about.f_bavail * about.f_frsize
    floor = min(FLOOR_BYTES, about.f_blocks * about.f_frsize // FLOOR_PART) if least is None else least
    files_left = not about.f_files or about.f_favail >= min(FLOOR_FILES, about.f_files // FLOOR_FILES_PART)
    return Space(directory, free, floor, files_left)


class FreeSpace:
    """Whether one of the file systems of `directories` has less free than `least` bytes, measured once a second.

    Once it has, it must have a tenth more before it has enough again. Thread-safe: at worst two threads measure at once.
    """

    def __init__(
        self,
        directories: Sequence[Path],
        least: int | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._directories = directories
        self._least = least
        self._clock = clock
        self._due = -1.0
        self._little = False

    def spaces(self) -> list[Space]:
        """The space of each directory that can be measured, now."""
        return [found for one in self._directories if (found := measure(one, self._least)) is not None]

    def room(self, directory: Path) -> int:
        """How many bytes more can be written to `directory` until space is little there, now."""
        found = measure(directory, self._least)
        return sys.maxsize if found is None or not found.floor else found.free - found.floor

    def is_little(self) -> bool:
        """Whether too little is free. Never raises: what cannot be measured is taken for enough."""
        if self._least == 0:
            return False
        now = self._clock()
        if now >= self._due:
            self._due = now + MEASURE_SECONDS
            self._little = any(one.below(ENOUGH if self._little else 1.0) for one in self.spaces())
        return self._little
