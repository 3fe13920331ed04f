from __future__ import annotations

import gzip
import html as markup
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Project, User
from issues import groupings, lifecycle
from issues.models import Event, Issue
from issues.privacy import engine
from issues.privacy.ruleset import DEFAULT
from issues.record import codec
from tests.issues.pages.conftest import Send, url_of
from tests.lib import events, hostile_events
from tests.lib.payloads import JSON, NAMES, OBJECTS, recorded


def test_every_section_is_on_the_page(bo_client: Client, send: Send) -> None:
    event = send(events.python_event(1, variables=True))
    html = bo_client.get(url_of(event)).content.decode()
    assert "<h1>" in html
    for anchor in (
        "stack-trace", "breadcrumbs", "request", "user", "tags", "contexts", "extra", "sdk", "grouping", "raw",
    ):  # fmt: skip
        assert f'id="{anchor}"' in html
        assert f'href="#{anchor}"' in html
    assert "PaymentDeclined" in html
    assert "raised here" in html
    assert "library frame" in html
    assert '<span class="badge error">unhandled</span>' in html
    assert "PaymentDeclined: card 1001 was declined ⋄ /checkout/confirm/" in html
    assert "Event #1<" in html
    assert "user1@example.org" in html


@pytest.mark.parametrize("name", NAMES)
def test_recorded_events(bo_client: Client, send: Send, name: str) -> None:
    event = send(recorded(name))
    answer = bo_client.get(url_of(event))
    assert answer.status_code == 200
    assert "raised here" in answer.content.decode() or "Message" in answer.content.decode()


def test_the_issue_shows_its_latest_event_and_leads_to_the_others(bo_client: Client, send: Send) -> None:
    made = [
        send({"message": "m", "extra": {"number": f"event-{n}"}}, ago=timedelta(minutes=9 - n))
        for n in range(4)
    ]
    issue = f"/projects/shop/issues/{made[0].issue_id}/"
    html = bo_client.get(issue).content.decode()
    assert "event-3" in html
    assert "Event #4<" in html
    assert "All events (4)" in html
    assert f'href="{url_of(made[0])}">First' in html
    assert f'href="{url_of(made[2])}" rel="next"' in html
    assert 'rel="prev"' not in html
    html = bo_client.get(url_of(made[1])).content.decode()
    assert f'href="{url_of(made[0])}" rel="next"' in html
    assert f'href="{url_of(made[2])}" rel="prev"' in html
    assert f'href="{issue}">Latest' in html
    assert 'rel="next"' not in bo_client.get(url_of(made[0])).content.decode()


def test_by_the_id_of_the_sdk(bo_client: Client, send: Send) -> None:
    event = send({"message": "m"})
    assert (
        bo_client.get(f"/projects/shop/issues/{event.issue_id}/events/{event.event_id}/").status_code == 200
    )
    other = send({"message": "other"})
    assert bo_client.get(f"/projects/shop/issues/{other.issue_id}/events/{event.pk}/").status_code == 404


def test_frames_and_order_are_in_the_url(bo_client: Client, send: Send) -> None:
    event = send(events.python_event(1, variables=True))
    every = bo_client.get(url_of(event), {"frames": "all", "order": "oldest"}).content.decode()
    assert "library frame" not in every.replace("Collapse library frames", "")
    assert every.count('<details class="frame') == len(
        re.findall(r'\sopen>\s*<summary>\s*<bdi class="function">', every)
    )
    assert every.index("step_0") < every.index("step_9")
    folded = bo_client.get(url_of(event)).content.decode()
    assert folded.index('function">step_9') < folded.index('function">step_0')


def test_links_to_web_addresses_only(bo_client: Client, send: Send) -> None:
    event = send({"message": "m", "request": {"url": "javascript:alert(1)"}, "breadcrumbs": [
        {"type": "http", "data": {"url": "javascript:alert(2)"}}
    ]})  # fmt: skip
    html = bo_client.get(url_of(event)).content.decode()
    assert "javascript:alert(1)" in html
    assert not re.search(r"href=[\"']?\s*javascript", html)


