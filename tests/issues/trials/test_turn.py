from __future__ import annotations

import pytest

from issues.trials import turn


def test_who_waits_too_long_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn, "_LONGEST_WAIT", 0)
    with turn.alone(), pytest.raises(turn.Busy, match="Try again"), turn.alone():
        pass
    with turn.alone():
        pass
