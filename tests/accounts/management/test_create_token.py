from __future__ import annotations

import io
import re

import pytest
from django.core.management import CommandError, call_command

from accounts.models import ApiToken, Project, User


def made(*arguments: str) -> str:
    out = io.StringIO()
    call_command("create_token", *arguments, stdout=out)
    return out.getvalue()


def test_stdout_is_the_token(bo: User, shop: Project) -> None:
    text = made("BO@example.org")
    assert re.fullmatch(r"sntrys_\S+\n", text)
    token = ApiToken.objects.find(text.strip())
    assert token is not None
    assert (token.user, token.project) == (bo, None)
    plain = made("bo@example.org", "--plain", "--project", "shop", "--description", "ci")
    assert re.fullmatch("[0-9a-f]{40}\n", plain)
    token = ApiToken.objects.find(plain.strip())
    assert token is not None
    assert (token.project, token.description) == (shop, "ci")


def test_says_what_is_wrong(bo: User, cy: User, shop: Project) -> None:
    User.objects.create_user("dee@example.org", is_active=False)
    for arguments, said in (
        (["nobody@example.org"], "no account"),
        (["dee@example.org"], "disabled"),
        (["bo@example.org", "--project", "none"], "no project"),
        (["cy@example.org", "--project", "shop"], "not a member"),
        (["bo@example.org", "--description", "x" * 201], "200 characters"),
        (["bo@example.org", "--organization", "a b"], "a slug"),
    ):
        with pytest.raises(CommandError, match=said):
            made(*arguments)
    assert not ApiToken.objects.exists()
