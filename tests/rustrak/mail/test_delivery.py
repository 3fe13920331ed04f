from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from rustrak.lib import clock
from rustrak.mail import connection, delivery, kinds, outbox
from rustrak.mail.kinds import Kind, Written
from rustrak.mail.models import Message
from tests.lib.smtp_server import SMTPServer, closed_port, running, use

pytestmark = pytest.mark.django_db


def put(*recipients: str) -> None:
    for one in recipients:
        outbox.put("alert", one, "Something failed", "See the page.\n")


def come_due() -> None:
    Message.objects.update(next_attempt_at=clock.now() - timedelta(seconds=1))


def of(recipient: str) -> Message:
    return Message.objects.get(recipient=recipient)


def test_a_message_is_sent_once_and_forgotten(settings: Any) -> None:
    put("ana@example.org")
    with running(SMTPServer()) as server:
        use(settings, server.port, EMAIL_HOST_USER="me", EMAIL_HOST_PASSWORD="pass")
        assert delivery.deliver() == 1
        assert delivery.deliver() == 0
    (letter,) = server.letters
    assert letter[0] == ["ana@example.org"]
    assert "Subject: Something failed" in letter[1]
    assert "See the page." in letter[1]
    assert "Message-ID: <alert." in letter[1]
    assert not Message.objects.exists()
    assert server.commands[-1] == b"quit"


def test_names_in_other_scripts_are_encoded(settings: Any) -> None:
    outbox.put("alert", "ana@bücher.example", "Ошибка в магазине\r\nBcc: eve@example.org", "ÄRGER\n.\nQUIT\n")
    with running(SMTPServer()) as server:
        use(settings, server.port)
        assert delivery.deliver() == 1
    (letter,) = server.letters
    assert letter[0] == ["ana@xn--bcher-kva.example"]
    assert "Bcc" not in letter[1]


@pytest.mark.parametrize(
    ("replies", "words"),
    [
        ({b"": b"554 go away"}, "554 go away"),
        ({b"": b"HTTP/1.1 400 Bad Request"}, "is not a mail server"),
        ({b"": None}, "closed the connection"),
        ({b"EHLO": b"500 what", b"HELO": b"500 what"}, "500 what"),
        ({b"EHLO": None}, "closed the connection"),
        ({b"AUTH": b"535 5.7.8 wrong"}, "rejects the user name or the password: 535 5.7.8 wrong"),
        ({b"MAIL": b"550 not yours"}, "refuses the sender: 550 not yours"),
        ({b"MAIL": b"421 too many"}, "refuses the sender: 421 too many"),
    ],
)
def test_a_server_that_cannot_be_used_is_left_alone_for_a_while(
    settings: Any, caplog: Any, replies: dict[bytes, bytes | None], words: str
) -> None:
    put("ana@example.org", "bo@example.org")
    with running(SMTPServer(replies)) as server:
        use(settings, server.port, EMAIL_HOST_USER="me", EMAIL_HOST_PASSWORD="hunter2")
        assert delivery.deliver() == 0
        assert delivery.deliver() == 0
    assert server.connections == 1, "the other message waits as well"
    ana = of("ana@example.org")
    assert words in ana.last_error
    assert ana.attempts == 1
    assert of("bo@example.org").attempts == 0
    for message in Message.objects.all():
        pause = (message.next_attempt_at - clock.now()).total_seconds()
        assert 20 < pause <= 30
    assert words in caplog.text
    assert "hunter2" not in caplog.text
    come_due()
    with running(SMTPServer()) as server:
        use(settings, server.port)
        assert delivery.deliver() == 2
    assert [one for one, _ in server.letters] == [["ana@example.org"], ["bo@example.org"]]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"EMAIL_USE_TLS": True}, "does not offer what EMAIL_URL asks for"),
        ({"EMAIL_USE_SSL": True}, "TLS with 127.0.0.1"),
        ({"EMAIL_HOST": "no.such.host.invalid"}, "has no address"),
    ],
)
def test_wrong_settings_are_named(settings: Any, options: dict[str, Any], words: str) -> None:
    put("ana@example.org")
    with running(SMTPServer()) as server:
        use(settings, server.port, **options)
        assert delivery.deliver() == 0
    assert words in of("ana@example.org").last_error


