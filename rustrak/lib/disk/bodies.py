"""Bodies that are too large for memory: in files without a name, which are gone with the process; so many and so much at once."""

from __future__ import annotations

import asyncio
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

from rustrak.lib.disk import space

#: How many bodies of one process may be on disk, and how many bytes together. Clients send eight at once.
MOST_BODIES, MOST_BYTES = 24, 768 * 1024 * 1024
# What waits to be written, for each body.
_WRITE_BYTES = 128 * 1024
# Beside what is to be kept free, as bodies are copied when they are taken apart.
_TIMES = 2


class NoSpace(Exception):
    """No more bodies can be on disk now: the client should try again later."""


class DiskBodies:
    """The budget of a process, and the threads that write. `directory` is made when it is first needed; `least` is what must stay free on
    its file system, as rustrak.lib.disk.space.measure takes it."""

    def __init__(self, directory: Path, least: int | None) -> None:
        self._directory = directory
        self._least = least
        self._threads: ThreadPoolExecutor | None = None
        self._lock = threading.Lock()
        self._count = self._bytes = 0

    def body(self, size: int) -> DiskBody:
        """A new body of about `size` bytes. Raises NoSpace."""
        with self._lock:
            if self._count >= MOST_BODIES or self._bytes + size > MOST_BYTES:
                raise NoSpace
            self._count += 1
            self._bytes += size
        try:
            return DiskBody(self, self._file(), self._writers(), size)
        except BaseException:
            self.release(size)
            raise

    def grow(self, size: int) -> None:
        """So many bytes more than was thought are on disk. Raises NoSpace. Called by a DiskBody."""
        with self._lock:
            if self._bytes + size > MOST_BYTES:
                raise NoSpace
            self._bytes += size

    def release(self, size: int) -> None:
        """A body of `size` bytes is gone. Called by a DiskBody, in any thread."""
        with self._lock:
            self._count -= 1
            self._bytes -= size

    def _file(self) -> IO[bytes]:
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            found = space.measure(self._directory, self._least)
            if found is not None and found.floor and found.free - _TIMES * self._bytes < found.floor:
                raise NoSpace
            return tempfile.TemporaryFile(dir=self._directory)
        except OSError:
            raise NoSpace from None

    def _writers(self) -> ThreadPoolExecutor:
        if self._threads is None:
            self._threads = ThreadPoolExecutor(2, thread_name_prefix="body")
        return self._threads


class DiskBody:
    """One body. In the end its `file` must be closed and `release` be called."""

    def __init__(
        self, bodies: DiskBodies, file: IO[bytes], threads: ThreadPoolExecutor, reserved: int
    ) -> None:
        self._bodies = bodies
        self._threads = threads
        self._reserved = reserved
        self._waiting: list[bytes] = []
        self._bytes = self._size = 0
        self.file = file

    async def write(self, data: bytes) -> None:
        """Append. Raises NoSpace."""
        self._waiting.append(data)
        self._bytes += len(data)
        self._size += len(data)
        if (more := self._size - self._reserved) > 0:
            self._bodies.grow(more)
            self._reserved = self._size
        if self._bytes >= _WRITE_BYTES:
            await self.flush()

    async def flush(self) -> None:
        """Write what waits. Raises NoSpace."""
        data, self._waiting, self._bytes = b"".join(self._waiting), [], 0
        try:
            await asyncio.get_running_loop().run_in_executor(self._threads, self.file.write, data)
        except OSError:
            raise NoSpace from None

    def release(self) -> None:
        """Give back the place of this body. A second call does nothing."""
        reserved, self._reserved = self._reserved, -1
        if reserved >= 0:
            self._bodies.release(reserved)
