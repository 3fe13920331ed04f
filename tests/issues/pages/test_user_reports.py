from __future__ import annotations

import html as markup
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import Project, User
from issues.models import UserReport
from rustrak.lib import ids
from tests.issues.pages.conftest import Send, url_of
from tests.lib.attachments import PNG, kept
from tests.lib.user_reports import feedback, report, said_item

LIST = "/projects/shop/feedback/"


def say(project: Project, text: str, event_id: str | None = None, **over: Any) -> UserReport:
    """A feedback about the event, or about none."""
    ago = over.pop("ago", timedelta(0))
    said = {
        "message": text,
        "name": "Jane",
        "contact_email": "jane@example.com",
        "associated_event_id": event_id,
    } | over
    own = ids.new_event_id()
    assert feedback(project, said_item({"contexts": {"feedback": said}}, own, ago=ago)) == {("stored", ""): 1}
    return UserReport.objects.get(report_id=own)


def test_on_the_page_of_their_event(bo_client: Client, shop: Project, send: Send) -> None:
    event = send({"message": "m"})
    report(
        shop, said_item({"event_id": event.event_id.hex, "name": "Jo", "comments": "I <b>clicked</b>\nPay"})
    )
    say(shop, "It hangs", event.event_id.hex, url="https://shop.example/cart")
    say(shop, "Something else")
    html = bo_client.get(url_of(event)).content.decode()
    assert 'id="user-reports"' in html
    assert 'href="#user-reports"' in html
    assert "I &lt;b&gt;clicked&lt;/b&gt;\nPay" in html
    assert "It hangs" in html
    assert 'href="mailto:jane@example.com"' in html
    assert 'href="https://shop.example/cart"' in html
    assert "Something else" not in html


def test_the_issues_of_a_person_are_linked_where_events_name_the_address(
    bo_client: Client, shop: Project, send: Send
) -> None:
    event = send({"message": "m", "user": {"email": "jane@example.com"}})
    say(shop, "Known", event.event_id.hex, contact_email="Jane@Example.com")
    say(shop, "Stranger", event.event_id.hex, contact_email="joe@example.com")
    for page in (LIST, url_of(event)):
        html = bo_client.get(page).content.decode()
        assert "user.email%3AJane%40Example.com" in html, page
        assert "user.email%3Ajoe%40example.com" not in html, page


def test_a_report_may_come_before_its_event(bo_client: Client, shop: Project, send: Send) -> None:
    one = say(shop, "Too early", ids.new_event_id())
    assert "which is not stored" in bo_client.get(LIST).content.decode()
    event = send({"message": "m"})
    UserReport.objects.filter(pk=one.pk).update(event_id=event.event_id)
    assert "Too early" in bo_client.get(url_of(event)).content.decode()
    html = bo_client.get(LIST).content.decode()
    assert f'href="{url_of(event)}"' in html
    assert "which is not stored" not in html


def test_an_issue_says_how_many_there_are_and_leads_to_them(
    bo_client: Client, shop: Project, send: Send
) -> None:
    first, second, other = send({"message": "m"}), send({"message": "m"}), send({"message": "other"})
    issue = f"/projects/shop/issues/{first.issue_id}/"
    assert "<dt>Feedback</dt>" not in bo_client.get(issue).content.decode()
    say(shop, "one", first.event_id.hex)
    assert f'?issue={first.issue_id}">1</a>' in bo_client.get(issue).content.decode()
    say(shop, "two", second.event_id.hex)
    say(shop, "three", second.event_id.hex)
    say(shop, "not of it", other.event_id.hex)
    say(shop, "of none")
    html = bo_client.get(issue).content.decode()
    found = re.search(r'href="([^"]+)">3</a>', html)
    assert found
    html = bo_client.get(markup.unescape(found[1])).content.decode()
    assert re.findall(r'class="comments"><bdi>(.*?)</bdi>', html) == ["three", "two", "one"]
    assert "Only about" in html


def test_more_than_fit_on_an_event_are_in_the_list(bo_client: Client, shop: Project, send: Send) -> None:
    event = send({"message": "m"})
    for number in range(22):
        say(shop, f"n{number}", event.event_id.hex)
    html = bo_client.get(url_of(event)).content.decode()
    assert html.count('class="comments"') == 20
    assert "All feedback about this issue" in html


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("cart", ["The cart is empty"]),
        ("CART empty", ["The cart is empty"]),
        ("jane@example.com", ["Thanks", "The cart is empty"]),
        ("jo@", ["Other"]),
        ("nobody", []),
        ("100%", []),
        ("_", []),
        ("\x00", ["Other", "Thanks", "The cart is empty"]),
    ],
)
def test_search(bo_client: Client, shop: Project, words: str, found: list[str]) -> None:
    say(shop, "The cart is empty")
    say(shop, "Thanks")
    say(shop, "Other", contact_email="jo@example.org", name="Jo")
    html = bo_client.get(LIST, {"q": words}).content.decode()
    assert re.findall(r'class="comments"><bdi>(.*?)</bdi>', html) == found
    assert '<form class="report-search" method="get"' in html
    if not found:
        assert "No feedback matches" in html


