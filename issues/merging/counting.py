"""Counts the distinct people of issues whose groupings have changed, without keeping a digest from writing meanwhile.

When groupings leave an issue for another one, `Issue.user_count` of both is at first an upper bound, which the digest adds to exactly
as to a right number. So the difference to the right number stays the same until it is found and subtracted.
"""

from __future__ import annotations

from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Greatest

from issues.lock import lock_project
from issues.models import Issue, PendingCount

#: Of an issue with at most so many, counted with those it may share, people are counted at once.
AT_ONCE = 2000

# Retention deletes people and says so in `forgotten_people`: nobody can tell any more who they were.
_PEOPLE = """
COALESCE((SELECT COUNT(*) FROM (SELECT DISTINCT p.person FROM issues_issueperson p
    JOIN issues_grouping g ON g.id = p.grouping_id WHERE g.issue_id = %s) AS known), 0)
+ COALESCE((SELECT SUM(g.forgotten_people) FROM issues_grouping g WHERE g.issue_id = %s), 0)
"""
_TOO_HIGH = f"SELECT i.user_count - ({_PEOPLE}) FROM issues_issue i WHERE i.id = %s"  # noqa: S608


def expect(issue: UUID, at_most: int, *, groupings: int) -> None:
    """Give an issue the number of its people in a transaction with the project's lock: at once where there are few or they need
    only be counted, else `at_most` until `count_again` has counted them."""
    PendingCount.objects.filter(issue=issue).delete()
    _keep_waiting(issue, at_most - F("user_count"))
    Issue.everything.filter(pk=issue).update(user_count=at_most)
    if at_most <= AT_ONCE or groupings == 1:
        _correct(issue, _too_high(issue))
    else:
        PendingCount.objects.create(issue_id=issue)


def count_again(project_id: int) -> bool:
    """Count the people of one issue that waits for it. False: none does. Not inside a transaction: it reads without any lock."""
    pending = PendingCount.objects.filter(issue__project=project_id).order_by("pk").first()
    if pending is None:
        return False
    too_high = _too_high(pending.issue_id)
    with transaction.atomic():
        lock_project(project_id)
        # With another key, or without a row, the groupings have changed since they were counted.
        if PendingCount.objects.filter(pk=pending.pk).delete()[0]:
            _correct(pending.issue_id, too_high)
    return True


def _too_high(issue: UUID) -> int:
    """In one statement, so that both numbers are of the same instant."""
    key = issue if connection.vendor == "postgresql" else issue.hex
    with connection.cursor() as cursor:
        cursor.execute(_TOO_HIGH, [key, key, key])
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def _correct(issue: UUID, too_high: int) -> None:
    if too_high:
        _keep_waiting(issue, Value(-too_high))
        Issue.everything.filter(pk=issue).update(user_count=F("user_count") - too_high)


def _keep_waiting(issue: UUID, came: Combinable) -> None:
    """People who come with a grouping are not those that the muting of an issue waits for."""
    waiting = Issue.everything.filter(pk=issue, mute_from_people__isnull=False)
    waiting.update(mute_from_people=Greatest(Value(0), F("mute_from_people") + came))
