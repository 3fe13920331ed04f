"""Second factors in a browser: an app, a passkey that the browser keeps, and recovery codes."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from allauth.mfa.totp.internal import auth as totp
from playwright.sync_api import Page

from tests.browser.conftest import inspect, sign_up
from tests.conftest import PASSWORD
from tests.lib.live import Live, free_port, start

pytestmark = [pytest.mark.live, pytest.mark.browser]


@pytest.fixture(scope="module")
def named() -> Iterator[Live]:
    """A server with a host name, which passkeys need."""
    port = free_port()
    with start(PORT=str(port), PUBLIC_URL=f"http://localhost:{port}") as server:
        server.url = f"http://localhost:{port}"
        yield server


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Account:").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", name="Sign in").wait_for()


def enter(page: Page) -> None:
    page.get_by_label("E-mail").fill("ana@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()


def confirm(page: Page) -> None:
    page.get_by_role("heading", name="Confirm your identity").wait_for()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()


def code(secret: str, steps: int = 0) -> str:
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30 + steps))


def test_an_app_then_a_passkey_then_a_recovery_code(named: Live, page: Page) -> None:
    sign_up(page, named)
    page.wait_for_url("**/projects/new/")
    page.goto(f"{named.url}/profile/security/")
    inspect(page, "security")

    page.get_by_role("link", name="Set up an app").click()
    confirm(page)
    page.get_by_role("heading", name="Set up an authenticator app").wait_for()
    inspect(page, "second-factor-app")
    secret = page.locator("main code").text_content() or ""
    page.get_by_label("Code that the app shows").fill(code(secret))
    page.get_by_role("button", name="Activate").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    recovery = (page.locator("#recovery-codes").text_content() or "").split()
    assert len(recovery) == 10
    inspect(page, "recovery-codes")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.path().read_text().split() == recovery

    sign_out(page)
    enter(page)
    page.get_by_role("heading", name="Second step").wait_for()
    inspect(page, "second-step")
    # The code of now was used above; the clock of an app may be half a minute ahead.
    page.get_by_label("Code").fill(code(secret, 1))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{named.url}/")

    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    about = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": about})
    page.goto(f"{named.url}/profile/security/")
    page.get_by_role("link", name="Add a passkey").click()
    confirm(page)
    page.get_by_label("Name").fill("laptop")
    inspect(page, "passkey-add")
    page.get_by_role("button", name="Add", exact=True).click()
    page.wait_for_url("**/profile/security/")
    assert page.get_by_text("laptop").is_visible()
    inspect(page, "security-with-factors")

    sign_out(page)
    inspect(page, "sign-in-with-passkey")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{named.url}/")

    for status in ("Projects", "Second step"):
        sign_out(page) if page.get_by_role("button", name="Account:").count() else page.goto(named.url)
        enter(page)
        page.get_by_label("Code").fill(recovery[0])
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("heading", name=status).first.wait_for()
    assert page.get_by_text("it was used before").is_visible()
