"""Who is held up by whose failures. The counting itself is in test_attempts.py."""

from __future__ import annotations

from collections import Counter

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from accounts.sign_in import limits
from accounts.sign_in.networks import network
from rustrak.lib import clock
from rustrak.mail import delivery
from tests.conftest import PASSWORD
from tests.lib.growth import assert_linear

pytestmark = pytest.mark.django_db


def sign_in(
    client: Client | None = None, email: str = "bo@example.org", password: str = "wrong", **more: str
):
    body = {"email": email, "password": password}
    return (client or Client()).post("/auth/login", body, content_type="application/json", **more)


def test_one_ipv6_network_is_one_sender(bo: User) -> None:
    statuses = Counter(sign_in(REMOTE_ADDR=f"2001:db8:1:2::{n:x}").status_code for n in range(60))
    assert statuses == {401: 10, 429: 50}
    assert sign_in(password=PASSWORD, REMOTE_ADDR="2001:db8:1:3::1").status_code == 200


def test_neighbours_in_one_ipv4_network_are_one_sender(bo: User) -> None:
    addresses = [f"192.0.2.{n}" for n in range(10)] + [f"::ffff:192.0.2.{n}" for n in range(10)]
    assert Counter(sign_in(REMOTE_ADDR=one).status_code for one in addresses) == {401: 10, 429: 10}


def test_one_network_cannot_try_many_accounts(bo: User, cy: User) -> None:
    statuses = Counter(sign_in(email=f"u{n}@example.org").status_code for n in range(60))
    assert statuses == {401: 40, 429: 20}
    assert sign_in(password=PASSWORD).status_code == 429
    assert sign_in(password=PASSWORD, REMOTE_ADDR="192.0.2.7").status_code == 200


def test_many_networks_slow_down_but_never_lock_an_account(bo: User, cy: User) -> None:
    owner = Client()
    assert sign_in(owner, password=PASSWORD).status_code == 200
    with time_machine.travel(clock.now(), tick=False) as time:
        answers = [sign_in(REMOTE_ADDR=f"10.{n}.0.1") for n in range(60)]
        assert Counter(answer.status_code for answer in answers) == {401: 20, 429: 40}
        assert answers[-1]["Retry-After"] == "1"
        # The owner's browser does not wait, other browsers do for a while; other accounts are not affected.
        assert sign_in(owner, password=PASSWORD).status_code == 200
        assert sign_in(password=PASSWORD, REMOTE_ADDR="10.99.0.1").status_code == 429
        assert sign_in(email="cy@example.org", password=PASSWORD).status_code == 200
        time.shift(1)
        assert sign_in(password=PASSWORD, REMOTE_ADDR="10.99.0.1").status_code == 200


@pytest.mark.parametrize("page", [False, True])
def test_strangers_with_the_same_address_do_not_lock_the_owner_out(bo: User, page: bool) -> None:
    owner = Client()
    assert sign_in(owner, password=PASSWORD).status_code == 200
    for n in range(50):
        sign_in()
        sign_in(email=f"u{n}@example.org")
    assert sign_in(password=PASSWORD).status_code == 429
    if page:
        owner.post("/accounts/logout/")
        answer = owner.post("/accounts/login/", {"login": "bo@example.org", "password": PASSWORD})
        assert answer.status_code == 302
    else:
        assert sign_in(owner, password=PASSWORD).status_code == 200


def test_a_known_browser_has_ten_guesses_of_its_own(bo: User, cy: User) -> None:
    owner = Client()
    sign_in(owner, password=PASSWORD)
    assert Counter(sign_in(owner).status_code for _ in range(15)) == {401: 10, 429: 5}
    # Its failures hold up nobody else, and it is not known for other accounts.
    assert sign_in(password=PASSWORD).status_code == 200
    for _ in range(10):
        sign_in(email="cy@example.org")
    assert sign_in(owner, email="cy@example.org", password=PASSWORD).status_code == 429


def test_guesses_of_the_old_password_are_limited_too(bo: User) -> None:
    thief = Client()
    thief.force_login(bo, backend="allauth.account.auth_backends.AuthenticationBackend")
    new = "another good password"
    fields = {"oldpassword": "wrong", "password1": new, "password2": new}
    statuses = [thief.post("/accounts/password/change/", fields).status_code for _ in range(12)]
    assert statuses == [200] * 10 + [429] * 2
    fields["oldpassword"] = PASSWORD
    assert thief.post("/accounts/password/change/", fields).status_code == 429


def test_resets_are_limited_alike_with_and_without_an_account(bo: User, mailoutbox) -> None:
    for number, email in enumerate(("bo@example.org", "no@example.org")):
        statuses = [
            Client(REMOTE_ADDR=f"10.{number}.0.1")
            .post("/accounts/password/reset/", {"email": email})
            .status_code
            for _ in range(7)
        ]
        assert statuses == [302] * 5 + [429] * 2
    delivery.deliver()
    assert [message.to for message in mailoutbox] == [["bo@example.org"]]
    statuses = [
        Client(REMOTE_ADDR="10.9.0.1")
        .post("/accounts/password/reset/", {"email": f"u{n}@example.org"})
        .status_code
        for n in range(12)
    ]
    assert statuses == [302] * 10 + [429] * 2


def test_sign_ups_on_the_page_are_limited(ana: User, settings) -> None:
    settings.REGISTRATION = "open"
    fields = {"email": "ana@example.org", "password1": PASSWORD, "password2": PASSWORD}
    statuses = [Client().post("/accounts/signup/", fields).status_code for _ in range(22)]
    assert statuses == [200] * 20 + [429] * 2


@pytest.mark.parametrize("part", ["a", "1", ":", "1.", "f:", "%", "@", " ", "İ", "\ud800", "\0"])
def test_naming_who_tries_takes_linear_time(part: str) -> None:
    def text(size: int) -> str:
        return part * (size // len(part))

    assert_linear(text, network)
    if part != "\ud800":  # no text of a request has a lone surrogate
        assert_linear(text, lambda email: limits.sign_in(email, "192.0.2.1", None))
