from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from issues.symbols import asking, running, wire
from issues.symbols.answers import Unavailable, Unreadable
from tests.lib.symbol_files import Stored

Answer = Callable[[dict[str, Any]], dict[str, Any] | None]


@pytest.fixture(autouse=True)
def _anew(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.RUN_DIR = tmp_path
    asking.forget()
    yield
    asking.forget()


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch) -> Callable[[Answer], list[dict[str, Any]]]:
    """Has a thread answer instead of a child, which leaves when its answer is None; returns the list of messages it gets."""
    ours: list[socket.socket] = []

    def of(answer: Answer) -> list[dict[str, Any]]:
        got: list[dict[str, Any]] = []

        def serve(connection: socket.socket) -> None:
            with connection:
                while (received := wire.receive(connection)) is not None:
                    got.append(received[0])
                    wire.close(received[1])
                    if (said := answer(received[0])) is None:
                        return
                    wire.send(connection, said)

        def connect(deadline: float) -> socket.socket:
            mine, theirs = socket.socketpair()
            ours.append(theirs)
            threading.Thread(target=serve, args=(theirs,), daemon=True).start()
            return mine

        monkeypatch.setattr(running, "connect", connect)
        return got

    return of


def test_files_are_opened_only_when_the_child_needs_them(child: Any) -> None:
    got = child(lambda message: {"value": 1})
    file = Stored(b"abc")
    assert asking.ask("text", [file, None], {"line": 1}, 5.0) == 1
    assert file.opened == 0
    assert got == [
        {"kind": "text", "files": [{"sha256": file.sha256, "size": 3, "zstd": True}, None], "line": 1}
    ]
    asking.forget()
    child(lambda message: {"value": message["files"]} if "kind" not in message else {"need": True})
    assert asking.ask("text", [file, None], {}, 5.0) == 1
    assert file.opened == 1


@pytest.mark.parametrize("in_memory", [False, True])
def test_a_storage_may_have_files_of_its_own(child: Any, in_memory: bool) -> None:
    child(lambda message: {"value": "ok"} if "kind" not in message else {"need": True})
    assert asking.ask("text", [Stored(b"abc", in_memory=in_memory)], {}, 5.0) == "ok"


def test_a_storage_that_is_away_is_not_the_files_fault(child: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    got = child(lambda message: {"need": True})
    file = Stored(b"abc")
    monkeypatch.setattr(file, "open", lambda: Path("/nonexistent/file").open("rb"))  # noqa: SIM115
    for _ in range(2):
        with pytest.raises(Unavailable, match="storage: .*No such file"):
            asking.ask("text", [file], {}, 5.0)
    assert len(got) == 2


def test_a_disk_with_too_little_space_is_not_filled(child: Any, settings: Any) -> None:
    settings.MIN_FREE_BYTES = 1 << 62
    child(lambda message: {"value": "ok"} if "kind" not in message else {"need": True})
    for kind, file in (("native", Stored(b"abc")), ("text", Stored(b"abc", in_memory=True))):
        with pytest.raises(Unavailable, match="too little free disk space"):
            asking.ask(kind, [file], {}, 5.0)
    assert asking.ask("text", [Stored(b"abc")], {}, 5.0) == "ok"


def test_what_cannot_be_read_is_not_asked_again(child: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    got = child(lambda message: {"unreadable": "It is broken."})
    for _ in range(2):
        with pytest.raises(Unreadable, match="broken"):
            asking.ask("text", [Stored(b"abc")], {}, 5.0)
    assert len(got) == 1
    with pytest.raises(Unreadable):  # another kind, or another part, may be readable
        asking.ask("text", [Stored(b"abc")], {}, 5.0, part="b")
    assert len(got) == 2
    now = asking.time.monotonic()
    monkeypatch.setattr(asking.time, "monotonic", lambda: now + asking.REMEMBERED_SECONDS + 1)
    with pytest.raises(Unreadable):
        asking.ask("text", [Stored(b"abc")], {}, 5.0)
    assert len(got) == 3


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "MOST_REMEMBERED", 2)
    refused = asking._Refused()
    for key in "abc":
        refused.put(key, key)
    assert [refused.get(key) for key in "abc"] == [None, "b", "c"]


def test_a_child_that_ends_is_replaced(child: Any) -> None:
    answers = iter([None, None, {"value": 7}])
    child(lambda message: next(answers))
    assert asking.ask("text", [], {}, 5.0) == 7


def test_a_child_that_always_ends_is_given_up(child: Any) -> None:
    got = child(lambda message: None)
    with pytest.raises(Unavailable, match="ended before"):
        asking.ask("text", [], {}, 5.0)
    assert 2 < len(got) < 20


def test_an_answer_that_does_not_come_in_time(child: Any) -> None:
    go_on = threading.Event()
    child(lambda message: go_on.wait(5) and None)
    with pytest.raises(Unavailable, match="in time"):
        asking.ask("text", [], {}, 0.01)
    go_on.set()


def test_an_error_of_the_child_is_logged(child: Any, caplog: pytest.LogCaptureFixture) -> None:
    child(lambda message: {"failed": "TypeError: x"})
    with pytest.raises(Unavailable, match="TypeError: x"):
        asking.ask("text", [], {}, 5.0)
    assert "TypeError: x" in caplog.text


def test_a_fork_does_not_use_its_parents_connections(child: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    child(lambda message: {"value": 1})
    asking.ask("text", [], {}, 5.0)
    assert len(asking._connections._idle) == 1
    monkeypatch.setattr(asking.os, "getpid", lambda: -1)
    assert asking._connections.take() is None
