from __future__ import annotations

from uuid import uuid4

import pytest

from accounts.models import Project, User
from issues.look_alikes import verdicts
from issues.models import Issue, NotTheSame
from tests.lib import builders

pytestmark = pytest.mark.django_db


def test_what_was_said_is_kept_once_and_can_be_forgotten(shop: Project, bo: User) -> None:
    one, other = (builders.issue(shop, number) for number in (1, 2))
    assert verdicts.not_the_same(shop, [one.pk, other.pk], (), bo) == 1
    assert verdicts.not_the_same(shop, [other.pk], [one.pk], bo) == 0
    row = NotTheSame.objects.get()
    assert (row.by, {row.issue, row.other}) == (bo, {one, other})
    assert list(verdicts.apart(shop)) == [row]
    assert verdicts.undo(shop, other.pk, one.pk)
    assert not verdicts.undo(shop, other.pk, one.pk)
    verdicts.not_the_same(shop, [one.pk, other.pk], (), bo)
    Issue.objects.filter(pk=one.pk).update(status=Issue.Status.DELETING)
    assert not verdicts.apart(shop).exists()


def test_issues_of_other_projects_are_left_alone(shop: Project, bo: User) -> None:
    elsewhere = Project.objects.create(name="Other", slug="other")
    one, foreign = builders.issue(shop), builders.issue(elsewhere)
    with pytest.raises(verdicts.TooMany, match="at least two"):
        verdicts.not_the_same(shop, [one.pk, foreign.pk, uuid4()], (), bo)
    with pytest.raises(verdicts.TooMany, match="At most 50"):
        verdicts.not_the_same(shop, [uuid4() for _ in range(51)], (), bo)
    assert not NotTheSame.objects.exists()
