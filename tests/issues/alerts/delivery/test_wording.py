from __future__ import annotations

import pytest

from issues.alerts.delivery import wording
from issues.alerts.notice import Facts
from issues.models import News


@pytest.mark.parametrize(
    ("news", "facts", "headline", "detail"),
    [
        (News.NEW, {"by": "Ana"}, "New issue", ""),
        (News.REGRESSED, {}, "Regressed issue", "It was resolved and has come back"),
        (News.REGRESSED, {"release": "2.0"}, "Regressed issue", "It was resolved and has come back in 2.0"),
        (News.UNMUTED, {"by": "Ana"}, "Unmuted issue", "Unmuted by Ana"),
        (News.ESCALATING, {"count": 150, "unit": "events", "minutes": 5}, "Escalating issue", "150 events in 5 min"),
        (News.ESCALATING, {"count": 1, "unit": "users", "minutes": 90}, "Escalating issue", "1 user in 1 h 30 min"),
        (News.SPIKE, {"count": 480, "unit": "events", "minutes": 60, "usual": 120.0}, "Spike in events",
         "480 events in 1 h, 4× the usual 120 events of this hour"),
        (News.SPIKE, {"count": 1300, "minutes": 60, "usual": 1204.4}, "Spike in events",
         "1,300 events in 1 h, 1.1× the usual 1,204 events of this hour"),
        (News.SPIKE, {"count": 30, "minutes": 60, "usual": 1.0}, "Spike in events",
         "30 events in 1 h, 30× the usual 1 event of this hour"),
        (News.SPIKE, {"count": 30, "minutes": 60, "usual": 0.0}, "Spike in events",
         "30 events in 1 h; usually there are none in this hour"),
        (News.MONITOR_FAILED, {"detail": "nightly", "environment": "production"}, "Monitor failed",
         "nightly does not run as it should in production"),
        (News.MONITOR_RECOVERED, {"detail": "nightly"}, "Monitor recovered", "nightly runs as it should again"),
        (News.MONITOR_FAILED, {}, "Monitor failed", "The monitor does not run as it should"),
        (News.RESOLVED, {"by": "Ana"}, "Resolved", "Resolved by Ana"),
        (News.RESOLVED, {}, "Resolved", "Resolved"),
        (News.REOPENED, {"by": "Ana"}, "Reopened", "Reopened by Ana"),
        (News.MUTED, {"by": "Ana\r\nBcc: x"}, "Muted", "Muted by Ana Bcc: x"),
        (News.ASSIGNED, {"detail": "Bo", "by": "Ana"}, "Assigned", "Assigned to Bo by Ana"),
        (News.ASSIGNED, {"by": "Ana"}, "Assigned", "Assigned to nobody by Ana"),
        (News.BURST, {"kinds": {"new": 1204}, "total": 1204, "listed": ["x"] * 20}, "1,204 new issues",
         "20 of them are listed here"),
        (News.BURST, {"kinds": {"new": 1}, "total": 1, "listed": ["x"]}, "1 new issue", ""),
        (News.BURST, {"kinds": {"regressed": 2, "new": 3}, "total": 5}, "3 new and 2 regressed issues", ""),
        (News.BURST, {"kinds": {"new": 3, "escalating": 1, "monitor_failed": 2, "spike": 1}, "total": 7},
         "3 new, 1 escalating issue, 2 monitor failures and 1 spike in events", ""),
        (News.BURST, {"kinds": {"something": 3}, "total": 3}, "3 messages", ""),
        (News.TEST, {}, "Test message", ""),
    ],
)  # fmt: skip
def test_words(news: News, facts: Facts, headline: str, detail: str) -> None:
    assert wording.headline(news, facts) == headline
    assert wording.detail(news, facts) == detail


@pytest.mark.parametrize("news", list(News))
def test_all_news_have_words_without_any_facts(news: News) -> None:
    assert wording.headline(news, {})
    wording.detail(news, {})


def test_names_are_bounded() -> None:
    assert len(wording.detail(News.RESOLVED, {"by": "x" * 10_000})) < 300
