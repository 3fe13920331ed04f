from __future__ import annotations

import json
from dataclasses import replace

import pytest

from issues.alerts.channels import outline
from issues.models import News
from tests.lib.notices import BEGUN, ISSUE, PROJECT, ROOT, notice


@pytest.mark.parametrize(
    ("news", "lead", "sentence", "state"),
    [
        (News.NEW, "New issue in shop-api", "New issue", "Open · New issue"),
        (News.RESOLVED, "Resolved by Ana in shop-api", "Resolved by Ana", "Resolved by Ana"),
        (News.UNMUTED, "Unmuted by Ana in shop-api", "Unmuted by Ana", "Unmuted by Ana"),
        (News.ASSIGNED, "Assigned to Ben by Ana in shop-api", "Assigned to Ben by Ana", "Open · Assigned to Ben by Ana"),
        (
            News.ESCALATING, "Escalating issue in shop-api", "Escalating issue: 150 events in 5 min",
            "Open · Escalating issue: 150 events in 5 min",
        ),
        (News.BURST, "1,204 new issues in shop-api", "1,204 new issues", "1,204 new issues"),
    ],
)  # fmt: skip
def test_what_happened_is_said_once(news: News, lead: str, sentence: str, state: str) -> None:
    made = notice(news)
    assert outline.lead(made) == lead
    assert outline.state(made) == state
    assert outline.sentence(made) == sentence
    assert not outline.detail(made) or outline.detail(made) not in lead


@pytest.mark.parametrize(
    ("news", "summary"),
    [
        (News.NEW, "New issue in shop-api: KeyError: 'order_id'"),
        (News.SPIKE, "Spike in events in shop-api: 480 events in 1 h, 4× the usual 120 of this hour"),
        (News.BURST, "1,204 new issues in shop-api"),
        (News.TEST, "Test message in shop-api: Ana tests this channel."),
    ],
)
def test_a_line_for_the_phone(news: News, summary: str) -> None:
    assert outline.summary(notice(news)) == summary


def test_tones() -> None:
    assert [outline.tone(notice(issue=replace(ISSUE, level=level))) for level in ("fatal", "Error", "warning", "debug")] == [
        "fatal", "error", "warning", "info",
    ]  # fmt: skip
    tones = {news: outline.tone(notice(news)) for news in News}
    assert (tones[News.RESOLVED], tones[News.MONITOR_RECOVERED], tones[News.MUTED]) == (
        "good",
        "good",
        "quiet",
    )
    assert (tones[News.BURST], tones[News.SPIKE], tones[News.TEST]) == ("error", "warning", "info")
    assert [outline.tone_now(notice(news)) for news in (News.ESCALATING, News.RESOLVED, News.MUTED, News.ASSIGNED)] == [
        "error", "good", "quiet", "error",
    ]  # fmt: skip


def test_facts_are_those_of_the_notice_and_then_of_the_issue() -> None:
    made = notice(fields=(("Environment", "staging"), ("Monitor", "nightly")))
    assert outline.facts(made) == [
        ("Environment", "staging"), ("Monitor", "nightly"), ("Release", "1.4.2"), ("Level", "error"), ("Events", "12"), ("Users", "3"),
        ("Assigned to", "Ben"),
    ]  # fmt: skip
    assert [name for name, _ in outline.facts(made, short=True)] == [
        "Environment",
        "Monitor",
        "Release",
        "Events",
        "Users",
    ]
    assert outline.facts(notice(News.TEST, fields=())) == []


def test_links_lead_to_what_it_is_about() -> None:
    assert outline.link(notice()) == ("Open SHOP-12", ISSUE.url)
    assert outline.link(notice(News.BURST)) == ("Open the list", PROJECT.url)
    monitor = notice(News.MONITOR_FAILED, issue=None, url=f"{ROOT}/m/1/")
    assert outline.link(monitor) == ("Open the monitor", f"{ROOT}/m/1/")
    assert outline.more(notice(News.BURST), 20) == "and 1,184 more"
    assert outline.more(notice(News.NEW), 0) == ""


def test_a_first_message_keeps_its_code() -> None:
    assert outline.begun(notice()) == BEGUN
    again = outline.first(notice(News.RESOLVED), BEGUN)
    assert (again.headline, again.detail) == ("New issue", "")
    assert again.issue is not None
    assert (again.issue.status, again.issue.excerpt, again.issue.frame) == (
        "resolved",
        ISSUE.excerpt,
        ISSUE.frame,
    )


@pytest.mark.parametrize("piece", ["x", "漢", "😀", '"\\', "\x00", "\ud800", "a\n"])
def test_what_a_thread_remembers_can_be_stored(piece: str) -> None:
    long = replace(ISSUE, frame=piece * 3000, excerpt=piece * 3000)
    begun = outline.begun(notice(headline=piece * 3000, issue=long))
    assert len(json.dumps(begun)) < 2500
    json.dumps(begun, ensure_ascii=False).encode()


@pytest.mark.parametrize("thread", [{}, {"headline": 5, "place": None, "code": []}])
def test_a_thread_of_any_content_is_read(thread: dict[str, object]) -> None:
    assert outline.first(notice(), thread).headline == "New issue"
