"""One attempt to send a message, without the database: it runs in a thread while others go on."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from accounts.models import User
from issues.alerts.channel import Config, Failed, Kind, Sent, Thread
from issues.alerts.delivery.journal import Journal
from issues.alerts.mail import sending as mail
from issues.alerts.notice import Notice
from issues.alerts.stored_channels import masking
from rustrak.outbound import client
from rustrak.outbound.client import Refused, Unreachable, send

log = logging.getLogger(__name__)

#: A message may take several requests, which share this time.
MOST_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent and where to: to a channel of a `kind` with its `config`, or to a `user` by mail."""

    key: UUID
    notice: Notice
    thread: Thread
    kind: Kind | None = None
    config: Config | None = None
    user: User | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a message was not sent. `final`: trying again does not help. `refused`: nor does any other message.

    `holds`: others that go the same way would fail as well for now.
    """

    text: str
    final: bool = False
    refused: bool = False
    holds: bool = False
    status: int | None = None
    answer: str = ""
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt, and how long it took in milliseconds."""

    result: Sent | Failure
    milliseconds: int


def attempt(message: Message, journal: Journal) -> Outcome:
    """Send a message, and write it down in the journal when the other side has taken it. Raises nothing."""
    begun = time.monotonic()
    token = client.ends_at.set(begun + MOST_SECONDS)
    try:
        result = _sent(message)
    finally:
        client.ends_at.reset(token)
    try:
        result = _without_secrets(result, message)
    except Exception as error:  # an answer of a wrong type, which must not undo that it was sent
        log.error(
            "What was answered to an alert cannot be kept: %s in %s", type(error).__name__, _where(error)
        )
        result = (
            Sent(status=None)
            if isinstance(result, Sent)
            else Failure("It failed.", final=getattr(result, "final", False))
        )
    if isinstance(result, Sent):
        try:
            journal.note(message.key, result)
        except OSError as error:
            log.error("a crash now would send an alert twice: the journal cannot be written: %s", error)
    return Outcome(result, round(1000 * (time.monotonic() - begun)))


def _without_secrets(result: Sent | Failure, message: Message) -> Sent | Failure:
    """What is stored and shown: an answer may repeat the request, and with it a key."""
    if message.kind is None or message.config is None:
        return result
    config = message.config
    secrets = [text for field in message.kind.fields if field.secret and (text := config.get(field.name))]
    answer = masking.without_secrets(result.answer[:_LONGEST_ANSWER], secrets)
    if isinstance(result, Sent):
        return replace(result, answer=answer)
    return replace(
        result, answer=answer, text=masking.without_secrets(result.text[:_LONGEST_ANSWER], secrets)
    )


def _sent(message: Message) -> Sent | Failure:
    try:
        if message.user is not None:
            return mail.send(message.user, message.notice, message.thread)
        if message.kind is None or message.config is None:
            return Failure("This version of Rustrak does not know this kind of channel.", refused=True)
        return message.kind.send(message.config, message.notice, message.thread, send)
    except Failed as error:
        return Failure(
            error.text,
            final=error.final,
            refused=error.final and error.status in _WRONG_ADDRESS,
            holds=error.holds or error.retry_after is not None,
            status=error.status,
            answer=error.answer,
            retry_after=error.retry_after,
        )
    except Refused as error:
        return Failure(str(error), final=True, refused=True)
    except Unreachable as error:
        return Failure(str(error), holds=True)
    except Exception as error:
        # Neither the text nor the values in a traceback may be shown: they may hold the channel's secrets.
        where = _where(error)
        log.error("A message cannot be sent: %s in %s. Report it as a bug.", type(error).__name__, where)
        return Failure(f"It cannot be sent: {type(error).__name__} in {where}. Report it as a bug.")


# More is not looked at; less is stored.
_LONGEST_ANSWER = 8000
# The address or its key is wrong, not the message: 401, 403, 404, 410, and redirects.
_WRONG_ADDRESS = frozenset({301, 302, 303, 307, 308, 401, 403, 404, 410})


def _where(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "an unknown place"
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
