"""issues/sentry_api/account/token_page.py"""

from __future__ import annotations

from django.test import Client

from accounts.models import User
from tests.lib.json_api import Caller

ADDRESSES = (
    "/orgredirect/organizations/:orgslug/settings/auth-tokens/", "/organizations/acme/settings/auth-tokens/",
    "/settings/acme/auth-tokens/", "/settings/account/api/auth-tokens/",
)  # fmt: skip


def test_they_lead_to_the_tokens_of_who_is_signed_in(cy: User) -> None:
    for address in ADDRESSES:
        stranger = Client().get(address)
        assert stranger.status_code == 302
        assert stranger["Location"].startswith("/accounts/login/?next=")
        assert Caller(cy)("GET", address)["Location"] == "/profile/tokens/?for=uploads#new"
