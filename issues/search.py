"""Finds issues by words or by a short id."""

from __future__ import annotations

import re

from django.db.models import Q

from issues.models import IssueQuerySet

_SHORT_ID = re.compile(r"(?:(?P<slug>.+)-|#)(?P<number>[0-9]{1,18})", re.DOTALL)


def matching(issues: IssueQuerySet, text: str, slug: str) -> IssueQuerySet:
    """The `issues` that contain every word of `text`, or whose short id is `text`; an empty text matches all of them.

    A word may be anywhere in title, type, value or culprit; case does not matter. `slug` is that of the issues'
    project.
    """
    words = Q()
    for word in text.split():
        words &= (
            Q(title__icontains=word)
            | Q(type__icontains=word)
            | Q(value__icontains=word)
            | Q(culprit__icontains=word)
        )
    short = _SHORT_ID.fullmatch(text.strip())
    if short and (short["slug"] or slug).lower() == slug.lower():
        words |= Q(digest_order=int(short["number"]))
    return issues.filter(words)
