"""Sends what is due: each message is claimed first, so that two machines never send the same one."""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage

from rustrak.lib import clock
from rustrak.lib.wording import counted
from rustrak.mail import failures, kinds, outbox
from rustrak.mail.composition import compose
from rustrak.mail.connection import Connection, where
from rustrak.mail.failures import Failure
from rustrak.mail.kinds import Written
from rustrak.mail.models import ERROR_LENGTH, Message

log = logging.getLogger("rustrak.mail")

# How long a claim holds: longer than a message can take (rustrak.mail.connection.MOST_SECONDS twice).
CLAIM = timedelta(minutes=5)
# A failed message is tried again after 30 s, then after twice as long each time.
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(minutes=5)
# Nothing waits longer for its turn, and clocks of two machines may differ by as much as this is more than a claim.
FURTHEST = 2 * CLAIM
# A message is also given up after so many attempts, if the clock was set back and its lifetime does not end.
MOST_ATTEMPTS = 2000
# One run sends so many messages, for about so long. The next run follows within seconds.
MOST_MESSAGES, MOST_SECONDS = 500, 60.0
# A server that breaks off this many messages in a row is left alone for a while.
BROKEN_OFF = 3
# Messages that were given up are kept so long, and so many of them, for `manage.py doctor`.
GIVEN_UP_FOR, MOST_GIVEN_UP = timedelta(days=7), 1000


def deliver() -> int:
    """Send the messages that are due; how many were sent. A message that fails does not hold up the others."""
    _forget()
    begun, sent, broken_off = time.monotonic(), 0, 0
    connection = Connection()
    try:
        for _ in range(MOST_MESSAGES):
            now = clock.now()
            message = outbox.due(now, now + FURTHEST).first()
            if message is None or time.monotonic() - begun > MOST_SECONDS:
                break
            if not outbox.claim(message, now + CLAIM):
                continue  # another process has it
            failure = _send(connection, message)
            if failure is None:
                message.delete()
                sent, broken_off = sent + 1, 0
                continue
            _failed(message, failure)
            broken_off = broken_off + 1 if not connection.is_open else 0
            if failure.server or broken_off >= BROKEN_OFF:
                _put_off(clock.now() + _pause(message.attempts + 1))
                break
    finally:
        connection.close()
    return sent


def _send(connection: Connection, message: Message) -> Failure | None:
    """Send a message; what went wrong. Nothing to send counts as sent."""
    try:
        letters = _written(message)
    except Exception as error:
        log.exception("A message of the kind %s cannot be written", message.kind)
        return Failure(
            f"it cannot be written: {type(error).__name__}",
            "Report it as a bug: the log has more.",
            server=False,
        )
    if not letters:
        return None
    try:
        connection.open()
    except Exception as error:
        return failures.opening(error, where())
    try:
        for number, letter in enumerate(letters):
            connection.send(_email(message, letter, number))
    except Exception as error:
        return failures.sending(error, where())
    return None


def _written(message: Message) -> list[Written]:
    write = kinds.named(message.kind).write
    if write is not None:
        return list(write(message.recipient))
    if not message.subject and not message.body:
        raise LookupError(f"messages of the kind {message.kind} are not known")
    return [Written(message.recipient, message.subject, message.body)]


def _email(message: Message, letter: Written, number: int) -> EmailMessage:
    # The same id whenever the message is sent, so that mailboxes show one that was sent twice once: a process that dies
    # after sending has not deleted the row.
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    ident = f"<{message.kind}.{message.pk}.{number}.{message.created_at.timestamp():.0f}@{host}>"
    headers = {"Message-ID": ident, "Auto-Submitted": "auto-generated", **letter.headers}
    return compose([letter.recipient], letter.subject, letter.body, letter.html, headers)


def _pause(attempts: int) -> timedelta:
    """How long to wait after so many attempts, 1 or more."""
    return min(LONGEST_PAUSE, FIRST_PAUSE * (1 << min(attempts - 1, 10)))


def _failed(message: Message, failure: Failure) -> None:
    """Note a failed attempt of a message that is claimed, and when the next one is; or give it up."""
    now, attempts = clock.now(), message.attempts + 1
    # Unless the claim has ended meanwhile, and somebody else has claimed it.
    row = Message.objects.filter(pk=message.pk, attempts=attempts)
    error = failure.text[:ERROR_LENGTH]
    old = now - message.created_at >= kinds.named(message.kind).lifetime
    if failure.final or old or attempts >= MOST_ATTEMPTS:
        row.update(last_error=error, given_up_at=now)
        log.error(
            "The message %s (%s) is given up after %s: %s. %s",
            message.pk,
            message.kind,
            counted(attempts, "attempt"),
            failure.text,
            failure.fix,
        )
        return
    pause = _pause(attempts)
    row.update(last_error=error, next_attempt_at=now + pause)
    log.warning(
        "The message %s (%s) could not be sent; the next attempt is in %.0f s: %s. %s",
        message.pk,
        message.kind,
        pause.total_seconds(),
        failure.text,
        failure.fix,
    )


def _put_off(until: datetime) -> None:
    """Have everything that is due wait as well: the server cannot be used."""
    now = clock.now()
    outbox.due(now, now + FURTHEST).order_by().update(next_attempt_at=until)


def _forget() -> None:
    """Delete what was given up long ago, and what of it is too much."""
    given_up = Message.objects.exclude(given_up_at=None)
    given_up.filter(given_up_at__lte=clock.now() - GIVEN_UP_FOR).delete()
    oldest = given_up.order_by("-given_up_at", "-id").values_list("pk", flat=True)[MOST_GIVEN_UP:]
    Message.objects.filter(pk__in=list(oldest)).delete()
