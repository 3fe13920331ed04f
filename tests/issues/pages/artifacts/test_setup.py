from __future__ import annotations

from django.test import Client

from accounts.models import ApiToken, Project, User

PAGE = "/projects/shop/settings/source-maps/setup/"
TOKENS = "/projects/shop/settings/source-maps/tokens/"


def test_each_tool_has_a_page_with_the_values_of_the_project(bo_client: Client) -> None:
    html = bo_client.get(PAGE, {"tool": "webpack"}).content.decode()
    assert "sentryWebpackPlugin" in html
    assert "project: &quot;shop&quot;" in html
    assert "SENTRY_AUTH_TOKEN=the token" in html


def test_a_token_for_the_project_is_shown_once(bo_client: Client, shop: Project, bo: User) -> None:
    answer = bo_client.post(TOKENS, {"form": "sentry", "description": "CI"})
    token = ApiToken.objects.get()
    assert (token.user, token.project_ids(), token.description) == (bo, {shop.pk}, "CI")
    assert token.capabilities == ["org:read", "project:releases"]
    html = answer.content.decode()
    assert "SENTRY_AUTH_TOKEN=sntrys_" in html
    assert "no-store" in answer["Cache-Control"]
    html = bo_client.get(TOKENS, follow=True).content.decode()
    assert "sntrys_ey" not in html
    assert f"{token.prefix}…" in html
    answer = bo_client.post(f"/profile/tokens/{token.pk}/delete/?project=shop&tool=webpack")
    assert answer["Location"] == f"{PAGE}?tool=webpack"


def test_a_token_of_40_digits_and_mistakes(bo_client: Client) -> None:
    assert bo_client.post(TOKENS, {"form": "other"}).status_code == 200
    assert not ApiToken.objects.exists()
    refused = bo_client.post(TOKENS, {"form": "sentry", "organization": "Acme Inc."})
    assert "The organization is a slug" in refused.content.decode()
    assert not ApiToken.objects.exists()
    bo_client.post(TOKENS, {"form": "plain"})
    assert len(ApiToken.objects.get().prefix) == 8
