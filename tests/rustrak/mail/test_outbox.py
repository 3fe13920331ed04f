from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rustrak.lib import problems
from rustrak.mail import kinds, outbox
from rustrak.mail.kinds import Kind
from rustrak.mail.models import Message

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def few(monkeypatch: Any) -> None:
    monkeypatch.setattr(kinds, "_kinds", {})
    kinds.register(Kind("reset", most=3, write=lambda to: []))
    kinds.register(Kind("alert", most=3))


def test_a_kind_with_a_writer_waits_once_for_each_recipient() -> None:
    outbox.put("reset", "ana@example.org")
    first = Message.objects.get()
    outbox.put("reset", "ana@example.org")
    second = Message.objects.get()
    assert second.pk == first.pk
    assert second.created_at > first.created_at
    assert second.next_attempt_at == first.next_attempt_at, "a claim must not end early"
    Message.objects.update(given_up_at=first.created_at)
    outbox.put("reset", "ana@example.org")
    assert Message.objects.count() == 2


@pytest.mark.parametrize("kind", ["reset", "alert"])
def test_no_more_wait_than_may(kind: str) -> None:
    for number in range(4):
        outbox.put(kind, f"p{number}@example.org", "a", "b")
    with pytest.raises(problems.Unavailable) as full:
        outbox.put(kind, "last@example.org", "a", "b")
    assert full.value.retry_after == outbox.BUSY_SECONDS
    outbox.put("other", "last@example.org", "a", "b")  # kinds do not take each other's room


def test_long_texts_are_cut_and_say_so() -> None:
    outbox.put("alert", "a" * 1000, "very  \r\n long " * 1000, "b" * 1_000_000)
    message = Message.objects.get()
    assert len(message.recipient) == 254
    assert message.subject.startswith("very long very long")
    assert len(message.subject) == 255
    assert len(message.body) == outbox.BODY_LENGTH
    assert message.body.endswith("was too long to be sent.]\n")


def test_standing() -> None:
    assert outbox.standing() == outbox.Standing(0, None, "", 0, "")
    outbox.put("alert", "ana@example.org", "a", "b")
    outbox.put("alert", "bo@example.org", "a", "b")
    first, second = Message.objects.order_by("pk")
    Message.objects.filter(pk=first.pk).update(last_error="closed")
    Message.objects.filter(pk=second.pk).update(given_up_at=second.created_at, last_error="550")
    assert outbox.standing() == outbox.Standing(1, first.created_at, "closed", 1, "550")


@pytest.mark.django_db(transaction=True)
def test_a_message_wakes_deliver_on_this_machine(settings: Any, tmp_path: Path) -> None:
    settings.RUN_DIR = tmp_path / "run"
    outbox.put("alert", "ana@example.org", "a", "b")  # the directory is missing: it is sent later
    assert not outbox.is_touched()
    settings.RUN_DIR.mkdir()
    outbox.put("alert", "ana@example.org", "a", "b")
    assert outbox.is_touched()
    assert not outbox.is_touched()
    outbox.put("alert", "ana@example.org", "a", "b")
    assert outbox.is_touched()
