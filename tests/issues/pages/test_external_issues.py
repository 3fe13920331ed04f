from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.test import Client

from accounts.models import Membership, Project, User
from issues.models import Event, ExternalIssue, IssueTracker
from issues.trackers import external_issues
from issues.trackers.tracker_urls import LONGEST, template_of
from tests.issues.pages.conftest import Send, url_of
from tests.lib import events
from tests.lib.trackers import ADDRESSES, FIELDS

SETTINGS = "/projects/shop/settings/issue-tracker/"
EVIL = 'E"><script>&title=x #12 @team'
INERT = 'E"><script>&\u2060title=x #\u206012 @\u2060team'


def button(html: str) -> str:
    """The address behind the button that creates an issue."""
    (found,) = re.findall(
        r'<a class="button" href="([^"]*)" rel="noopener noreferrer"[^>]*>Create issue in', html
    )
    return unescape(found)


@pytest.mark.parametrize("kind", ADDRESSES)
def test_the_button_opens_a_filled_in_issue(bo_client: Client, shop: Project, send: Send, kind: str) -> None:
    frames = [{"function": EVIL * 20, "filename": f"{number}.py", "in_app": True} for number in range(25)]
    thrown = {"type": EVIL, "value": "v" * 20_000, "stacktrace": {"frames": frames}}
    event = send({"exception": [thrown], "release": EVIL})
    assert "Create issue in" not in bo_client.get(url_of(event)).content.decode()
    external_issues.set_tracker(shop, kind, template_of(kind, *ADDRESSES[kind]))
    url = button(bo_client.get(url_of(event)).content.decode())
    assert len(url) <= LONGEST
    assert url.startswith(ADDRESSES[kind][0] + "/")
    asked = dict(parse_qsl(urlsplit(url).query))
    title, body = (asked[name] for name in FIELDS[kind])
    assert title.startswith(INERT)
    assert f"/projects/shop/issues/{event.issue_id}/\n" in body
    assert body.endswith("\n\n(cut: all of it is behind the link)")
    assert len(url) > LONGEST - 20


def test_an_issue_whose_events_are_gone_can_be_filed(bo_client: Client, shop: Project, send: Send) -> None:
    event = send(events.python_event(1))
    external_issues.set_tracker(
        shop, "other", "https://t.example.org/?a={title}&b={body}&c={link}&d={short_id}"
    )
    Event.objects.all().delete()
    url = button(bo_client.get(f"/projects/shop/issues/{event.issue_id}/").content.decode())
    asked = dict(parse_qsl(urlsplit(url).query))
    assert (asked["a"][:16], asked["d"]) == ("PaymentDeclined:", "SHOP-1")
    assert asked["c"].endswith(f"/projects/shop/issues/{event.issue_id}/")


def test_links_are_kept_shown_and_removed(bo_client: Client, bo: User, send: Send) -> None:
    event = send({"message": "m"})
    act = f"/projects/shop/issues/{event.issue_id}/link/"

    def post(**sent: object) -> str:
        return bo_client.post(act, sent, follow=True).content.decode()

    html = post(url='https://github.com/acme/shop/issues/7?a="<b>')
    assert "Link saved." in html
    assert (
        'href="https://github.com/acme/shop/issues/7?a=&quot;&lt;b&gt;" rel="noopener noreferrer nofollow"'
        in html
    )
    link = ExternalIssue.objects.get()
    assert link.created_by == bo
    assert "The link was not saved. Enter an address that begins with https://" in post(
        url="javascript:alert(1)"
    )
    assert "The link was not saved." in post()
    assert "removed already" in post(remove="\u0663")
    assert "Link removed." in post(remove=link.pk)
    assert "removed already" in post(remove=link.pk)
    assert not ExternalIssue.objects.exists()


def test_strangers_get_nothing(
    cy: User, shop: Project, send: Send, sign_in: Callable[[User], Client]
) -> None:
    event = send({"message": "m"})
    answer = sign_in(cy).post(f"/projects/shop/issues/{event.issue_id}/link/", {"url": "https://example.org"})
    assert answer.status_code == 404
    assert sign_in(cy).get(SETTINGS).status_code == 404


@pytest.fixture
def admin_client(bo: User, bo_client: Client) -> Client:
    Membership.objects.update(role="admin")
    return bo_client


def test_only_admins_choose_the_tracker(bo_client: Client) -> None:
    assert "Only admins of Shop can change the issue tracker." in bo_client.get(SETTINGS).text
    assert (
        bo_client.post(SETTINGS, {"kind": "github", "address": "https://github.com/a/b"}).status_code == 403
    )
    assert not IssueTracker.objects.exists()


def test_the_form(admin_client: Client) -> None:
    assert SETTINGS in admin_client.get("/projects/shop/settings/").content.decode()
    assert "GitLab" in admin_client.get(SETTINGS).content.decode()
    sent = {"kind": "jira", "address": "https://acme.atlassian.net/", "project": "10", "issue_type": "11"}
    html = admin_client.post(SETTINGS, sent, follow=True).content.decode()
    assert "Saved." in html
    assert 'value="https://acme.atlassian.net"' in html
    assert 'value="10"' in html
    for wrong, said in (
        ({"kind": "github", "address": "https://github.com"}, "Enter the whole address"),
        ({"kind": "other", "template": "https://example.org/{title}"}, "after the ?"),
        ({"kind": "other"}, "Use at least one of"),
        ({"kind": "hologram"}, "Select a valid choice"),
        (
            {"kind": "jira", "address": "https://x.example.org", "project": "A", "issue_type": "1"},
            "a number that is in the address",
        ),
    ):
        assert said in admin_client.post(SETTINGS, wrong).content.decode()
    assert IssueTracker.objects.get().kind == "jira"
    admin_client.post(SETTINGS, {"kind": "other", "template": "https://example.org/?{title}"})
    assert 'value="https://example.org/?{title}"' in admin_client.get(SETTINGS).content.decode()
    admin_client.post(SETTINGS, {"remove": "1"})
    assert not IssueTracker.objects.exists()
