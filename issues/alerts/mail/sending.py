"""Sends a notice to a person, or to the addresses of a channel. One connection serves several messages of a run."""

from __future__ import annotations

import smtplib
import threading
import time
from collections.abc import Mapping, Sequence

from django.conf import settings

from accounts.models import User
from issues.alerts.channel import Failed, Sent, Thread
from issues.alerts.mail import headers, links
from issues.alerts.mail.rendering import Reader, render
from issues.alerts.notice import Notice
from issues.models import AlertPreferences, News
from rustrak.local_times import zones
from rustrak.mail import failures
from rustrak.mail.composition import compose
from rustrak.mail.connection import Connection, where

#: Many servers end a connection after so many messages, or so many idle seconds.
MOST_MESSAGES, IDLE_SECONDS = 50, 20.0
_TAKEN = 250


def send(user: User, notice: Notice, thread: Thread) -> Sent:
    """Send a notice to a person, in the conversation of `thread` ({} before its first message). Raises Failed.

    Uses no database if the person's `alert_preferences` are loaded: it may run in a thread of its own.
    """
    chose: AlertPreferences | None = getattr(user, "alert_preferences", None)
    url = links.unsubscribe(links.Subscription(user.pk, notice.project.id))
    reader = Reader(
        why=_why(notice),
        links=(("What I receive", links.choices()), ("Unsubscribe from this project", url)),
        zone=zones.zone(chose.time_zone if chose else user.time_zone or "UTC"),
    )
    return _send([user.email], notice, thread, reader, headers.unsubscribing(url))


def send_to(addresses: Sequence[str], notice: Notice, thread: Thread) -> Sent:
    """Send one message to the addresses of a channel. Raises Failed when none of them takes it.

    An address that the server refuses beside others is named in the answer: to try again would send to all of them twice.
    """
    reader = Reader(
        why=f"An e-mail channel of Rustrak sends this to {', '.join(addresses[:3])}{', …' * (len(addresses) > 3)}. "
        f"The admins of the project {notice.project.name} can change that.",
        links=(("Alert rules of this project", notice.project.alerts_url),),
    )
    return _send(addresses, notice, thread, reader, {})


def close() -> None:
    """Close the connections of all threads, when none of them sends any more: at the end of a run."""
    while _connections:
        _connections.pop().close()


def _why(notice: Notice) -> str:
    if notice.rule:
        return f"You get this because of the rule “{notice.rule}” of the project {notice.project.name}."
    if notice.news == News.MENTIONED:
        return "You get this because a comment mentions you, or a team that you are in."
    if notice.watching:
        return "You get this because you watch the issue. You can stop watching it on its page."
    return f"You get this because you were told of it before, by a rule of the project {notice.project.name}."


def _send(
    addresses: Sequence[str], notice: Notice, thread: Thread, reader: Reader, more: Mapping[str, str]
) -> Sent:
    if not settings.MAIL_IS_SET_UP:
        raise Failed("No mail can be sent: EMAIL_URL is not set on this server.", final=True)
    rendered = render(notice, reader)
    message = compose(
        addresses,
        headers.subject(thread, rendered.subject),
        rendered.text,
        rendered.html,
        {**headers.of(notice, thread), **more},
    )
    connection = _open.connection()
    try:
        connection.open()
    except Exception as error:
        raise _failed(failures.opening(error, where()), error) from None
    try:
        refused = connection.send(message)
    except Exception as error:
        raise _failed(failures.sending(error, where()), error) from None
    answer = "; ".join(f"not taken for {address}: {reply}" for address, reply in refused.items())
    return Sent(headers.continued(notice, thread, rendered.subject), _TAKEN, answer)


def _failed(failure: failures.Failure, error: Exception) -> Failed:
    """What the mail server said. No secret: `failures` names the server and quotes its reply."""
    code = getattr(error, "smtp_code", None)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = next(iter(error.recipients.values()), (None, b""))[0]
    status = code if isinstance(code, int) and 200 <= code <= 599 else None
    return Failed(
        f"{failure.text}. {failure.fix}",
        final=failure.final,
        status=status,
        answer=failure.text,
        holds=failure.server,
    )


# Those of all threads. Each step on it is atomic.
_connections: list[Connection] = []


class _Open(threading.local):
    """The connection of a thread, renewed before the server may have ended it."""

    def __init__(self) -> None:
        self._connection: Connection | None = None
        self._sent = 0
        self._used = 0.0

    def connection(self) -> Connection:
        now, before = time.monotonic(), self._connection
        if (
            before is not None
            and before in _connections
            and (self._sent >= MOST_MESSAGES or now - self._used > IDLE_SECONDS)
        ):
            _connections.remove(before)
            before.close()
        if before is None or before not in _connections:
            self._connection = before = Connection()
            self._sent = 0
            _connections.append(before)
        self._sent, self._used = self._sent + 1, now
        return before


_open = _Open()
