"""Finds issues by words or by a short id, in bounded time: titles are what strangers sent."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.models import Q

from accounts.models import FormerSlug
from issues.models import IssueQuerySet
from rustrak.lib.text.folding import fold

#: More words than a person pastes from a title. Each is compared with the text of each issue.
MOST_WORDS = 30
#: How long one search may take. Databases compare a word with a text in up to the product of their lengths.
SECONDS = 5.0
# How many steps SQLite does between two looks at the clock.
_STEPS = 1_000
_SHORT_ID = re.compile(r"(?:(?P<slug>.+)-|#)(?P<number>[0-9]{1,18})", re.DOTALL)


class TookTooLong(Exception):
    """The search was given up."""


def words(text: str) -> list[str]:
    """The different words of `text`. The longest ones, which few issues contain, come first."""
    return sorted({fold(word): word for word in text.split()}.values(), key=len, reverse=True)


def matching(issues: IssueQuerySet, text: str, slug: str) -> IssueQuerySet:
    """The `issues` that contain every word of `text`, or whose short id is `text`; an empty text matches all of them.

    A word may be anywhere in title, value or culprit; case does not matter (rustrak.lib.text.folding). Of more than MOST_WORDS words only
    the longest count. `slug` is that of the issues' project.
    """
    found = Q()
    for word in words(text)[:MOST_WORDS]:
        found &= Q(search_text__contains=fold(word))
    short = _SHORT_ID.fullmatch(text.strip())
    if short and _is_slug((short["slug"] or slug).lower(), slug.lower()):
        found |= Q(digest_order=int(short["number"]))
    return issues.filter(found)


def _is_slug(given: str, slug: str) -> bool:
    """Whether `given` is the project's slug, or one that it had before."""
    if given == slug:
        return True
    return FormerSlug.objects.filter(slug=given[:51], project__slug=slug).exists()


@contextmanager
def limited(seconds: float | None = None) -> Iterator[None]:
    """Ends queries inside that take longer than `seconds` (SECONDS) together, on PostgreSQL each. Raises TookTooLong."""
    seconds = SECONDS if seconds is None else seconds
    if connection.vendor == "sqlite":
        with _sqlite_limited(seconds):
            yield
        return
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = %s", [max(1, round(seconds * 1000))])
            yield
            with connection.cursor() as cursor:
                # A transaction around this one, as in tests, keeps what is set in it.
                cursor.execute("SET LOCAL statement_timeout = DEFAULT")
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != "57014":  # query_canceled
            raise
        raise TookTooLong from None


@contextmanager
def _sqlite_limited(seconds: float) -> Iterator[None]:
    end = time.monotonic() + seconds
    connection.ensure_connection()
    connection.connection.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
    try:
        yield
    except DatabaseError as error:
        if str(error) != "interrupted":
            raise
        raise TookTooLong from None
    finally:
        connection.connection.set_progress_handler(None, 0)
