from __future__ import annotations

import json

import pytest

from rustrak.ops.doctor import examination, examine, report
from rustrak.ops.doctor.findings import ok, problem, warning

FOUND = [
    ok("web", "runs"),
    warning("quarantine", "2 records", "Look."),
    problem("spool", "full\x1b[31m\n", "Free space."),
]


def test_columns() -> None:
    assert list(report.lines(FOUND, colours=False)) == [
        "ok       web         runs",
        "warning  quarantine  2 records",
        "                     → Look.",
        "problem  spool       full [31m ",
        "                     → Free space.",
        "",
        "1 problem and 1 warning.",
    ]


def test_colours() -> None:
    first = next(iter(report.lines(FOUND, colours=True)))
    assert first == "\x1b[32mok      \x1b[0m web         runs"


def test_summary() -> None:
    assert report.summary([]) == "All checks passed."
    assert report.summary(FOUND[:1]) == "All checks passed."
    assert report.summary([FOUND[1]] * 2) == "2 warnings."


def test_json() -> None:
    assert json.loads(report.as_json(FOUND[:1])) == {
        "ok": True,
        "findings": [{"subject": "web", "level": "ok", "text": "runs", "fix": ""}],
    }
    assert json.loads(report.as_json(FOUND[:2]))["ok"] is True
    assert json.loads(report.as_json(FOUND))["ok"] is False


def test_a_check_that_fails_does_not_hide_the_others(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    def broken() -> None:
        raise RuntimeError("the statistics are gone")

    monkeypatch.setattr(examination.database, "check", broken)
    monkeypatch.setattr(examination.processes, "anything_runs", lambda: False)
    found = {one.subject: one for one in examine()}
    assert found["database"].level == "problem"
    assert found["database"].text == "the check failed: RuntimeError: the statistics are gone"
    assert {"settings", "queue", "attachments", "processes", "open files"} <= set(found)
