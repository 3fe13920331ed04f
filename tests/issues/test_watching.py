"""Who watches an issue."""

from __future__ import annotations

import pytest

from accounts.models import Project, User
from issues import bulk_actions, lifecycle, watching
from issues.models import BulkAction, Issue
from tests.lib import builders

pytestmark = pytest.mark.django_db


def test_who_acts_on_one_issue_or_is_assigned_watches_it(ana: User, bo: User, shop: Project) -> None:
    one, two = builders.issue(shop, 1), builders.issue(shop, 2)
    bulk_actions.begin(Issue.objects.filter(pk=one.pk), BulkAction.Kind.MUTE, bo, shop)
    # Whoever changes many does not want as many mails.
    bulk_actions.begin(Issue.objects.all(), BulkAction.Kind.RESOLVE, bo, shop)
    assert (watching.watchers(one), watching.watchers(two)) == ([bo], [])
    lifecycle.assign(Issue.objects.all(), ana, bo)
    assert (watching.watchers(one), watching.watchers(two)) == ([ana, bo], [ana])
    assert watching.of_issues([one.pk, two.pk]) == {one.pk: {ana.pk, bo.pk}, two.pk: {ana.pk}}


def test_who_lost_access_watches_no_more(bo: User, shop: Project) -> None:
    issue = builders.issue(shop)
    watching.set_watching(issue, bo, True)
    shop.memberships.all().delete()
    assert watching.watchers(issue) == []
