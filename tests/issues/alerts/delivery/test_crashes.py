from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connections

from accounts.models import Project
from issues.alerts.delivery import outcomes, run
from issues.alerts.delivery.journal import Journal
from issues.models import AlertDelivery, AlertThread, News
from tests.lib import alerts, builders
from tests.lib.http_receiver import receiving

pytestmark = pytest.mark.django_db(transaction=True)


def die(*arguments: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def in_a_process(body: Callable[[], object]) -> int:
    """How a process ended that ran `body`: the number of the signal, or 0."""
    connections.close_all()
    if not (pid := os.fork()):
        try:
            body()
        finally:
            connections.close_all()
            os._exit(0)
    return os.WTERMSIG(os.waitpid(pid, 0)[1])


def test_killed_between_the_answer_and_the_commit_nothing_is_sent_twice(
    shop: Project, monkeypatch: Any
) -> None:
    issue = builders.issue(shop)
    with receiving() as receiver:
        channel = alerts.channel(receiver.url)
        # Of one conversation, so that no other message is on its way when the process dies.
        alerts.delivery(shop, channel, issue)
        later = alerts.delivery(shop, channel, issue, News.RESOLVED)
        with monkeypatch.context() as patched:
            patched.setattr(outcomes, "apply", die)
            assert in_a_process(run.run) == signal.SIGKILL
        assert not AlertDelivery.objects.filter(status="sent").exists()
        run.run()
    assert {*AlertDelivery.objects.values_list("status", flat=True)} == {"sent"}
    assert len(receiver.got) == 2
    assert AlertDelivery.objects.get(reason="") == later
    assert AlertThread.objects.count() == 1


def test_killed_before_the_note_it_is_sent_again_with_the_same_key(shop: Project, monkeypatch: Any) -> None:
    with receiving() as receiver:
        alerts.delivery(shop, alerts.channel(receiver.url), builders.issue(shop))
        with monkeypatch.context() as patched:
            patched.setattr(Journal, "note", die)
            assert in_a_process(run.run) == signal.SIGKILL
        assert run.run() == 1
    first, second = receiver.got
    assert first.body == second.body


def test_a_database_that_goes_away_in_between_sends_nothing_twice(shop: Project, monkeypatch: Any) -> None:
    def gone(*arguments: object) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    with receiving() as receiver:
        channel = alerts.channel(receiver.url)
        for number in range(1, 4):
            alerts.delivery(shop, channel, builders.issue(shop, number))
        with monkeypatch.context() as patched:
            patched.setattr(outcomes, "apply", gone)
            with pytest.raises(OperationalError):
                run.run()
        run.run()
    assert len(receiver.got) == 3
    assert {*AlertDelivery.objects.values_list("status", flat=True)} == {"sent"}


def test_a_stop_finishes_what_is_on_its_way(shop: Project, monkeypatch: Any) -> None:
    def stopping(connection: Any) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    with receiving(stopping) as receiver:
        channel = alerts.channel(receiver.url)
        for number in range(1, 4):
            alerts.delivery(shop, channel, builders.issue(shop, number))
        before = signal.getsignal(signal.SIGTERM)
        assert run.run() == 1
        assert signal.getsignal(signal.SIGTERM) == before
    assert len(receiver.got) == 1
    assert sorted(AlertDelivery.objects.values_list("status", "attempts", "leased_by")) == [
        ("sent", 1, ""), ("waiting", 0, ""), ("waiting", 0, ""),
    ]  # fmt: skip
