"""accounts/people/reading.py"""

from __future__ import annotations

from typing import Any

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp

from accounts import people
from accounts.models import Membership, Project, Team, TeamProject, User
from rustrak.lib import clock

pytestmark = pytest.mark.django_db


def test_second_factors_and_the_last_visit(bo: User, cy: User) -> None:
    RecoveryCodes.activate(cy)
    totp.TOTP.activate(bo, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    now = clock.now()
    for number, seen in enumerate((None, now)):
        bo.sign_ins.create(session_key=f"k{number}", last_seen_at=seen)
    found = {each.email: each for each in people.listed()}
    assert (found[bo.email].has_second_factor, found[bo.email].seen_at) == (True, now)
    assert (found[cy.email].has_second_factor, found[cy.email].seen_at) == (False, None)


def test_projects_count_once_with_the_role_that_may_most(
    bo: User, cy: User, shop: Project, django_assert_num_queries: Any
) -> None:
    team = Team.objects.create(name="T", slug="t")
    team.members.set([bo, cy])
    TeamProject.objects.create(team=team, project=shop, role="viewer")
    gone = Project.objects.create(name="Gone", slug="gone", deleting_at=clock.now())
    Membership.objects.create(user=bo, project=gone, role="admin")
    with django_assert_num_queries(2):
        assert people.roles_in_projects([bo.pk, cy.pk]) == {
            bo.pk: {shop.pk: "member"},
            cy.pk: {shop.pk: "viewer"},
        }