def test_pages_of_the_list(bo_client: Client, shop: Project, django_assert_max_num_queries: Any) -> None:
    for number in range(55):
        say(shop, f"word n{number}", ago=timedelta(minutes=60 - number // 2))
    # On PostgreSQL four of them bound the time of the search.
    with django_assert_max_num_queries(12):
        html = bo_client.get(LIST, {"q": "word"}).content.decode()
    seen = re.findall(r"<bdi>word n(\d+)</bdi>", html)
    found = re.search(r'href="([^"]+)" rel="next"', html)
    assert found
    assert "q=word" in found[1]
    html = bo_client.get(LIST + markup.unescape(found[1])).content.decode()
    seen += re.findall(r"<bdi>word n(\d+)</bdi>", html)
    assert seen == [str(number) for number in range(54, -1, -1)]
    assert 'rel="prev"' in html


@pytest.mark.usefixtures("stored")
def test_a_screenshot_is_shown_with_its_feedback(bo_client: Client, shop: Project, send: Send) -> None:
    event = send({"message": "m"})
    one = say(shop, "Look", event.event_id.hex)
    image = kept(shop, PNG, one.report_id.hex, filename="screenshot.png")
    for url in (LIST, url_of(event)):
        html = bo_client.get(url).content.decode()
        assert f'<img src="/projects/shop/attachments/{image.pk}/"' in html
        assert "Screenshot" in html


@pytest.mark.parametrize(
    ("email", "url"),
    [
        ('"><script>alert(1)</script>', "javascript:alert(1)"),
        ("x@y.z?bcc=everyone@example.org", "data:text/html,x"),
        ("\u202emoc@x.org", "https://x.org/\u202e"),
        ("not an address", "//evil.example"),
    ],
)
def test_what_people_send_is_only_text(bo_client: Client, shop: Project, email: str, url: str) -> None:
    say(
        shop,
        "<img src=x onerror=alert(1)>\u202e",
        contact_email=email,
        url=url,
        name="<i>\u200b",
        source="<u>",
    )
    html = bo_client.get(LIST).content.decode()
    assert "<script>alert" not in html
    assert "<img src=x" not in html
    assert "mailto:" not in html
    assert 'javascript:alert(1)"' not in html
    assert f'href="{url}' not in html
    assert "\u202e" not in html
    assert "\u200b" not in html


@pytest.mark.parametrize(
    "query", ["?cursor=x", "?issue=x", "?issue=00000000-0000-0000-0000-000000000000", "?before=%00", "?q=%ff"]
)
def test_any_query_gets_a_page(bo_client: Client, shop: Project, query: str) -> None:
    say(shop, "x")
    assert bo_client.get(LIST + query).status_code == 200


def test_when_nobody_said_anything(bo_client: Client) -> None:
    html = bo_client.get(LIST).content.decode()
    assert "No feedback yet" in html
    assert "report-search" not in html
    assert 'href="/projects/shop/attachments/"' in html


def test_strangers_find_nothing(
    cy: User, shop: Project, sign_in: Callable[[User], Client], client: Client
) -> None:
    assert sign_in(cy).get(LIST).status_code == 404
    assert client.get(LIST).status_code == 302


def test_reports_of_another_projects_issue_stay_there(
    ana: User, shop: Project, sign_in: Any, send: Send
) -> None:
    other = Project.objects.create(name="Other", slug="other")
    event = send({"message": "m"}, project=other)
    say(other, "secret", event.event_id.hex)
    say(shop, "By shoppers", event.event_id.hex)
    client = sign_in(ana)
    html = client.get(LIST, {"issue": str(event.issue_id)}).content.decode()
    assert "secret" not in html
    assert "By shoppers" in html
    assert "which is not stored" in html
    page = client.get(f"/projects/other/issues/{event.issue_id}/").content.decode()
    assert f'?issue={event.issue_id}">1</a>' in page
    assert "By shoppers" not in page


@pytest.mark.usefixtures("stored")
def test_what_came_with_a_stored_event_is_not_repeated_in_the_list(
    bo_client: Client, shop: Project, send: Send
) -> None:
    event = send({"message": "m"})
    waiting = ids.new_event_id()
    for event_id in (event.event_id.hex, waiting):
        report(shop, said_item({"event_id": event_id, "comments": "x"}))
        kept(shop, PNG, event_id, filename=f"{event_id}.png")
    html = bo_client.get(LIST).content.decode()
    assert f"{waiting}.png" in html
    assert f"{event.event_id.hex}.png" not in html
