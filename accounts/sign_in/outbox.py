"""Sends mail without keeping the page waiting: how long a page takes must not tell whether an address has an account."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from django.conf import settings
from django.db import connection

log = logging.getLogger("rustrak.mail")

# One thread for each process, started with the first mail. Each account gets a few mails an hour (accounts.sign_in.limits).
_thread = ThreadPoolExecutor(1, thread_name_prefix="mail")


def send(write_and_send: Callable[[], object]) -> None:
    """Call `write_and_send`, which may use the database: in the background if mail goes out by SMTP, otherwise at once.

    A failure is logged and not raised.
    """
    if settings.EMAIL_BACKEND == "django.core.mail.backends.smtp.EmailBackend":
        _thread.submit(copy_context().run, _in_background, write_and_send)
    else:
        _logged(write_and_send)


def _in_background(write_and_send: Callable[[], object]) -> None:
    try:
        _logged(write_and_send)
    finally:
        connection.close()


def _logged(write_and_send: Callable[[], object]) -> None:
    try:
        write_and_send()
    except Exception:
        log.exception("A mail could not be sent; check EMAIL_URL")
