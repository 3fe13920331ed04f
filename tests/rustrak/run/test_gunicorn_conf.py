from __future__ import annotations

import sys

import pytest

from rustrak.run import gunicorn_conf


def test_a_worker_lets_its_event_loop_run_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gunicorn_conf, "die_with_parent", lambda sent: None)
    before = sys.getswitchinterval()
    try:
        gunicorn_conf.post_fork(None, None)
        assert sys.getswitchinterval() == pytest.approx(0.0005)
    finally:
        sys.setswitchinterval(before)
