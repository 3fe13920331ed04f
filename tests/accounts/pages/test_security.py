"""The page of one's own security: sessions, and another e-mail address."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.conf import LazySettings
from django.core import mail
from django.http import HttpResponse
from django.test import Client

from accounts.models import ApiToken, Membership, Project, SignIn, User
from rustrak.lib import clock
from rustrak.mail import delivery
from tests.conftest import PASSWORD

PAGE = "/profile/security/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18 Safari/604"


def enter(email: str, address: str = "192.0.2.1", agent: str = FIREFOX) -> Client:
    client = Client(REMOTE_ADDR=address, headers={"User-Agent": agent})
    client.post("/accounts/login/", {"login": email, "password": PASSWORD})
    return client


def is_in(client: Client) -> bool:
    return client.get("/profile/").status_code == 200


def test_sessions_are_listed_with_browser_address_and_times(bo: User, cy: User) -> None:
    with time_machine.travel(clock.now(), tick=False) as time:
        client = enter(bo.email)
        enter(cy.email, "198.51.100.9")
        time.shift(timedelta(days=2))
        enter(bo.email, "2001:db8::7", SAFARI)
        page = client.get(PAGE).content.decode()
    assert page.count("This browser") == 1
    assert "Firefox on Linux" in page
    assert "Safari on iPhone" in page
    assert "2001:db8::7" in page
    assert "198.51.100.9" not in page, "a session of somebody else"


def test_the_use_of_a_session_is_written_once_a_minute(bo: User) -> None:
    with time_machine.travel(clock.now(), tick=False) as time:
        client = enter(bo.email)
        first = SignIn.objects.get()
        assert first.began_at == first.last_seen_at == clock.now()
        time.shift(59)
        client.get(PAGE)
        assert SignIn.objects.get().last_seen_at == first.last_seen_at
        time.shift(2)
        client.get(PAGE, REMOTE_ADDR="198.51.100.9")
        row = SignIn.objects.get()
        assert (row.began_at, row.last_seen_at, row.address) == (first.began_at, clock.now(), "198.51.100.9")


def test_one_session_is_ended_and_only_an_own_one(bo: User, cy: User) -> None:
    mine, other, others = enter(bo.email), enter(bo.email), enter(cy.email)
    ids = dict(SignIn.objects.values_list("session_key", "pk"))
    path = PAGE + "sessions/{}/end/"
    mine.post(path.format(ids[others.cookies["sessionid"].value]))
    assert is_in(others)
    mine.post(path.format(ids[other.cookies["sessionid"].value]))
    assert (is_in(mine), is_in(other)) == (True, False)


def test_all_other_sessions_end_and_other_browsers_are_forgotten(bo: User, cy: User) -> None:
    mine, other, others = enter(bo.email), enter(bo.email), enter(cy.email)
    _, token = ApiToken.objects.issue(bo)
    assert "Sign out everywhere else" in mine.get(PAGE).content.decode()
    before = mine.cookies["sessionid"].value
    mine.post(PAGE + "sessions/end/")
    assert (is_in(mine), is_in(other), is_in(others)) == (True, False, True)
    assert mine.cookies["sessionid"].value != before
    assert SignIn.objects.filter(user=bo).count() == 1
    assert "Sign out everywhere else" not in mine.get(PAGE).content.decode()
    assert ApiToken.objects.find(token) is not None, "programs are not browsers"


@pytest.fixture
def mailing(settings: LazySettings) -> None:
    settings.PUBLIC_URL = "https://errors.example.org"


def ask(client: Client, address: str = "New@Example.org", password: str = PASSWORD) -> HttpResponse:
    return client.post(PAGE + "email/", {"email": address, "password": password})


def link() -> str:
    delivery.deliver()
    message = next(each for each in reversed(mail.outbox) if "Confirm" in each.subject)
    found = next(line for line in message.body.splitlines() if line.startswith("https://"))
    return found.removeprefix("https://errors.example.org")


def test_another_address_is_confirmed_by_a_link_that_works_once(
    bo: User, shop: Project, mailing: None
) -> None:
    awaited = Project.objects.create(name="Depot", slug="depot")
    Membership.objects.create(project=awaited, email="new@example.org")
    mine, other = enter(bo.email), enter(bo.email)
    assert ask(mine, password="wrong").status_code == 200
    assert ask(mine).status_code == 302
    path = link()
    assert {to for each in mail.outbox for to in each.to} == {"new@example.org", "bo@example.org"}
    assert mine.get(path).status_code == 200
    bo.refresh_from_db()
    assert bo.email == "bo@example.org", "opening it changes nothing"
    assert mine.post(path).status_code == 302
    bo.refresh_from_db()
    assert bo.email == "new@example.org"
    assert (is_in(mine), is_in(other)) == (True, False)
    assert Project.objects.visible_to(bo).count() == 2
    assert Client().post(path).status_code == 404
    assert not is_in(enter("bo@example.org"))


@pytest.mark.parametrize("change", ["password", "deactivated", "late", "forged"])
def test_a_link_that_should_not_work_any_more_does_not(bo: User, mailing: None, change: str) -> None:
    ask(enter(bo.email))
    path = link()
    with time_machine.travel(clock.now() + timedelta(hours=25 if change == "late" else 0)):
        if change == "password":
            bo.set_password("another good password")
            bo.save()
        elif change == "deactivated":
            User.objects.filter(pk=bo.pk).update(is_active=False)
        elif change == "forged":
            path = path[:-3] + "x/"
        assert Client().post(path).status_code == 404
    bo.refresh_from_db()
    assert bo.email == "bo@example.org"


def test_an_address_in_use_is_told_to_who_reads_its_mail_alone(bo: User, cy: User, mailing: None) -> None:
    client = enter(bo.email)
    assert ask(client, "CY@example.org").status_code == 302
    page = client.post(link())
    assert (page.status_code, "Another account has this address" in page.content.decode()) == (404, True)


def test_nobody_is_flooded_with_mail(bo: User, mailing: None) -> None:
    client = enter(bo.email)
    assert [ask(client, "victim@example.org").status_code for _ in range(7)] == [302] * 5 + [429] * 2


def test_without_mail_the_page_says_who_can_change_the_address(bo: User, settings: LazySettings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    assert "sends no e-mail: ask an admin" in enter(bo.email).get(PAGE).content.decode()
