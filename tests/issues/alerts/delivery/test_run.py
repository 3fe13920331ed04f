from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Project
from issues import facts
from issues.alerts.delivery import claims, run, sending
from issues.alerts.delivery.journal import Journal
from issues.alerts.rules import collect
from issues.models import AlertChannel, AlertDelivery, AlertFact, AlertThread, News
from rustrak.lib import clock
from rustrak.outbound import client
from tests.lib import alerts, builders
from tests.lib.http_receiver import raw, receiving, reply, silence

pytestmark = pytest.mark.django_db


def bodies(receiver: Any) -> list[dict[str, Any]]:
    return [json.loads(got.body) for got in receiver.got]


def due_again() -> None:
    AlertDelivery.objects.filter(status="waiting").update(next_attempt_at=clock.now())
    AlertChannel.objects.update(not_before=None)


def test_a_message_is_sent_once(shop: Project) -> None:
    issue = builders.issue(shop)
    with receiving() as receiver:
        one = alerts.delivery(shop, alerts.channel(receiver.url), issue)
        assert run.run() == 1
        assert run.run() == 0
    (body,) = bodies(receiver)
    assert (body["id"], body["headline"], body["thread"]) == (str(one.pk), "New issue", {})
    one.refresh_from_db()
    assert (one.status, one.attempts, one.leased_until) == ("sent", 1, None)
    (attempt,) = alerts.attempts(one)
    assert (attempt.succeeded, attempt.status, attempt.answer, attempt.error) == (True, 200, "ok", "")
    assert AlertThread.objects.get().external == {"first": str(one.pk)}


def test_later_news_of_an_issue_join_its_conversation_in_order(shop: Project) -> None:
    issue = builders.issue(shop)
    with receiving(reply(503, b"later"), reply()) as receiver:
        channel = alerts.channel(receiver.url)
        first = alerts.delivery(shop, channel, issue)
        second = alerts.delivery(shop, channel, issue, News.RESOLVED, facts={"by": "Ana"})
        assert run.run() == 0
        assert [alerts.state(one) for one in (first, second)] == ["waiting", "waiting"]
        due_again()
        assert run.run() == 2
    assert [body["headline"] for body in bodies(receiver)] == ["New issue", "New issue", "Resolved"]
    assert bodies(receiver)[2]["thread"] == {"first": str(first.pk)}
    assert bodies(receiver)[2]["detail"] == "Resolved by Ana"
    failed, sent = alerts.attempts(first)
    assert (failed.succeeded, failed.status, failed.answer) == (False, 503, "later")
    assert sent.succeeded


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (reply(302, b"", Location="http://example.org/"), "redirect"),
        (reply(400, b"bad"), "400"),
        (reply(404, b"gone"), "404"),
    ],
)
def test_what_cannot_succeed_is_given_up_at_once(shop: Project, script: Any, words: str) -> None:
    with receiving(script) as receiver:
        one = alerts.delivery(shop, alerts.channel(receiver.url), builders.issue(shop))
        run.run()
    one.refresh_from_db()
    assert one.status == "given_up"
    assert words in one.reason
    assert len(receiver.got) == 1


@pytest.mark.parametrize("asked", ["120", "999999999", "Wed, 21 Oct 2099 07:28:00 GMT"])
def test_a_channel_is_left_alone_for_as_long_as_it_asks_but_not_more_than_an_hour(
    shop: Project, asked: str
) -> None:
    issue, other = builders.issue(shop), builders.issue(shop, 2)
    with receiving(reply(429, b"slow down", Retry_After=asked)) as receiver:
        channel = alerts.channel(receiver.url)
        one, two = alerts.delivery(shop, channel, issue), alerts.delivery(shop, channel, other)
        run.run()
        run.run()
    assert len(receiver.got) == 1
    for each in (one, two):
        each.refresh_from_db()
    assert (one.status, one.attempts, two.status, two.attempts) == ("waiting", 1, "waiting", 0)
    channel.refresh_from_db()
    wait = 120 if asked == "120" else 3600
    assert channel.not_before is not None
    assert abs((channel.not_before - clock.now()).total_seconds() - wait) < 5
    assert wait - 5 < (one.next_attempt_at - clock.now()).total_seconds() < 1.1 * wait + 5


