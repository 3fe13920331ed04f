from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from issues.symbols import wire


def test_messages_with_and_without_files(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    (tmp_path / "a").write_bytes(b"inside")
    with ours, theirs, open(tmp_path / "a", "rb") as file:
        wire.send(ours, {"a": ["é", 1 << 63, None]}, [file.fileno()])
        wire.send(ours, {"b": 2})
        message, descriptors = wire.receive(theirs) or ({}, [])
        assert message == {"a": ["é", 1 << 63, None]}
        assert os.pread(descriptors[0], 99, 0) == b"inside"
        assert not os.get_inheritable(descriptors[0])
        wire.close(descriptors)
        assert wire.receive(theirs) == ({"b": 2}, [])
        ours.shutdown(socket.SHUT_WR)
        assert wire.receive(theirs) is None


@pytest.mark.parametrize("sent", [b"\0", b"\0\0\0\5{}", b"\xff\xff\xff\xff", b"\0\0\0\2[]", b"\0\0\0\1{"])
def test_what_is_no_message(sent: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(sent)
        ours.shutdown(socket.SHUT_WR)
        with pytest.raises(wire.Broken):
            wire.receive(theirs)


def test_a_message_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "MOST_BYTES", 10)
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(ValueError, match="message of"):
        wire.send(ours, {"a": "x" * 10})


def test_the_path_of_a_socket_may_be_long(tmp_path: Path) -> None:
    for directory in (tmp_path, tmp_path / ("d" * 100) / ("e" * 100)):
        directory.mkdir(parents=True, exist_ok=True)
        with socket.socket(socket.AF_UNIX) as listener, wire.address(directory) as path:
            listener.bind(path)
        assert [entry.name for entry in directory.iterdir() if entry.is_socket()] == ["symbols-1.sock"]
