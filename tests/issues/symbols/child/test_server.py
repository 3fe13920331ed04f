from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from issues.symbols import wire
from issues.symbols.child import limits, questions, server
from issues.symbols.child.server import Server
from tests.lib.symbol_files import source_map

MAP = source_map()
QUESTION = {
    "kind": "javascript",
    "files": [None, {"sha256": "ab", "size": len(MAP), "zstd": False}],
    "positions": [[1, 1]],
    "context": 0,
}


@pytest.fixture
def connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """To a server in a thread of this process, which ends when it was idle."""
    monkeypatch.setattr(limits, "_limit", lambda kind, most: None)
    monkeypatch.setattr(limits, "yield_to_others", lambda: None)
    monkeypatch.setattr(server.signal, "signal", lambda number, handler: None)
    monkeypatch.setattr(server, "_QUIET_LOOK_SECONDS", 0.01)
    path = str(tmp_path / "socket")
    before = threading.stack_size()
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as ours:
        listener.bind(path)
        listener.listen()
        running = threading.Thread(
            target=Server(listener, tmp_path, idle_seconds=0.05).run, args=(os.getppid(),)
        )
        running.start()
        ours.connect(path)
        ours.settimeout(10)
        yield ours
        running.join(10)
        assert not running.is_alive()
    threading.stack_size(before)


def answered(connection: socket.socket, question: dict[str, Any], *files: int) -> dict[str, Any]:
    wire.send(connection, question)
    received = wire.receive(connection)
    if received is not None and received[0] == {"need": True}:
        wire.send(connection, {}, files)
        received = wire.receive(connection)
    assert received is not None
    return received[0]


def test_a_question_is_answered_and_its_file_asked_for_once(
    connection: socket.socket, tmp_path: Path
) -> None:
    (tmp_path / "map").write_bytes(MAP)
    with open(tmp_path / "map", "rb") as file:
        first = answered(connection, QUESTION, file.fileno())
    assert first["value"][0][:2] == ["src/a.js", 1]
    assert answered(connection, QUESTION) == first


def test_other_questions_fail_and_the_next_is_answered(
    connection: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for question in ({}, {"kind": "x"}, {"kind": "text", "files": 7}, QUESTION | {"files": []}, QUESTION):
        assert answered(connection, question)["failed"]
    (tmp_path / "text").write_bytes(b"a\nb")
    named = [{"sha256": "cd", "size": 3, "zstd": False}]
    with open(tmp_path / "text", "rb") as file:
        text = {"kind": "text", "files": named, "line": 2, "context": 1}
        assert answered(connection, text, file.fileno()) == {"value": [["a"], "b", []]}
    monkeypatch.setattr(questions, "answer", lambda *_: "x" * 100)
    monkeypatch.setattr(wire, "MOST_BYTES", 100)
    assert "too large" in answered(connection, {"kind": "text"})["unreadable"]
