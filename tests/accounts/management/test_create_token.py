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
    assert (token.user, token.project_ids(), token.capabilities) == (bo, None, None)
    plain = made("bo@example.org", "--plain", "--project", "shop", "--description", "ci")
    assert re.fullmatch("[0-9a-f]{40}\n", plain)
    token = ApiToken.objects.find(plain.strip())
    assert token is not None
    assert (token.project_ids(), token.description) == ({shop.pk}, "ci")


def test_limits(bo: User, shop: Project) -> None:
    for arguments, capabilities in (
        (["--preset", "uploads"], ["org:read", "project:releases"]),
        (
            ["--preset", "read"],
            ["alerts:read", "event:read", "member:read", "org:read", "project:read", "team:read"],
        ),
        (["--capability", "event:write", "--capability", "event:read"], ["event:read", "event:write"]),
    ):
        text = made("bo@example.org", "--project", "shop", "--expires-in", "7", *arguments)
        token = ApiToken.objects.find(text.strip())
        assert token is not None
        assert (token.capabilities, token.project_ids()) == (capabilities, {shop.pk})
        assert token.expires_at is not None
        assert (token.expires_at - token.created_at).days in {6, 7}


def test_says_what_is_wrong(bo: User, cy: User, shop: Project) -> None:
    User.objects.create_user("dee@example.org", is_active=False)
    for arguments, said in (
        (["nobody@example.org"], "no account"),
        (["dee@example.org"], "disabled"),
        (["bo@example.org", "--project", "none"], "no project"),
        (["cy@example.org", "--project", "shop"], "not a member"),
        (["bo@example.org", "--description", "x" * 201], "200 characters"),
        (["bo@example.org", "--organization", "a b"], "a slug"),
        (["bo@example.org", "--capability", "org:write"], "cannot have org:write"),
        (["bo@example.org", "--capability", "event:all"], "no capability 'event:all'"),
        (["bo@example.org", "--expires-in", "0"], "1 to 3650 days"),
        (["bo@example.org", "--preset", "read", "--capability", "event:read"], "not allowed with"),
    ):
        with pytest.raises(CommandError, match=said):
            made(*arguments)
    assert not ApiToken.objects.exists()
