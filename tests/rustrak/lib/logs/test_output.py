from __future__ import annotations

import fcntl
import logging
import os
import pty
import socket
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager

import pytest

from rustrak.lib.logs import output
from rustrak.lib.logs.output import Handler, Output

LINE = "x" * 999
Ends = tuple[int, int]


@contextmanager
def pipe() -> Iterator[Ends]:
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb", 0), os.fdopen(writer, "wb", 0):
        yield reader, writer


@contextmanager
def stopped_terminal() -> Iterator[Ends]:
    reader, writer = pty.openpty()
    termios.tcflow(writer, termios.TCOOFF)  # what Ctrl-S does
    with os.fdopen(reader, "rb", 0), os.fdopen(writer, "wb", 0):
        yield reader, writer
        termios.tcflow(writer, termios.TCOON)


@contextmanager
def sockets() -> Iterator[Ends]:
    one, other = socket.socketpair()
    with closing(one), closing(other):
        yield one.fileno(), other.fileno()


@pytest.mark.parametrize("ends", [pipe, stopped_terminal, sockets])
def test_a_reader_that_has_stopped_holds_up_nobody(ends: Callable[[], Iterator[Ends]]) -> None:
    with ends() as (_, writer):  # type: ignore[attr-defined]
        flags = fcntl.fcntl(writer, fcntl.F_GETFL)
        with closing(Output(writer)) as stuck:
            assert not all(stuck.write(LINE) for _ in range(2000))
            assert not any(stuck.write(LINE) for _ in range(100))
        assert fcntl.fcntl(writer, fcntl.F_GETFL) == flags, (
            "whoever shares the descriptor may need it to block"
        )


def test_a_pipe_that_may_not_be_opened_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> int:
        raise PermissionError

    with pipe() as (_, writer):
        monkeypatch.setattr(output.os, "open", refuse)
        with closing(Output(writer)) as stuck:
            assert not all(stuck.write(LINE) for _ in range(2000))


def test_a_slow_reader_gets_every_line() -> None:
    with pipe() as (reader, writer):
        found: list[bytes] = []

        def read() -> None:
            while not (found and found[-1].endswith(b"end\n")):
                time.sleep(0.005)
                found.append(os.read(reader, 100_000))

        thread = threading.Thread(target=read)
        thread.start()
        with closing(Output(writer)) as slow:
            assert all(slow.write(LINE) for _ in range(300))
            assert slow.write("end")
        thread.join()
        assert b"".join(found) == (LINE.encode() + b"\n") * 300 + b"end\n"


def test_the_next_line_says_how_many_are_lost() -> None:
    with pipe() as (reader, writer), ExitStack() as stack:
        handler = stack.enter_context(closing(Handler(writer)))
        handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
        logger = logging.Logger("test")
        logger.addHandler(handler)
        while not handler.lost:
            logger.info(LINE)
        logger.info("lost as well")
        read = os.read(reader, 1_000_000)
        logger.info("written again")
        read += os.read(reader, 1_000_000)
        *before, told, last = read.decode().splitlines()
        assert (told, last) == (
            "WARNING 2 log lines are lost: they could not be written",
            "INFO written again",
        )
        assert all(line == f"INFO {LINE}"[: len(line)] for line in before)
        logger.info("next")
        assert os.read(reader, 1000) == b"INFO next\n"


def test_nobody_reads_the_pipe() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb", 0), closing(Output(writer)) as unread:
        assert not unread.write("lost")


def test_a_closed_descriptor() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    os.close(writer)
    assert not Output(writer).write("lost")


def test_a_message_that_cannot_be_formatted_is_logged_as_it_is() -> None:
    with pipe() as (reader, writer):
        logger = logging.Logger("test")
        with closing(Handler(writer)) as handler:
            logger.addHandler(handler)
            logger.error("%d events", "many")
        assert os.read(reader, 1000) == b"test: '%d events' cannot be formatted: TypeError\n"


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_no_other_file_gets_the_number_of_a_closed_stream(closed: str) -> None:
    program = (
        "import os, sys; from rustrak.lib.logs.output import open_missing, say; open_missing(); say('x');"
        "sys.exit(os.open('/dev/null', os.O_RDONLY))"
    )
    done = subprocess.run(["sh", "-c", f'"$0" -c "$1" {closed}', sys.executable, program], check=False)
    assert done.returncode > 2
