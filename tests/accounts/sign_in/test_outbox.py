from __future__ import annotations

import threading
from unittest import mock

import pytest
from django.core.mail import EmailMessage

from accounts.sign_in import outbox

SMTP = "django.core.mail.backends.smtp.EmailBackend"
MESSAGE = EmailMessage("Subject", "Text", to=["bo@example.org"])


def test_a_slow_server_keeps_nobody_waiting(settings) -> None:
    settings.EMAIL_BACKEND = SMTP
    sent, release = threading.Event(), threading.Event()

    def send(message: EmailMessage) -> None:
        release.wait(10)
        sent.set()

    with mock.patch.object(EmailMessage, "send", send):
        outbox.send(MESSAGE)
        assert not sent.is_set()
        release.set()
        assert sent.wait(10)


@pytest.mark.parametrize("backend", [SMTP, "django.core.mail.backends.console.EmailBackend"])
def test_a_failure_is_logged_and_not_raised(settings, caplog, backend: str) -> None:
    settings.EMAIL_BACKEND = backend
    with mock.patch.object(EmailMessage, "send", side_effect=OSError("refused")):
        outbox.send(MESSAGE)
        outbox._thread.submit(int).result(10)
    assert "A mail to bo@example.org could not be sent" in caplog.text
