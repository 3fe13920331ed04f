"""Sends mail without keeping the page waiting: how long a page takes must not tell whether an address has an account."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings
from django.core.mail import EmailMessage

log = logging.getLogger("rustrak.mail")

# One thread for each process, started with the first mail. Each account gets a few mails an hour (accounts.sign_in.limits).
_thread = ThreadPoolExecutor(1, thread_name_prefix="mail")


def send(message: EmailMessage) -> None:
    """Send `message`: by SMTP in the background, otherwise at once. A failure is logged and not raised."""
    if settings.EMAIL_BACKEND == "django.core.mail.backends.smtp.EmailBackend":
        _thread.submit(_send, message)
    else:
        _send(message)


def _send(message: EmailMessage) -> None:
    try:
        message.send()
    except Exception:
        log.exception("A mail to %s could not be sent; check EMAIL_URL", ", ".join(message.to))
