"""Sends a test through a channel and tells what the other side answered. For people who may change the channel."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings

from accounts.models import User
from issues.alerts.channel import Failed
from issues.alerts.channels.registry import KINDS
from issues.alerts.notice import AboutProject, Notice
from issues.alerts.stored_channels.masking import without_secrets
from issues.alerts.stored_channels.rows import config
from issues.models import AlertChannel, News
from rustrak.lib import clock, ids
from rustrak.lib.problems import TooMany, Unavailable
from rustrak.lib.sealed import Unreadable
from rustrak.outbound import client
from rustrak.outbound.client import Refused, Unreachable

log = logging.getLogger(__name__)

#: At a time, in one process: each occupies a thread that pages need.
MOST_AT_A_TIME = 2
#: Of one person in a minute, in one process.
MOST_PER_MINUTE = 10
_ANSWER = 300


@dataclass(frozen=True, slots=True)
class TestResult:
    """Whether the other side took the test, and in words what it answered. The message holds no secret of the channel."""

    __test__ = False  # not one of pytest's

    success: bool
    message: str


def test(channel: AlertChannel, by: User) -> TestResult:
    """Send a test now, also through a channel that is paused or off, and wait for the answer.

    Raises TooMany when the person sends too many, and Unavailable when others are testing.
    """
    kind = KINDS.get(channel.kind)
    if kind is None:
        return TestResult(False, "This version of Rustrak does not know this kind of channel.")
    _count(by)
    try:
        values = config(channel)
    except Unreadable:
        return TestResult(
            False, "Its secrets cannot be read, because SESSION_SECRET_KEY has changed. Enter them again."
        )
    with _place(), _limited():
        try:
            notice = _notice(channel, by)
            if kind.test is not None:
                sent = kind.test(values, notice, client.send)
            else:
                sent = kind.send(values, notice, {}, client.send)
        except Failed as failed:
            success, text, answer = False, failed.text, failed.answer
        except (Refused, Unreachable) as failure:
            success, text, answer = False, str(failure), ""
        except Exception as error:
            # Neither its text nor its traceback: they may hold the channel's secrets.
            name = type(error).__name__
            log.error("A test of a channel (%s) cannot be sent: %s. Report it as a bug.", kind.name, name)
            success, text, answer = False, f"It cannot be sent: {name}. Report it as a bug.", ""
        else:
            status = f" with {sent.status}" if sent.status else ""
            success, text, answer = True, f"The message was taken{status}.", sent.answer
    secrets = [values[field.name] for field in kind.fields if field.secret and values[field.name]]
    # First of all: what is cut in the middle of a secret is harder to find.
    text, answer = without_secrets(text, secrets), without_secrets(answer, secrets)
    said = f"{text} It said: {answer[:_ANSWER]}" if answer and answer not in text else text
    return TestResult(success, said)


def _notice(channel: AlertChannel, by: User) -> Notice:
    home = f"{settings.PUBLIC_URL}/"
    if channel.project is None:
        project = AboutProject("Rustrak", "", home, home)
    else:
        own = f"{home}projects/{channel.project.slug}/"
        project = AboutProject(channel.project.name, channel.project.slug, f"{own}issues/", f"{own}alerts/")
    return Notice(
        id=ids.uuid7(),
        news=News.TEST,
        at=clock.now(),
        project=project,
        headline="Test message",
        detail=f"{by} has sent this test. The channel {channel.name} works.",
        url=project.url,
    )


@contextmanager
def _limited() -> Iterator[None]:
    """A context in which everything that is sent over HTTP ends within one limit."""
    token = client.ends_at.set(time.monotonic() + client.MOST_SECONDS)
    try:
        yield
    finally:
        client.ends_at.reset(token)


_places = threading.BoundedSemaphore(MOST_AT_A_TIME)


@contextmanager
def _place() -> Iterator[None]:
    if not _places.acquire(blocking=False):
        raise Unavailable("Others are sending tests. Try again in some seconds.", retry_after=5)
    try:
        yield
    finally:
        _places.release()


@lru_cache(1000)
def _recent(user: int) -> list[float]:
    """When the person sent tests in the last minute, by the monotonic clock."""
    del user
    return []


_lock = threading.Lock()


def _count(by: User) -> None:
    now = time.monotonic()
    with _lock:
        recent = _recent(by.pk)
        recent[:] = [moment for moment in recent if moment > now - 60]
        if len(recent) >= MOST_PER_MINUTE:
            raise TooMany(
                f"At most {MOST_PER_MINUTE} tests in a minute: wait before the next one.",
                retry_after=max(1, round(recent[0] + 60 - now)),
            )
        recent.append(now)
