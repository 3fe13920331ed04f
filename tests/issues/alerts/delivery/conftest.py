"""A run directory of its own, and a kind of channel that posts to receivers on loopback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from issues.alerts import stored_channels
from issues.alerts.channels.registry import KINDS
from rustrak.outbound import allow_list
from tests.lib.alerts import POSTING


@pytest.fixture(autouse=True)
def outbox(settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings.RUN_DIR = tmp_path / "run"
    settings.OUTBOUND_ALLOW = allow_list.parse("127.0.0.0/8")
    monkeypatch.setitem(KINDS, POSTING.name, POSTING)
    monkeypatch.setattr(stored_channels, "config", lambda channel: channel.options)
