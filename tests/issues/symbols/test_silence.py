"""issues/symbols/silence.py"""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from issues.symbols import asking, running, silence, wire
from issues.symbols.answers import Unavailable
from rustrak.lib import presence
from rustrak.lib.presence import Present


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """A child that listens and answers only if `answers`; `asked` counts connections, `killed` has the processes that were ended."""
    about: dict[str, Any] = {"answers": False, "asked": 0, "killed": [], "clock": 100.0}
    others: list[socket.socket] = []

    def connected(deadline: float) -> socket.socket:
        about["asked"] += 1
        mine, other = socket.socketpair()
        others.append(other)
        mine.settimeout(0.005)
        if about["answers"]:
            threading.Thread(target=lambda: (wire.receive(other), wire.send(other, {"failed": ""}))).start()
            mine.settimeout(5.0)
        return mine

    monkeypatch.setattr(running, "connected", connected)
    monkeypatch.setattr(silence.time, "monotonic", lambda: about["clock"])
    monkeypatch.setattr(os, "kill", lambda pid, number: about["killed"].append((pid, number)))
    monkeypatch.setattr(presence, "present", lambda directory, role: [Present(role, 1, 4711, 0.0)])
    silence.forget()
    yield about
    asking.forget()
    for one in others:
        one.close()


def test_nobody_waits_for_a_child_that_does_not_answer_and_then_it_is_ended(child: dict[str, Any]) -> None:
    replaced: list[bool] = []
    silence.check(lambda: replaced.append(True))
    assert child["asked"] == 0
    silence.look()
    for _ in range(3):
        with pytest.raises(Unavailable, match="does not answer"):
            silence.check(lambda: replaced.append(True))
    assert (child["asked"], child["killed"]) == (1, [])
    child["clock"] += silence.REST_SECONDS
    silence.check(lambda: replaced.append(True))
    assert child["killed"] == [(4711, signal.SIGKILL)]
    assert replaced == [True]
    silence.check(lambda: replaced.append(True))
    assert child["asked"] == 2


def test_a_child_that_is_only_busy_is_left_alone(child: dict[str, Any]) -> None:
    child["answers"] = True
    silence.look()
    silence.check(lambda: pytest.fail("it answers"))
    child["answers"] = False
    silence.look()
    child["answers"] = True
    child["clock"] += silence.REST_SECONDS
    silence.check(lambda: pytest.fail("it answers again"))
    assert child["killed"] == []


def test_a_child_that_another_process_has_replaced_is_asked(
    child: dict[str, Any], tmp_path: Path, settings: Any
) -> None:
    settings.RUN_DIR = tmp_path
    silence.look()
    with wire.address(tmp_path) as path:
        Path(path).touch()
    replaced: list[bool] = []
    silence.check(lambda: replaced.append(True))
    assert (replaced, child["killed"]) == ([True], [])


def test_a_question_that_times_out_looks(child: dict[str, Any], tmp_path: Path, settings: Any) -> None:
    settings.RUN_DIR = tmp_path
    asking.forget()
    with pytest.raises(Unavailable, match="in time"):
        asking.ask("text", [], {}, 0.0)
    with pytest.raises(Unavailable, match="does not answer"):
        asking.ask("text", [], {}, 5.0)