def test_hostile_text_stays_text(bo_client: Client, send: Send) -> None:
    bad = "</textarea></script><script>alert(1)</script><img src=x onerror=alert(1)>"
    payload = recorded("python-django") | {
        "tags": {bad: bad}, "extra": {bad: [bad]}, "contexts": {bad: {bad: bad}}, "user": {"id": bad}, "release": bad,
        "breadcrumbs": [{"message": bad, "category": bad, "data": {bad: bad}}], "server_name": bad, "logger": bad,
        "modules": {bad: bad}, "sdk": {"name": bad}, "transaction": bad, "environment": bad, "level": bad,
        "fingerprint": [bad], "threads": [{"name": bad}], bad: bad,
    }  # fmt: skip
    payload["exception"]["values"][0] |= {
        "type": bad,
        "value": bad,
        "mechanism": {"type": bad, "description": bad},
    }
    payload["exception"]["values"][0]["stacktrace"]["frames"][-1] |= {
        "function": bad, "filename": bad, "abs_path": bad, "context_line": bad, "vars": {bad: bad}
    }  # fmt: skip
    event = send(payload)
    for url in (url_of(event), f"/projects/shop/issues/{event.issue_id}/events/", "/projects/shop/issues/"):
        html = bo_client.get(url).content.decode()
        assert "<script>alert" not in html
        assert "<img src=x" not in html


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.one_of(OBJECTS, st.builds(lambda n, s, v: {**recorded(n), s: v}, st.sampled_from(NAMES), st.sampled_from(
    ["exception", "threads", "breadcrumbs", "request", "user", "tags", "contexts", "extra", "modules", "sdk", "logentry"]
), JSON)))  # fmt: skip
def test_any_payload_gives_a_page(bo_client: Client, send: Send, payload: dict[str, Any]) -> None:
    event = send({"message": "m"})
    Event.objects.filter(pk=event.pk).update(payload=codec.encode(json.dumps(payload).encode()))
    for query in ("", "?frames=all&order=oldest"):
        assert bo_client.get(url_of(event) + query).status_code == 200
    assert bo_client.get(url_of(event) + "json/").status_code == 200


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(OBJECTS)
def test_whatever_is_recorded_can_be_looked_at(
    bo_client: Client, send: Send, payload: dict[str, Any]
) -> None:
    event = send(json.loads(json.dumps(payload).encode("utf-8", "replace"), parse_constant=str))
    issue = f"/projects/shop/issues/{event.issue_id}/"
    for url in (
        url_of(event),
        issue,
        f"{issue}events/",
        f"{issue}delete/",
        "/projects/shop/issues/?status=all",
        "/",
    ):
        assert bo_client.get(url).status_code == 200


def test_json_is_what_was_stored(bo_client: Client, send: Send) -> None:
    event = send(recorded("python-django"))
    answer = bo_client.get(url_of(event) + "json/")
    assert answer["Content-Type"] == "application/json"
    assert answer["Content-Disposition"] == f'attachment; filename="SHOP-1-{event.event_id.hex}.json"'
    stored = engine.scrub(recorded("python-django"), DEFAULT).payload
    assert answer.json()["exception"] == stored["exception"]


def test_markdown_is_there_to_copy(bo_client: Client, send: Send) -> None:
    event = send(recorded("python-django"))
    html = bo_client.get(url_of(event)).content.decode()
    found = re.search(r'<textarea id="markdown"[^>]*>\n(.*?)</textarea>', html, re.DOTALL)
    assert found
    text = markup.unescape(found[1])
    assert text.startswith("# RuntimeError: view failed for 7\n")
    assert f"http://testserver{url_of(event)}" in text
    assert 'data-copy="#markdown"' in html


def test_an_issue_whose_events_are_gone_keeps_its_page(bo_client: Client, send: Send) -> None:
    event = send({"message": "m"})
    Event.objects.all().delete()
    Issue.objects.update(stored_event_count=0)
    html = bo_client.get(f"/projects/shop/issues/{event.issue_id}/").content.decode()
    assert "All events of this issue have expired" in html
    assert 'value="resolve"' in html