def test_tls_that_fails_after_it_was_offered(settings: Any) -> None:
    put("ana@example.org")
    replies = {b"STARTTLS": b"220 go\r\nthis is not TLS at all"}
    with running(SMTPServer(replies, extensions=(b"STARTTLS",))) as server:
        use(settings, server.port, EMAIL_USE_TLS=True)
        assert delivery.deliver() == 0
    assert "TLS with" in of("ana@example.org").last_error


def test_a_refused_connection(settings: Any) -> None:
    put("ana@example.org")
    with closed_port() as port:
        use(settings, port)
        assert delivery.deliver() == 0
    assert of("ana@example.org").last_error == f"127.0.0.1:{port} refuses connections"


@pytest.mark.parametrize("server", [SMTPServer(silent=True), SMTPServer(drip=0.1)], ids=["silent", "drip"])
@pytest.mark.parametrize("tls", [False, True])
def test_a_server_that_takes_for_ever(settings: Any, monkeypatch: Any, server: SMTPServer, tls: bool) -> None:
    monkeypatch.setattr(connection, "STEP_SECONDS", 0.4)
    monkeypatch.setattr(connection, "MOST_SECONDS", 0.8)
    put("ana@example.org")
    with running(SMTPServer(silent=server.silent, drip=server.drip)) as slow:
        use(settings, slow.port, EMAIL_USE_SSL=tls)
        begun = time.monotonic()
        assert delivery.deliver() == 0
        assert time.monotonic() - begun < 5
    error = of("ana@example.org").last_error
    assert "does not answer in time" in error or (tls and "TLS with" in error)


