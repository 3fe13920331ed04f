from __future__ import annotations

import json

import pytest

from rustrak.ops.doctor import examination, examine, report
from rustrak.ops.doctor.findings import ok, problem, size, span, warning

FOUND = [
    ok("web", "runs"),
    warning("quarantine", "2 records", "Look."),
    problem("spool", "full\x1b[31m\n", "Make room."),
]


def test_columns() -> None:
    assert list(report.lines(FOUND, colours=False)) == [
        "ok       web         runs",
        "warning  quarantine  2 records",
        "                     → Look.",
        "problem  spool       full [31m ",
        "                     → Make room.",
        "",
        "1 problem and 1 warning.",
    ]


def test_colours() -> None:
    first = next(iter(report.lines(FOUND, colours=True)))
    assert first == "\x1b[32mok      \x1b[0m web         runs"


def test_summary() -> None:
    assert report.summary([]) == "Nothing is wrong."
    assert report.summary(FOUND[:1]) == "Nothing is wrong."
    assert report.summary([FOUND[1]] * 2) == "2 warnings."


def test_json() -> None:
    assert json.loads(report.as_json(FOUND[:1])) == {
        "ok": True,
        "findings": [{"subject": "web", "level": "ok", "text": "runs", "fix": ""}],
    }
    assert json.loads(report.as_json(FOUND[:2]))["ok"] is True
    assert json.loads(report.as_json(FOUND))["ok"] is False


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 bytes"), (1023, "1023 bytes"), (1536, "1.5 KiB"), (20 * 2**20, "20 MiB"), (1000 * 2**30, "1000 GiB"), (2**50, "1024 TiB")]
)  # fmt: skip
def test_size(count: int, text: str) -> None:
    assert size(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.21, "0.2 s"), (42, "42 s"), (119, "119 s"), (300, "5 min"), (7200, "2 h"), (86400 * 3, "3 days")]
)  # fmt: skip
def test_span(seconds: float, text: str) -> None:
    assert span(seconds) == text


def test_a_check_that_breaks_ends_nothing(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    def broken() -> None:
        raise RuntimeError("the statistics are gone")

    monkeypatch.setattr(examination.database, "check", broken)
    monkeypatch.setattr(examination.processes, "anything_runs", lambda: False)
    found = {one.subject: one for one in examine()}
    assert found["database"].level == "problem"
    assert found["database"].text == "could not be examined: RuntimeError: the statistics are gone"
    assert {"settings", "spool", "attachments", "processes", "open files"} <= set(found)
