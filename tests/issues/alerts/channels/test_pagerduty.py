from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from issues.alerts.channel import Failed
from issues.alerts.channels import pagerduty
from issues.models import News
from rustrak.outbound.client import Request, Response
from tests.lib.chat_servers import PagerDutyServer, answer, flaws, on_loopback, over_http
from tests.lib.notices import ISSUE, notice

KEY = "k" * 32
CONFIG = {"routing_key": KEY, "region": "", "api_url": ""}


def test_events_are_valid() -> None:
    for news in News:
        assert flaws("pagerduty", pagerduty.message(notice(news), KEY)) == []


@pytest.mark.parametrize(
    ("level", "severity"),
    [("fatal", "critical"), ("error", "error"), ("warning", "warning"), ("info", "info"), ("debug", "info"), ("odd", "info")],
)  # fmt: skip
def test_levels_are_severities(level: str, severity: str) -> None:
    event = pagerduty.message(notice(issue=replace(ISSUE, level=level)), KEY)
    assert event["payload"]["severity"] == severity


def test_an_alert_from_trigger_to_resolve_on_loopback() -> None:
    server = PagerDutyServer()
    key = f"rustrak/issue/{ISSUE.id}"
    with on_loopback(server) as address:
        config = {**CONFIG, "api_url": address}
        for news, state in (
            (News.NEW, "trigger"), (News.ASSIGNED, "acknowledge"), (News.RESOLVED, "resolve"), (News.REGRESSED, "trigger"),
            (News.MUTED, "resolve"), (News.UNMUTED, "trigger"), (News.ESCALATING, "trigger"),
        ):  # fmt: skip
            sent = pagerduty.KIND.send(config, notice(news), {}, over_http)
            assert server.alerts == {key: state}
            assert (sent.status, sent.thread) == (202, {"dedup_key": key})
    first = server.messages[0]
    assert first["payload"]["summary"] == "New issue in shop-api: KeyError: 'order_id'"
    assert first["payload"]["custom_details"]["Title"] == "KeyError: 'order_id'"
    assert first["links"] == [{"href": ISSUE.url, "text": "Open SHOP-12"}]
    assert server.problems == []


def test_a_monitor_that_recovers_resolves_its_own_alert() -> None:
    server = PagerDutyServer()
    # Its failures may be of several issues, and of none when events are not stored.
    for news, issue in (
        (News.MONITOR_FAILED, ISSUE),
        (News.MONITOR_RECOVERED, replace(ISSUE, id=UUID(int=2))),
    ):
        pagerduty.KIND.send(CONFIG, notice(news, issue=issue), {}, server.send)
    assert list(server.alerts.values()) == ["resolve"]
    pagerduty.KIND.send(CONFIG, notice(News.MONITOR_FAILED, issue=None), {}, server.send)
    assert list(server.alerts.values()) == ["trigger"]
    other = notice(News.MONITOR_FAILED, fields=(("Monitor", "nightly-backup"), ("Environment", "staging")))
    pagerduty.KIND.send(CONFIG, other, {}, server.send)
    assert len(server.alerts) == 2


def test_a_test_leaves_no_alert_open() -> None:
    server = PagerDutyServer()
    pagerduty.KIND.send(CONFIG, notice(News.TEST), {}, server.send)
    assert [one["event_action"] for one in server.messages] == ["trigger", "resolve"]
    assert len(server.alerts) == 1


def test_regions_have_their_own_addresses() -> None:
    urls = []

    def send(request: Request) -> Response:
        urls.append(request.url)
        return answer(202, {"status": "success"})

    for changes in ({}, {"region": "us"}, {"region": "eu"}, {"api_url": "https://x.test/v2/enqueue"}):
        pagerduty.KIND.send({**CONFIG, **changes}, notice(), {}, send)
    us = "https://events.pagerduty.com/v2/enqueue"
    assert urls == [us, us, "https://events.eu.pagerduty.com/v2/enqueue", "https://x.test/v2/enqueue"]


@pytest.mark.parametrize(
    ("found", "final", "said"),
    [
        (answer(400, {"status": "invalid event", "message": "Event object is invalid", "errors": ["bad key"]}), True, "bad key"),
        (answer(200, {"status": "invalid event", "errors": "x"}), True, "rejected"),
        (answer(429, b""), False, "429"),
        (answer(500, b""), False, "500"),
    ],
)  # fmt: skip
def test_a_refusal_says_why(found: Response, final: bool, said: str) -> None:
    with pytest.raises(Failed, match=said) as caught:
        pagerduty.KIND.send(CONFIG, notice(), {}, lambda request: found)
    assert caught.value.final is final
    assert KEY not in f"{caught.value.text} {caught.value.answer}"


def test_what_is_wrong_with_a_config() -> None:
    assert pagerduty.KIND.check(CONFIG) == {}
    assert set(pagerduty.KIND.check({**CONFIG, "routing_key": "with space"})) == {"routing_key"}
    assert set(pagerduty.KIND.check({**CONFIG, "region": "mars"})) == {"region"}
