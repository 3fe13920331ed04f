from __future__ import annotations

import pytest

from issues.alerts.channel import Sent
from issues.alerts.channels.apprise import KIND, process
from issues.alerts.channels.apprise.kind import words
from issues.models import News
from rustrak.outbound.client import Request, Response
from tests.lib.notices import ISSUE, notice, spoiled

PUSHOVER = f"pover://{'u' * 30}@{'a' * 30}"


@pytest.mark.parametrize("news", list(News))
def test_every_news_is_sent_as_text(news: News) -> None:
    title, body = words(notice(news))
    assert 0 < len(title) <= 200
    assert 0 < len(body) < 2300
    requests: list[Request] = []

    def send(request: Request) -> Response:
        requests.append(request)
        return Response(200, {}, b'{"status": 1}')

    assert KIND.send({"url": PUSHOVER}, notice(news), {}, send) == Sent(status=200, answer='{"status": 1}')
    assert len(requests) == 1


def test_the_address_of_the_issue_is_whole() -> None:
    assert words(spoiled("x" * 5000))[1].endswith(ISSUE.url)


def test_event_text_cannot_mention_anybody() -> None:
    title, body = words(spoiled("@everyone <!channel>\r\nTo: x"))
    assert "@everyone" not in title + body
    assert "<!channel>" not in title + body
    assert "\n" not in title


def test_the_address_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(process, "check", lambda url: asked.append(url) or "cannot be used")
    assert KIND.check({"url": "syslog://"}) == {"url": "syslog:// is not among the services that are allowed"}
    assert asked == []
    assert KIND.check({"url": PUSHOVER}) == {"url": "cannot be used"}
    assert asked == [PUSHOVER]
