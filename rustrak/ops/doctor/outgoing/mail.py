"""Whether mail can be sent: the server of EMAIL_URL, and what waits in the outbox."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from django.conf import settings
from django.db import Error

from rustrak.lib import clock
from rustrak.lib.wording import counted, duration
from rustrak.mail import failures, outbox
from rustrak.mail.connection import SMTP, Connection, where
from rustrak.ops.doctor.findings import Finding, ok, problem, warning

SUBJECT = "mail"
# A message that can be sent is sent within seconds.
LATE_SECONDS = 120.0
_NOBODY = {
    "django.core.mail.backends.console.EmailBackend": "mail is written to the log of `deliver`",
    "django.core.mail.backends.filebased.EmailBackend": "mail is written to files",
    "django.core.mail.backends.locmem.EmailBackend": "mail is kept in memory and lost",
    "django.core.mail.backends.dummy.EmailBackend": "mail is thrown away",
}


def check() -> Iterator[Finding]:
    """Connects and signs in as sending does, without sending anything; then looks at the outbox."""
    yield from _server()
    yield from _outbox()


def _server() -> Iterator[Finding]:
    if settings.EMAIL_BACKEND != SMTP:
        what = _NOBODY.get(settings.EMAIL_BACKEND, f"mail goes to {settings.EMAIL_BACKEND}")
        yield warning(
            SUBJECT,
            f"{what}: nobody gets any, such as links to reset a password",
            "Set EMAIL_URL to a mail server, such as smtp+tls://user:pass@mail.example.org:587.",
        )
        return
    connection = Connection()
    try:
        connection.open()
    except Exception as error:
        failure = failures.opening(error, where())
        yield problem(SUBJECT, failure.text, failure.fix)
        return
    finally:
        connection.close()
    said = " and accepts the password" if settings.EMAIL_HOST_USER else ""
    yield ok(SUBJECT, f"the server {where()} answers{said}")
    if settings.EMAIL_HOST_USER and not (settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL or _is_loopback()):
        yield warning(
            SUBJECT,
            f"the password is sent to {where()} without TLS: everybody on the way can read it",
            "Use smtp+tls:// (port 587) or smtp+ssl:// (port 465) in EMAIL_URL.",
        )
    if settings.DEFAULT_FROM_EMAIL.rstrip(">").endswith("@localhost"):
        yield warning(
            SUBJECT,
            f"the sender is {settings.DEFAULT_FROM_EMAIL}, which many servers refuse or take for spam",
            "Set DEFAULT_FROM_EMAIL to an address of your own domain.",
        )


def _outbox() -> Iterator[Finding]:
    try:
        found = outbox.standing()
    except Error:
        return  # the check of the database says why
    waited = (clock.now() - found.oldest).total_seconds() if found.oldest else 0.0
    if waited > LATE_SECONDS:
        text = f"{counted(found.waiting, 'message')} waiting to be sent, the oldest for {duration(waited)}"
        reason = f": {found.error}" if found.error else ""
        fix = "Correct what the error names." if reason else "Start `manage.py up` or `manage.py deliver`."
        yield problem("outbox", f"{text}{reason}", f"{fix} `manage.py deliver --once` sends what is due now.")
    if found.given_up:
        yield warning(
            "outbox",
            f"{counted(found.given_up, 'message')} of the last days could not be sent and will not be; the latest "
            f"because of: {found.given_up_error}",
            "Correct what the error names. Nothing is sent again by itself: ask for a new link to reset a password.",
        )


def _is_loopback() -> bool:
    try:
        return ipaddress.ip_address(settings.EMAIL_HOST).is_loopback
    except ValueError:
        return bool(settings.EMAIL_HOST == "localhost")