def test_a_payload_of_a_newer_version_says_so(bo_client: Client, send: Send) -> None:
    event = send({"message": "m"})
    Event.objects.update(payload=b"\xfesomething")
    html = bo_client.get(url_of(event)).content.decode()
    assert "This event cannot be read" in html
    assert bo_client.get(url_of(event) + "json/").status_code == 404


def test_small_and_with_few_queries(
    bo_client: Client, send: Send, django_assert_max_num_queries: Any
) -> None:
    for number in range(3):
        event = send(events.big_event(number))
    # The first look writes that Bo has seen the issue.
    with django_assert_max_num_queries(27):
        bo_client.get(url_of(event))
    with django_assert_max_num_queries(20):
        answer = bo_client.get(url_of(event))
    assert len(gzip.compress(answer.content, 6)) < 60_000


def test_a_huge_event_still_makes_a_small_page(bo_client: Client, send: Send) -> None:
    frames = [events.python_frame(n, variables=True) for n in range(400)]
    payload = {
        "exception": {"values": [{"type": "E", "value": "x" * 100_000, "stacktrace": {"frames": frames}}]},
        "extra": {f"key {n}": "".join(chr(97 + (n * k) % 26) for k in range(3_000)) for n in range(100)},
    }
    event = send(payload)
    html = bo_client.get(url_of(event)).content
    assert len(gzip.compress(html, 6)) < 60_000
    assert b"are shown without source code and variables" in html
    assert (
        b"The whole value is in the JSON" not in html[: html.index(b'id="extra"')] or b"in the JSON" in html
    )


def test_others_see_nothing(cy: User, send: Send, sign_in: Callable[[User], Client], client: Client) -> None:
    event = send({"message": "m"})
    issue = f"/projects/shop/issues/{event.issue_id}/"
    for url in (issue, f"{issue}events/", url_of(event), url_of(event) + "json/"):
        assert sign_in(cy).get(url).status_code == 404
        assert client.get(url).status_code == 302


def test_an_issue_is_only_found_in_its_project(
    ana: User, send: Send, sign_in: Callable[[User], Client]
) -> None:
    event = send({"message": "m"})
    Project.objects.create(name="Other", slug="other")
    assert sign_in(ana).get(f"/projects/other/issues/{event.issue_id}/").status_code == 404


def test_events_are_listed_newest_first(
    bo_client: Client, send: Send, django_assert_max_num_queries: Any
) -> None:
    for number in range(55):
        event = send({"message": "m", "release": f"r{number}", "environment": "staging"})
    url = f"/projects/shop/issues/{event.issue_id}/events/"
    with django_assert_max_num_queries(11):
        html = bo_client.get(url).content.decode()
    assert re.findall(r"<bdi>r(\d+)</bdi>", html) == [str(n) for n in range(54, 4, -1)]
    found = re.search(r'href="([^"]+)" rel="next"', html)
    assert found
    html = bo_client.get(url + markup.unescape(found[1])).content.decode()
    assert re.findall(r"<bdi>r(\d+)</bdi>", html) == ["4", "3", "2", "1", "0"]
    assert 'rel="prev"' in html


def test_what_reading_the_event_changed_is_said(bo_client: Client, send: Send) -> None:
    odd = {
        "message": "m",
        "level": "<script>alert(1)</script>",
        "extra": {"<img src=x>": "\x00"},
        "_meta": {"request": {"data": {"card": {"": {"rem": [["!config", "s"]], "len": 19}}}}},
    }
    html = bo_client.get(url_of(send(odd))).content.decode()
    assert "Processing notes (3)" in html
    assert 'href="#notes"' in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;” is not a known level; error was used." in html
    assert "extra.&lt;img src=x&gt;" in html
    assert "<code>request.data.card</code>" in html
    assert "Removed by the SDK. Its original length was 19." in html
    assert "<script>alert" not in html
    assert "<img src=x" not in html


def test_without_notes_there_is_no_such_section(bo_client: Client, send: Send) -> None:
    event = send(events.python_event(1))
    assert event.notes is None
    assert "Processing notes" not in bo_client.get(url_of(event)).content.decode()


