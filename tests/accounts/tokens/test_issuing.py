"""accounts/tokens/issuing.py"""

from __future__ import annotations

import json
from base64 import b64decode

import pytest

from accounts.models import ApiToken, Project, User
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
