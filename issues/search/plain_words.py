"""Searches for words in the titles of issues and in feedback, wherever they are in a text."""

from __future__ import annotations

import re

from django.db.models import Q

from accounts.models import FormerSlug
from issues.models import IssueQuerySet
from rustrak.lib.text.folding import fold

#: More words than a person pastes from a title. Each is compared with the text of each issue.
MOST_WORDS = 30
_SHORT_ID = re.compile(r"(?:(?P<slug>.+)-|#)(?P<number>[0-9]{1,18})", re.DOTALL)


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
