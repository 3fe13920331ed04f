"""Answers questions on a socket, and ends when nobody has asked for a while, or the process that started it has ended."""

from __future__ import annotations

import os
import select
import signal
import socket
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

from issues.symbols import wire
from issues.symbols.answers import Unreadable
from issues.symbols.child import limits, questions, text
from issues.symbols.child.kept import Kept
from issues.symbols.child.loading import Loader
from issues.symbols.child.suspects import Suspects

IDLE_SECONDS = 45.0
MOST_CONNECTIONS = 128
_LOOK_SECONDS = 0.25
_QUIET_LOOK_SECONDS = 1.0
_CONNECTION_STACK_BYTES = 512 << 10
_OTHER_SIDE_SECONDS = 30.0
_TERMINATED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Server:
    """Serves on `listener`. `directory` is where it leaves notes for the next child."""

    def __init__(self, listener: socket.socket, directory: Path, idle_seconds: float = IDLE_SECONDS) -> None:
        self._listener = listener
        self._idle = idle_seconds
        self._suspects = Suspects(directory)
        self._watch = limits.Watch(self._late)
        self._kept = Kept(clock=time.monotonic)
        self._loader = Loader(self._kept, self._suspects, self._watch)
        self._connections = 0
        self._lock = threading.Lock()
        self._asked: list[int] = []

    def run(self, parent: int) -> None:
        """Return when the child is to end: `parent` has ended, a signal has come, or nobody has asked for `idle_seconds`."""
        for number in _TERMINATED:
            signal.signal(number, self._note)
        self._loader.start()
        threading.stack_size(_CONNECTION_STACK_BYTES)
        try:
            while not self._asked and os.getppid() == parent:
                idle = self._watch.is_idle
                if select.select([self._listener], [], [], _QUIET_LOOK_SECONDS if idle else _LOOK_SECONDS)[0]:
                    self._accept()
                self._watch.look()
                if self._kept.let_go():
                    limits.trim()
                if self._watch.is_idle and time.monotonic() - self._watch.ended >= self._idle:
                    return
        finally:
            self._suspects.leave()

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._asked.append(number)

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:
            return
        with self._lock:
            if self._connections >= MOST_CONNECTIONS:
                connection.close()
                return
            self._connections += 1
        threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection:
                while (received := wire.receive(connection)) is not None:
                    question, unexpected = received
                    wire.close(unexpected)
                    # Between the question and what is done for it the child must not be taken for idle.
                    with self._watch.working("", 86_400.0):
                        answer = self._answer(connection, question)
                        connection.settimeout(_OTHER_SIDE_SECONDS)
                        _send(connection, answer)
                        connection.settimeout(None)
        except (OSError, wire.Broken):
            pass  # the other side has left
        finally:
            with self._lock:
                self._connections -= 1

    def _answer(self, connection: socket.socket, question: dict[str, Any]) -> dict[str, Any]:
        given: list[int] = []

        def descriptors() -> Sequence[int]:
            connection.settimeout(_OTHER_SIDE_SECONDS)
            wire.send(connection, {"need": True})
            if (received := wire.receive(connection)) is None:
                raise wire.Broken
            connection.settimeout(None)
            given.extend(received[1])
            return given

        try:
            answer = {"value": questions.answer(question, self._loader, self._watch, descriptors)}
        except Unreadable as error:
            answer = {"unreadable": error.reason}
        except (wire.Broken, ConnectionError, TimeoutError):
            raise
        except Exception as error:
            # The text may have parts of a file. Who asked decides what is logged of it.
            answer = {"failed": f"{type(error).__name__}: {text.one_line(str(error))}"}
        finally:
            wire.close(given)
        return answer

    def _late(self, key: str, seconds: float) -> None:
        """End the process: whoever else waits asks the next one."""
        if key:
            self._suspects.refuse(key, f"Reading it takes longer than {seconds:.0f} s.")
        with suppress(Exception):
            self._suspects.leave()
        os._exit(3)


def _send(connection: socket.socket, answer: dict[str, Any]) -> None:
    try:
        wire.send(connection, answer)
    except (ValueError, MemoryError):  # before any of it was sent
        wire.send(connection, {"unreadable": "What was found in it is too large."})
