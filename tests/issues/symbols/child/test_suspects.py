from __future__ import annotations

from pathlib import Path

import pytest

from issues.symbols.child import suspects
from issues.symbols.child.suspects import Suspects


def test_a_file_that_was_being_read_is_read_alone_and_then_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):  # stands in for the end of the process: nothing is taken back
        _die(tmp_path, "bomb", "other")
    second = Suspects(tmp_path)
    assert second.is_suspected("bomb")
    assert second.is_suspected("other")
    assert second.refused("bomb") is None
    with second.reading("other", alone=True):
        pass
    with pytest.raises(KeyboardInterrupt):
        _die(tmp_path, "bomb")
    third = Suspects(tmp_path)
    assert "512 MiB" in str(third.refused("bomb"))
    assert third.refused("other") is None
    assert not third.is_suspected("other")


def _die(directory: Path, *keys: str) -> None:
    dying = Suspects(directory)
    notes = [dying.reading(key, alone=dying.is_suspected(key)) for key in keys]
    for note in notes:
        note.__enter__()
    dying._save = lambda: None  # type: ignore[method-assign]
    raise KeyboardInterrupt


def test_what_is_read_and_what_a_stopped_child_read_is_not_suspected(tmp_path: Path) -> None:
    first = Suspects(tmp_path)
    with first.reading("a", alone=False):
        pass
    first.reading("b", alone=False).__enter__()
    first.leave()
    second = Suspects(tmp_path)
    assert not second.is_suspected("a")
    assert not second.is_suspected("b")


def test_a_refusal_is_for_all_children_and_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Suspects(tmp_path).refuse("a", "slow")
    assert Suspects(tmp_path).refused("a") == "slow"
    now = suspects.time.time()
    for later in (suspects.REFUSED_SECONDS + 1, -3600.0):  # also when the clock was set back
        monkeypatch.setattr(suspects.time, "time", lambda later=later: now + later)
        assert Suspects(tmp_path).refused("a") is None


def test_notes_are_bounded_and_may_be_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suspects, "MOST_NOTES", 3)
    many = Suspects(tmp_path)
    for number in range(5):
        many.refuse(str(number), "slow")
    assert many.refused("0") is None
    assert many.refused("4") == "slow"
    for text in (b"", b"{", b"[]", b'{"refused":{"a":1},"reading":{},"suspected":[]}', b"\xff"):
        (tmp_path / "symbols.json").write_bytes(text)
        assert Suspects(tmp_path).refused("a") is None


def test_a_directory_that_cannot_be_written_costs_only_the_notes(tmp_path: Path) -> None:
    nowhere = Suspects(tmp_path / "missing")
    with nowhere.reading("a", alone=False):
        nowhere.refuse("b", "slow")
    assert nowhere.refused("b") == "slow"