def test_a_message_that_drips_out_is_cut_off(settings: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(connection, "MOST_SECONDS", 1.0)
    put("ana@example.org")
    with running(SMTPServer()) as server:
        use(settings, server.port)
        answer = server._answer

        def slow_after_data(to: Any, reply: bytes) -> None:
            server.drip = 0.6 if reply == b"250 queued" else 0.0
            answer(to, reply)

        server._answer = slow_after_data  # type: ignore[method-assign]
        begun = time.monotonic()
        assert delivery.deliver() == 0
        assert time.monotonic() - begun < 5
    assert "does not answer in time" in of("ana@example.org").last_error


@pytest.mark.parametrize(
    ("replies", "given_up", "words"),
    [
        ({b"RCPT TO:<ana": b"550 unknown"}, True, "refuses the recipient: 550 unknown"),
        ({b"RCPT TO:<ana": b"451 later"}, False, "refuses the recipient: 451 later"),
        ({b"RCPT TO:<ana": None}, False, "closed the connection"),
    ],
)
def test_one_recipient_that_fails_does_not_hold_up_others(
    settings: Any, replies: dict[bytes, bytes | None], given_up: bool, words: str
) -> None:
    put("ana@example.org", "bo@example.org", "cy@example.org")
    with running(SMTPServer(replies)) as server:
        use(settings, server.port)
        assert delivery.deliver() == 2
    assert [one for one, _ in server.letters] == [["bo@example.org"], ["cy@example.org"]]
    (ana,) = Message.objects.all()
    assert words in ana.last_error
    assert (ana.given_up_at is not None) == given_up


@pytest.mark.parametrize(("reply", "given_up"), [(b"554 spam", True), (b"452 full", False), (None, False)])
def test_a_message_that_is_refused_after_its_data(settings: Any, reply: bytes | None, given_up: bool) -> None:
    put("ana@example.org")
    with running(SMTPServer({b".": reply})) as server:
        use(settings, server.port)
        assert delivery.deliver() == 0
        assert delivery.deliver() == 0
    assert server.connections == 1
    assert (of("ana@example.org").given_up_at is not None) == given_up


def test_a_server_that_always_breaks_off_is_left_alone(settings: Any) -> None:
    put(*(f"p{number}@example.org" for number in range(10)))
    with running(SMTPServer({b".": None})) as server:
        use(settings, server.port)
        assert delivery.deliver() == 0
    assert server.connections == delivery.BROKEN_OFF
    assert not outbox.due(clock.now(), clock.now() + delivery.FURTHEST).exists()


def test_pauses_grow_to_five_minutes() -> None:
    pauses = [delivery._pause(attempts).total_seconds() for attempts in (1, 2, 3, 4, 5, 6, 100)]
    assert pauses == [30, 60, 120, 240, 300, 300, 300]


def test_it_is_given_up_at_the_end_of_its_lifetime_and_forgotten_later(settings: Any, caplog: Any) -> None:
    put("ana@example.org")
    Message.objects.update(created_at=clock.now() - timedelta(days=3))
    with closed_port() as port:
        use(settings, port)
        delivery.deliver()
        assert of("ana@example.org").given_up_at is not None
        assert "is given up after 1 attempt: 127.0.0.1" in caplog.text
        Message.objects.update(given_up_at=clock.now() - delivery.GIVEN_UP_FOR)
        delivery.deliver()
    assert not Message.objects.exists()


def test_what_was_given_up_is_bounded(settings: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(delivery, "MOST_GIVEN_UP", 3)
    put(*(f"p{number}@example.org" for number in range(5)))
    for number, message in enumerate(Message.objects.order_by("pk")):
        Message.objects.filter(pk=message.pk).update(given_up_at=clock.now() - timedelta(minutes=9 - number))
    delivery.deliver()
    assert sorted(one.recipient[:2] for one in Message.objects.all()) == ["p2", "p3", "p4"]


@pytest.mark.django_db(transaction=True)
def test_two_machines_send_each_message_once(settings: Any) -> None:
    put(*(f"p{number}@example.org" for number in range(20)))
    with running(SMTPServer()) as server:
        use(settings, server.port)

        def work() -> None:
            try:
                delivery.deliver()
            finally:
                connections.close_all()

        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(one for one, _ in server.letters) == sorted(
        [f"p{number}@example.org"] for number in range(20)
    )


def test_a_claim_that_nobody_finished_ends(settings: Any) -> None:
    put("ana@example.org")
    assert outbox.claim(of("ana@example.org"), clock.now() + delivery.CLAIM)
    with running(SMTPServer()) as server:
        use(settings, server.port)
        assert delivery.deliver() == 0
        come_due()
        assert delivery.deliver() == 1


def test_a_clock_that_was_ahead_holds_nothing_up(settings: Any) -> None:
    put("ana@example.org")
    Message.objects.update(next_attempt_at=clock.now() + timedelta(days=300))
    with running(SMTPServer()) as server:
        use(settings, server.port)
        assert delivery.deliver() == 1


def test_a_kind_may_be_written_when_it_is_sent(settings: Any, mailoutbox: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(kinds, "_kinds", {})
    kinds.register(Kind("late", write=lambda to: [Written(to, "Now", "written")] if "ana" in to else []))
    kinds.register(Kind("broken", write=lambda to: [1 // 0]))
    outbox.put("broken", "bo@example.org")
    outbox.put("late", "ana@example.org")
    outbox.put("late", "nobody@example.org")
    outbox.put("unknown", "ana@example.org")
    assert delivery.deliver() == 2
    (letter,) = mailoutbox
    assert (letter.to, letter.subject, letter.body) == (["ana@example.org"], "Now", "written")
    errors = set(Message.objects.values_list("kind", "last_error"))
    assert errors == {
        ("broken", "it cannot be written: ZeroDivisionError"),
        ("unknown", "it cannot be written: LookupError"),
    }
