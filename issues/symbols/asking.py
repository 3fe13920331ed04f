"""One question to the child, with its files. What cannot be read is remembered, so that it is not asked again with every event."""

from __future__ import annotations

import logging
import os
import shutil
import socket
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from django.conf import settings

from issues.symbols import running, silence, wire
from issues.symbols.answers import Unavailable, Unreadable
from rustrak.lib import wording
from rustrak.lib.disk import space

log = logging.getLogger(__name__)

REMEMBERED_SECONDS = 600.0
MOST_REMEMBERED = 1024
MOST_IDLE = 8
# The child unpacks these into temporary files in RUN_DIR.
_COPIED = frozenset(("java", "native", "objects"))
# A file that ends the child twice is refused by the third.
_ATTEMPTS = 4


class File(Protocol):
    """Content to look up in. `sha256` names it; `open()` returns its bytes, compressed with zstd where `is_compressed`; `size` is the number
    of bytes without compression."""

    @property
    def sha256(self) -> str: ...

    @property
    def size(self) -> int: ...

    @property
    def is_compressed(self) -> bool: ...

    def open(self) -> BinaryIO: ...


class _Connections:
    """Connections that wait for the next question. Those of another process, whose fork this one is, are never used."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[socket.socket] = []
        self._process = os.getpid()

    def take(self) -> socket.socket | None:
        with self._lock:
            if self._process != os.getpid():
                self._drop()
                self._process = os.getpid()
            return self._idle.pop() if self._idle else None

    def give_back(self, connection: socket.socket) -> None:
        with self._lock:
            if self._process == os.getpid() and len(self._idle) < MOST_IDLE:
                self._idle.append(connection)
                return
        connection.close()

    def close(self) -> None:
        with self._lock:
            self._drop()

    def _drop(self) -> None:
        for connection in self._idle:
            connection.close()
        self._idle.clear()


class _Refused:
    """Why some files cannot be read, for a while."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[str, tuple[float, str]] = OrderedDict()

    def get(self, key: str) -> str | None:
        found = self._known.get(key)
        return found[1] if found is not None and time.monotonic() < found[0] else None

    def put(self, key: str, reason: str) -> None:
        with self._lock:
            self._known[key] = time.monotonic() + REMEMBERED_SECONDS, reason
            self._known.move_to_end(key)
            while len(self._known) > MOST_REMEMBERED:
                self._known.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._known.clear()


_connections = _Connections()
_refused = _Refused()


def forget() -> None:
    """Ask everything anew. For tests."""
    _connections.close()
    _refused.clear()
    silence.forget()


def ask(
    kind: str, files: Sequence[File | None], question: dict[str, Any], patience: float, part: str = ""
) -> Any:
    """The value that the child answers. `part` says what of the files is asked for, where they have several parts that are read
    separately. Raises Unreadable and Unavailable."""
    key = ":".join([kind, part, *("-" if file is None else file.sha256 for file in files)])
    if (reason := _refused.get(key)) is not None:
        raise Unreadable(reason)
    named = [
        None if file is None else {"sha256": file.sha256, "size": file.size, "zstd": file.is_compressed}
        for file in files
    ]
    answer = _answered({"kind": kind, "files": named, **question}, files, time.monotonic() + patience)
    if (reason := answer.get("unreadable")) is not None:
        _refused.put(key, str(reason))
        raise Unreadable(str(reason))
    if "value" not in answer:
        why = str(answer.get("failed"))
        log.error("a source map or debug file could not be looked up in: %s", why)
        raise Unavailable(f"The process that reads maps failed: {why}")
    return answer["value"]


def _answered(question: dict[str, Any], files: Sequence[File | None], deadline: float) -> dict[str, Any]:
    """The child's answer. A child that ends is replaced, because it may have been about another's file."""
    silence.check(_connections.close)
    for _ in range(_ATTEMPTS + MOST_IDLE):
        is_new = (connection := _connections.take()) is None
        if connection is None:
            connection = running.connect(deadline)
        try:
            answer = _exchanged(connection, question, files, deadline)
        except (OSError, wire.Broken) as error:
            connection.close()
            if isinstance(error, TimeoutError):
                silence.look()
                raise Unavailable("The process that reads maps did not answer in time.") from None
            if is_new and time.monotonic() >= deadline:
                break
        except BaseException:
            connection.close()
            raise
        else:
            _connections.give_back(connection)
            return answer
    raise Unavailable("The process that reads maps ended before it answered.")


def _exchanged(
    connection: socket.socket, question: dict[str, Any], files: Sequence[File | None], deadline: float
) -> dict[str, Any]:
    _wait(connection, deadline)
    wire.send(connection, question)
    _wait(connection, deadline)
    answer = _received(connection)
    if "need" not in answer:
        return answer
    if question["kind"] in _COPIED:
        _require_space(sum(file.size for file in files if file is not None))
    with ExitStack() as opened:
        descriptors = [_descriptor(file, opened) for file in files if file is not None]
        _wait(connection, deadline)
        wire.send(connection, {"files": len(descriptors)}, descriptors)
    _wait(connection, deadline)
    return _received(connection)


def _require_space(size: int) -> None:
    """Raises Unavailable when so many bytes more in RUN_DIR would leave too little free space (MIN_FREE_BYTES)."""
    found = space.measure(Path(settings.RUN_DIR), settings.MIN_FREE_BYTES)
    if found is not None and found.floor and found.free - size < found.floor:
        raise Unavailable(
            f"The server has too little free disk space to unpack the file: {wording.size(found.free)} are free, "
            f"{wording.size(found.floor)} are kept free."
        )


def _received(connection: socket.socket) -> dict[str, Any]:
    received = wire.receive(connection)
    if received is None:
        raise wire.Broken
    wire.close(received[1])
    return received[0]


def _wait(connection: socket.socket, deadline: float) -> None:
    """Have the connection's calls wait until the deadline."""
    if (left := deadline - time.monotonic()) <= 0:
        raise TimeoutError
    connection.settimeout(left)


def _descriptor(file: File, opened: ExitStack) -> int:
    """A descriptor of the file's bytes; where the storage has none, of a copy of them. Raises Unavailable."""
    try:
        stream = opened.enter_context(file.open())
        with suppress(OSError, AttributeError):
            return stream.fileno()
        _require_space(file.size)
        copy = opened.enter_context(tempfile.TemporaryFile(dir=settings.RUN_DIR))  # noqa: SIM115
        shutil.copyfileobj(stream, copy)
        copy.flush()
        return copy.fileno()
    except Unavailable:
        raise
    except Exception as error:  # whatever a storage raises
        why = " ".join(str(error).split())[:200]
        raise Unavailable(f"The file cannot be read from its storage: {why}") from error
