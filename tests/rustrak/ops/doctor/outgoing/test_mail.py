from __future__ import annotations

import ssl
import time
from datetime import timedelta
from typing import Any

import pytest

from rustrak.lib import clock
from rustrak.mail import connection, outbox
from rustrak.mail.failures import opening
from rustrak.mail.models import Message
from rustrak.ops.doctor import Level
from rustrak.ops.doctor.outgoing import mail as outgoing_mail
from tests.lib.smtp_server import SMTPServer, closed_port, running, use

pytestmark = pytest.mark.django_db
CONSOLE = "django.core.mail.backends.console.EmailBackend"


def found() -> list[tuple[str, Level, str]]:
    return [(one.subject, one.level, f"{one.text} {one.fix}") for one in outgoing_mail.check()]


def test_without_a_server_nobody_gets_mail(settings: Any) -> None:
    settings.EMAIL_BACKEND = CONSOLE
    ((subject, level, text),) = found()
    assert (subject, level) == ("mail", Level.WARNING)
    assert "nobody gets any" in text
    assert "Set EMAIL_URL" in text


def test_a_server_that_works(settings: Any) -> None:
    settings.DEFAULT_FROM_EMAIL = "Rustrak <rustrak@example.org>"
    with running(SMTPServer()) as server:
        use(settings, server.port, EMAIL_HOST_USER="me", EMAIL_HOST_PASSWORD="hunter2")
        ((_, level, text),) = found()
    assert level == Level.OK
    assert "answers and accepts the password" in text
    assert [line[:4].upper() for line in server.commands] == [b"EHLO", b"AUTH", b"QUIT"], "nothing is sent"


def test_a_sender_at_localhost_is_warned_of(settings: Any) -> None:
    with running(SMTPServer()) as server:
        use(settings, server.port)
        assert [level for _, level, _ in found()] == [Level.OK, Level.WARNING]


def test_a_password_without_tls_is_warned_of(settings: Any, monkeypatch: Any) -> None:
    settings.DEFAULT_FROM_EMAIL = "rustrak@example.org"
    monkeypatch.setattr(outgoing_mail, "_is_loopback", lambda: False)
    with running(SMTPServer()) as server:
        use(settings, server.port, EMAIL_HOST_USER="me", EMAIL_HOST_PASSWORD="hunter2")
        texts = " ".join(text for _, _, text in found())
    assert "without TLS" in texts
    assert "hunter2" not in texts


@pytest.mark.parametrize(
    ("server", "more", "words"),
    [
        (
            SMTPServer({b"AUTH": b"535 no"}),
            {"EMAIL_HOST_USER": "me", "EMAIL_HOST_PASSWORD": "x"},
            "rejects the user",
        ),
        (SMTPServer(), {"EMAIL_USE_TLS": True}, "Use another scheme"),
        (SMTPServer(), {"EMAIL_USE_SSL": True}, "smtp+tls:// for port 587"),
        (SMTPServer(silent=True), {}, "A firewall may block the port"),
        (
            SMTPServer({b"": b"220 hi\r\n" * 3, b"EHLO": b"250"}),
            {"EMAIL_HOST": "no.invalid"},
            "has no address",
        ),
    ],
)
def test_each_fault_is_named_with_its_fix(
    settings: Any, monkeypatch: Any, server: SMTPServer, more: dict[str, Any], words: str
) -> None:
    monkeypatch.setattr(connection, "STEP_SECONDS", 0.3)
    with running(server):
        use(settings, server.port, **more)
        begun = time.monotonic()
        ((_, level, text),) = found()
        assert time.monotonic() - begun < 5
    assert level == Level.PROBLEM
    assert words in text


def test_a_refused_connection(settings: Any) -> None:
    with closed_port() as port:
        use(settings, port)
        ((_, level, text),) = found()
    assert level == Level.PROBLEM
    assert "refuses connections" in text


def test_an_invalid_certificate_is_named() -> None:
    error = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED]")
    error.verify_message = "self-signed certificate"
    failure = opening(error, "mail.example.org:587")
    assert failure.text == "the certificate of mail.example.org:587 is not valid: self-signed certificate"
    assert failure.server
    assert not failure.final


def test_the_outbox(settings: Any) -> None:
    settings.EMAIL_BACKEND = CONSOLE
    outbox.put("alert", "ana@example.org", "a", "b")
    outbox.put("alert", "bo@example.org", "a", "b")
    assert len(found()) == 1
    ana, bo = Message.objects.order_by("pk")
    Message.objects.filter(pk=ana.pk).update(created_at=clock.now() - timedelta(hours=2))
    Message.objects.filter(pk=bo.pk).update(given_up_at=clock.now(), last_error="550 unknown")
    _, late, given_up = found()
    assert late[1] == Level.PROBLEM
    assert "1 message waiting to be sent, the oldest for 2 h" in late[2]
    assert "manage.py deliver" in late[2]
    assert given_up[1] == Level.WARNING
    assert "550 unknown" in given_up[2]
    Message.objects.filter(pk=ana.pk).update(last_error="mail:25 refuses connections")
    assert "mail:25 refuses connections" in found()[1][2]