def test_what_does_not_answer_holds_up_nothing_else(shop: Project, monkeypatch: Any) -> None:
    monkeypatch.setattr(sending, "send", lambda request: client.send(request, 0.6))
    issues = [builders.issue(shop, number) for number in range(1, 31)]
    with receiving(silence) as slow, receiving() as quick:
        hanging, working = alerts.channel(slow.url), alerts.channel(quick.url)
        waiting = [alerts.delivery(shop, hanging, issue) for issue in issues]
        sent = [alerts.delivery(shop, working, issue) for issue in issues]
        begun = time.monotonic()
        assert run.run() == 30
        assert time.monotonic() - begun < 5
    assert slow.connections == 1
    assert {alerts.state(one) for one in sent} == {"sent"}
    assert {alerts.state(one) for one in waiting} == {"waiting"}
    hanging.refresh_from_db()
    assert hanging.not_before is not None
    assert hanging.last_error
    assert AlertDelivery.objects.filter(channel=hanging, attempts=1).count() == 1


def test_a_channel_that_keeps_failing_is_paused_and_keeps_what_waits(shop: Project, caplog: Any) -> None:
    issue = builders.issue(shop)
    with receiving(reply(500, b"oops")) as receiver:
        channel = alerts.channel(
            receiver.url, failures_in_a_row=9, failing_since=clock.now() - timedelta(hours=2)
        )
        one = alerts.delivery(shop, channel, issue)
        run.run()
        channel.refresh_from_db()
        assert channel.paused_at is not None
        assert channel.failures_in_a_row == 10
        assert "is paused" in caplog.text
        due_again()
        run.run()
    assert len(receiver.got) == 1
    assert alerts.state(one) == "waiting"
    AlertDelivery.objects.update(created_at=clock.now() - timedelta(days=2))
    run.run()
    one.refresh_from_db()
    assert (one.status, one.reason) == ("given_up", "For a day the channel was paused, because it failed.")


def test_a_wrong_address_pauses_a_channel_after_three_messages(shop: Project) -> None:
    with receiving(reply(404, b"no such hook")) as receiver:
        channel = alerts.channel(receiver.url)
        for number in range(1, 6):
            alerts.delivery(shop, channel, builders.issue(shop, number))
        run.run()
    channel.refresh_from_db()
    assert channel.paused_at is not None
    assert len(receiver.got) == 3
    assert AlertDelivery.objects.filter(status="waiting").count() == 2


def test_success_ends_a_failure_and_what_waited_follows(shop: Project) -> None:
    later = clock.now() + timedelta(minutes=50)
    with receiving() as receiver:
        channel = alerts.channel(receiver.url, failures_in_a_row=5, failing_since=clock.now(), last_error="x")
        retried = alerts.delivery(shop, channel, builders.issue(shop), attempts=5, next_attempt_at=later)
        alerts.delivery(shop, channel, builders.issue(shop, 2))
        assert run.run() == 2
    channel.refresh_from_db()
    assert (channel.failures_in_a_row, channel.failing_since, channel.last_error) == (0, None, "")
    assert channel.last_sent_at is not None
    assert alerts.state(retried) == "sent"


def test_everything_is_given_up_after_a_day(shop: Project) -> None:
    with receiving(reply(503)) as receiver:
        old = clock.now() - timedelta(days=1, minutes=1)
        one = alerts.delivery(
            shop, alerts.channel(receiver.url), builders.issue(shop), created_at=old, attempts=30
        )
        run.run()
    one.refresh_from_db()
    assert one.status == "given_up"
    assert one.reason.startswith("Given up after a day and 31 attempts: It answered 503")
    assert len(receiver.got) == 1


def test_what_is_gone_is_dropped_with_the_reason(shop: Project) -> None:
    with receiving() as receiver:
        channel = alerts.channel(receiver.url)
        issue = builders.issue(shop)
        one = alerts.delivery(shop, channel, issue)
        issue.delete()
        assert run.run() == 0
    one.refresh_from_db()
    assert (one.status, one.reason) == ("dropped", "The issue has been deleted.")
    assert receiver.got == []


def test_what_the_journal_knows_is_not_sent_again(shop: Project, settings: Any) -> None:
    issue = builders.issue(shop)
    with receiving() as receiver:
        one = alerts.delivery(shop, alerts.channel(receiver.url), issue)
        claims.claim(claims.Lane(one.channel_id), "dead", clock.now() - timedelta(hours=1), 1)
        Journal(settings.RUN_DIR).note(one.pk, sending.Sent({"ts": "1.2"}, 200, "ok"))
        assert run.run() == 0
    assert receiver.got == []
    assert alerts.state(one) == "sent"
    assert AlertThread.objects.get().external == {"ts": "1.2"}


