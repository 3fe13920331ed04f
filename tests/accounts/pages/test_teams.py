"""The pages of teams."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Membership, Team, User

pytestmark = pytest.mark.django_db


def test_a_team_is_made_and_changed_on_pages(bo: User, bo_client: Client) -> None:
    Membership.objects.update(role="admin")
    answer = bo_client.post(reverse("team_list"), {"name": "Payments", "slug": ""})
    team = Team.objects.get()
    page = reverse("team", args=[team.pk])
    assert answer["Location"] == page
    assert "#payments" in bo_client.get(reverse("team_list")).text
    dee = User.objects.create_user("dee@example.org", "x")
    refused = bo_client.post(page, {"action": "add", "email": dee.email})
    assert "Nobody with whom you share a project" in refused.text
    Membership.objects.create(user=dee, project=bo.memberships.get().project)
    bo_client.post(page, {"action": "add", "email": dee.email})
    assert set(team.members.all()) == {bo, dee}
    bo_client.post(page, {"action": "rename", "name": "Money", "slug": "money"})
    assert "#money" in bo_client.get(page).text
    bo_client.post(page, {"action": "remove", "member": dee.pk})
    assert list(team.members.all()) == [bo]
    bo_client.post(page, {"action": "delete", "confirm": Team.objects.get().slug})
    assert not Team.objects.exists()


def test_others_read_or_see_nothing(ana: User, bo: User, bo_client: Client, cy: User) -> None:
    team = Team.objects.create(name="<b>Pay</b>", slug="pay")
    page = reverse("team", args=[team.pk])
    assert bo_client.get(page).status_code == 404
    team.members.add(bo)
    text = bo_client.get(page).text
    assert "Delete team" not in text
    assert "<b>Pay" not in text
    assert bo_client.post(page, {"action": "delete"}).status_code == 403
    assert bo_client.post(reverse("team_list"), {"name": "A"}).status_code == 403
