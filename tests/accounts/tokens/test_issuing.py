"""accounts/tokens/issuing.py"""

from __future__ import annotations

import json
from base64 import b64decode

import pytest

from accounts.models import ApiToken, AuditEntry, Membership, Project, User
from accounts.tokens import issuing

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("form", ["plain", "sentry"])
def test_a_token_is_found_by_its_text(bo: User, shop: Project, form: issuing.Form) -> None:
    token, text = issuing.issue(bo, "deploys", form=form, projects=[shop])
    assert ApiToken.objects.find(text) == token
    assert (token.user, token.project_ids(), token.description) == (bo, {shop.pk}, "deploys")
    assert text not in str(ApiToken.objects.values())


def test_a_project_must_be_visible(cy: User, shop: Project) -> None:
    with pytest.raises(issuing.NotVisible, match="not a member"):
        issuing.issue(cy, projects=[shop])
    assert not ApiToken.objects.exists()


def test_a_token_names_the_organization_of_the_configuration(bo: User) -> None:
    for organization, named in (("", "rustrak"), ("acme", "acme")):
        _, text = issuing.issue(bo, form="sentry", organization=organization)
        assert json.loads(b64decode(text.split("_")[1]))["org"] == named
    with pytest.raises(issuing.BadOrganization):
        issuing.issue(bo, organization="a/b")


def test_a_token_has_no_limit_that_means_nothing(bo: User, shop: Project) -> None:
    for limits, said in (
        ({"capabilities": []}, "at least one"),
        ({"capabilities": ["x"]}, "no capability 'x'"),
        ({"capabilities": ["audit:read"]}, "cannot have audit:read"),
        ({"projects": []}, "1 to 100 projects"),
        ({"days": 0}, "1 to 3650 days"),
        ({"days": 3651}, "1 to 3650 days"),
    ):
        with pytest.raises(issuing.Refused, match=said):
            issuing.issue(bo, **limits)
    assert not ApiToken.objects.exists()


def test_what_is_recorded_of_a_token(bo: User, shop: Project) -> None:
    other = Project.objects.create(name="Other", slug="other")
    Membership.objects.create(user=bo, project=other)
    token, text = issuing.issue(bo, projects=[shop, other], capabilities=["event:read"], days=3)
    issuing.revoke(token)
    for entry in AuditEntry.objects.order_by("id"):
        assert (entry.project_id, entry.details["projects"]) == (None, ["shop", "other"])
        assert entry.details["capabilities"] == ["event:read"]
        assert entry.details["expires_at"].endswith("Z")
        assert text not in str(entry.details)
    assert [entry.action for entry in AuditEntry.objects.order_by("id")] == ["token.create", "token.delete"]


def test_a_token_of_projects_that_are_gone_is_for_none(bo: User, shop: Project) -> None:
    token, text = issuing.issue(bo, projects=[shop])
    shop.delete()
    found = ApiToken.objects.find(text)
    assert found == token
    assert found.project_ids() == frozenset()