def test_one_broken_message_does_not_stop_the_others(shop: Project, monkeypatch: Any) -> None:
    build = run.preparing.notices.build

    def broken(delivery: AlertDelivery) -> Any:
        if delivery.pk == bad.pk:
            raise ZeroDivisionError
        return build(delivery)

    monkeypatch.setattr(run.preparing.notices, "build", broken)
    with receiving() as receiver:
        channel = alerts.channel(receiver.url)
        bad = alerts.delivery(shop, channel, builders.issue(shop))
        good = alerts.delivery(shop, channel, builders.issue(shop, 2))
        assert run.run() == 1
    assert [alerts.state(one) for one in (bad, good)] == ["waiting", "sent"]
    (attempt,) = alerts.attempts(bad)
    assert attempt.error == "It cannot be written: ZeroDivisionError. Report it as a bug."


@pytest.mark.parametrize("script", [raw(b""), raw(b"HTTP/1.1 2"), raw(b"not HTTP at all\r\n\r\n")])
def test_an_answer_that_is_none_is_tried_again(shop: Project, script: Any) -> None:
    with receiving(script) as receiver:
        one = alerts.delivery(shop, alerts.channel(receiver.url), builders.issue(shop))
        run.run()
    one.refresh_from_db()
    assert one.status == "waiting"
    assert 4 < (one.next_attempt_at - clock.now()).total_seconds() <= 31


@pytest.mark.parametrize("answer", [None, 5, b"bytes"])
def test_a_channel_that_answers_nonsense_is_not_asked_again(
    shop: Project, monkeypatch: Any, answer: Any
) -> None:
    kind, sent = run.preparing.KINDS["posting"], []

    def strange(config: Any, notice: Any, *rest: Any) -> sending.Sent:
        sent.append(notice.id)
        return sending.Sent({}, 200, answer)

    monkeypatch.setitem(run.preparing.KINDS, "posting", replace(kind, send=strange))
    one = alerts.delivery(shop, alerts.channel(), builders.issue(shop))
    assert run.run() == 1
    assert run.run() == 0
    assert (alerts.state(one), sent) == ("sent", [one.pk])


def test_a_thread_that_breaks_does_not_send_again_and_again(shop: Project, monkeypatch: Any) -> None:
    tried: list[object] = []

    def breaks(message: Any, journal: Any) -> Any:
        tried.append(message.key)
        raise AssertionError

    monkeypatch.setattr(run, "attempt", breaks)
    for number in range(1, 4):
        alerts.delivery(shop, alerts.channel(), builders.issue(shop, number))
    run.run()
    assert len(tried) == 3


def test_a_bug_in_a_channel_says_no_secret(shop: Project, monkeypatch: Any, caplog: Any) -> None:
    def leaks(config: Any, *rest: Any) -> Any:
        raise ValueError(f"bad URL {config['url']}")

    kind = run.preparing.KINDS["posting"]
    monkeypatch.setitem(run.preparing.KINDS, "posting", replace(kind, send=leaks))
    one = alerts.delivery(shop, alerts.channel("http://127.0.0.1/s3cret"), builders.issue(shop))
    run.run()
    one.refresh_from_db()
    assert "ValueError in test_run.py" in one.reason
    assert "s3cret" not in caplog.text + one.reason + alerts.attempts(one)[0].error


def test_a_run_works_out_all_facts_however_little_a_turn_takes(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collect, "MOST_FACTS", 1)
    for _ in range(3):
        facts.write(
            shop.pk,
            [facts.Change(News.RESOLVED, builders.issue(shop, 1 + shop.issues.count()).pk)],
            {},
            clock.now(),
        )
    run.run()
    assert not AlertFact.objects.exists()


@pytest.mark.parametrize("status", [200, 403])
def test_an_answer_that_repeats_a_secret_is_masked(shop: Project, status: int, settings: Any) -> None:
    with receiving(reply(status, b"got /hook/s3cret-token-12345 from you")) as receiver:
        one = alerts.delivery(
            shop, alerts.channel(f"{receiver.url}/s3cret-token-12345"), builders.issue(shop)
        )
        run.run()
    (attempt,) = alerts.attempts(one)
    one.refresh_from_db()
    journal = (settings.RUN_DIR / "alerts.journal").read_text() if status == 200 else ""
    assert attempt.answer
    assert "s3cret-token" not in attempt.answer + attempt.error + one.reason + journal
