from __future__ import annotations

import re
import threading
from unittest import mock

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.test import Client

from accounts.models import User
from accounts.sign_in import outbox

SMTP = "django.core.mail.backends.smtp.EmailBackend"


def test_a_slow_server_keeps_nobody_waiting(settings) -> None:
    settings.EMAIL_BACKEND = SMTP
    sent, release = threading.Event(), threading.Event()

    def send() -> None:
        release.wait(10)
        sent.set()

    outbox.send(send)
    assert not sent.is_set()
    release.set()
    assert sent.wait(10)


@pytest.mark.parametrize("backend", [SMTP, "django.core.mail.backends.console.EmailBackend"])
def test_a_failure_is_logged_and_not_raised(settings, caplog, backend: str) -> None:
    settings.EMAIL_BACKEND = backend
    outbox.send(mock.Mock(side_effect=OSError("refused")))
    outbox._thread.submit(int).result(10)
    assert "A mail could not be sent; check EMAIL_URL" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_reset_is_written_and_sent_in_the_background(settings) -> None:
    User.objects.create_user("dee@example.org", "x")
    settings.EMAIL_BACKEND = SMTP
    release, sent = threading.Event(), []
    outbox._thread.submit(release.wait, 10)
    with mock.patch.object(EmailMessage, "send", lambda message: sent.append(message)):
        for email in ("dee@example.org", "no@example.org"):
            with mock.patch("accounts.adapter.AccountAdapter.render_mail", side_effect=AssertionError):
                answer = Client().post("/accounts/password/reset/", {"email": email})
            assert answer.status_code == 302
        assert sent == []
        release.set()
        outbox._thread.submit(int).result(10)
    (message,) = sent
    assert message.to == ["dee@example.org"]
    assert re.search(r"http://testserver/accounts/password/reset/key/\S+", message.body)
    assert mail.outbox == []
