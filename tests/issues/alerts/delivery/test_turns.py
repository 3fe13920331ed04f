from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from issues import facts
from issues.alerts.delivery import turns
from rustrak.lib import clock


@pytest.fixture(autouse=True)
def _untouched(settings: Any, monkeypatch: Any) -> None:
    settings.RUN_DIR.mkdir(parents=True)
    monkeypatch.setattr(facts, "is_touched", lambda: False)


def test_each_moment_is_told_once_when_it_has_come(time_machine: Any) -> None:
    time_machine.move_to("2026-11-01T12:00:00Z", tick=False)
    assert not turns.is_due()
    turns.note(clock.now() + timedelta(seconds=5))
    assert not turns.is_due()
    time_machine.shift(5)
    assert turns.is_due()
    assert not turns.is_due(), "a run that failed is repeated at its regular time"
    turns.note(clock.now())
    turns.note(None)
    assert not turns.is_due()


def test_facts_are_told_at_once(monkeypatch: Any) -> None:
    monkeypatch.setattr(facts, "is_touched", lambda: True)
    assert turns.is_due()


def test_without_a_directory_nothing_breaks(settings: Any) -> None:
    settings.RUN_DIR.rmdir()
    turns.note(clock.now())
    turns.note(None)
    assert not turns.is_due()