def test_an_event_that_was_cut_says_so_at_its_top(bo_client: Client, send: Send) -> None:
    event = send({"message": "m", "extra": {"a": "x" * 5000}}, limit=2000)
    html = bo_client.get(url_of(event)).content.decode()
    assert re.search(
        r"The event was too large and was cut from [\d.]+ KiB to [\d.]+ KiB.*What is missing", html
    )
    assert "extra.a" in html


def test_the_activity_says_who_did_what(bo: User, bo_client: Client, send: Send) -> None:
    event = send(events.python_event(1))
    User.objects.filter(pk=bo.pk).update(name="Bo <b>")
    lifecycle.resolve(Issue.objects.all(), bo)
    page = bo_client.get(url_of(event)).content.decode()
    about = " ".join(page[page.index("<h2>Activity</h2>") :].split())
    assert about.index("Resolved by <bdi>Bo &lt;b&gt;</bdi>") < about.index("First event")


@pytest.mark.parametrize("name", hostile_events.crowded(1))
def test_the_page_of_a_crowded_event_is_not_large(bo_client: Client, send: Send, name: str) -> None:
    payload = hostile_events.crowded(6)[name]
    event = send(payload, limit=1024 * 1024)
    response = bo_client.get(url_of(event) + "?frames=all")
    assert response.status_code == 200
    assert len(response.content) < 5_000_000
    assert "too large for one page" in response.content.decode() or name == "contexts"


def test_a_very_long_title_leaves_room_for_the_page(bo_client: Client, send: Send) -> None:
    title = "What happened, in many words. " * 20
    html = bo_client.get(url_of(send({"message": title}))).content.decode()
    head = html[html.index("<h1>") : html.index("</h1>")]
    assert "What happened" in head
    assert len(head) < 400
    assert "Show the whole title" in html
    assert title.strip() in html
    assert "Show the whole title" not in bo_client.get(url_of(send({"message": "short"}))).content.decode()


def test_a_stack_in_a_thread_is_not_said_to_be_missing(bo_client: Client, send: Send) -> None:
    frames = [
        {"module": "com.shop.App", "function": "save", "filename": "App.java", "lineno": 16},
        {
            "module": "java.lang.Thread",
            "function": "getStackTrace",
            "filename": "Thread.java",
            "lineno": 1619,
        },
    ]
    threads = {"values": [{"id": 1, "name": "main", "current": True, "stacktrace": {"frames": frames}}]}
    for sent in ({"message": "m"}, {"exception": {"values": [{"type": "E", "value": "v"}]}}):
        html = bo_client.get(url_of(send({"platform": "java", "threads": threads, **sent}))).content.decode()
        assert "sent no stack trace" not in html
        assert "stack trace of the thread <bdi>main (1)</bdi>" in html
        assert html.count('<bdi class="function">com.shop.App.save</bdi>') == 1
        assert html.count("raised here") == 1
    for thread, words in (({"id": 320}, "of <bdi>Thread 320</bdi>."), ({}, "of a thread without a name.")):
        threads = {"values": [{"current": True, "stacktrace": {"frames": frames}, **thread}]}
        html = bo_client.get(url_of(send({"message": "m", "threads": threads}))).content.decode()
        assert f"This is the stack trace {words}" in html


def test_the_latest_event_is_the_latest_by_time_also_after_a_merge(
    bo_client: Client, bo: User, shop: Project, send: Send
) -> None:
    older = send({"message": "one"}, ago=timedelta(hours=2))
    newest = send({"message": "two"}, ago=timedelta(hours=1))
    groupings.merge(shop, newest.issue_id, [older.issue_id], bo)
    html = bo_client.get(f"/projects/shop/issues/{newest.issue_id}/").content.decode()
    assert newest.event_id.hex in html
    older_link = re.search(r'href="([^"]+)" rel="next"', html)
    assert older_link
    assert older_link[1] == f"/projects/shop/issues/{newest.issue_id}/events/{older.pk}/"
    html = bo_client.get(older_link[1]).content.decode()
    assert older.event_id.hex in html
    assert re.search(rf'href="/projects/shop/issues/{newest.issue_id}/events/{newest.pk}/" rel="prev"', html)
