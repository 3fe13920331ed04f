from __future__ import annotations

from html import unescape
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client

from accounts.models import Project
from issues.mapping import events
from issues.mapping.events import Mapped
from issues.mapping.steps import Origin
from issues.models import Event
from issues.pages.artifacts import shown
from issues.payload.notes import path
from issues.render.event import event_view
from tests.issues.pages.artifacts.conftest import Uploaded
from tests.issues.pages.conftest import Send, url_of
from tests.lib import mapping
from tests.lib.growth import assert_linear

SENT = {
    "function": "t",
    "abs_path": "https://s.example.com/app.min.js",
    "lineno": 1,
    "colno": 42,
    "in_app": True,
}
OTHER = {**SENT, "colno": 99}
READABLE = {
    "function": "addToCart",
    "filename": "src/cart.ts",
    "lineno": 7,
    "context_line": "x()",
    "in_app": True,
}


def event(*frames: dict[str, Any], legacy: bool = False) -> dict[str, Any]:
    exception = {"values": [{"type": "E", "value": "v", "stacktrace": {"frames": list(frames)}}]}
    name = "sentry.interfaces.Exception" if legacy else "exception"
    return {"platform": "javascript", name: exception}


def mapped(name: str = "exception", **fields: Any) -> Mapped:
    """Of two frames, the second is mapped."""
    at = [path(name, "values", 0, "stacktrace", "frames", number) for number in range(2)]
    origins = {at[0]: Origin(at[0], OTHER, False), at[1]: Origin(at[1], SENT, True, 5, "~/app.min.js.map")}
    payload = event(OTHER, READABLE, legacy="." in name)
    return Mapped(**{"payload": payload, "count": 1, "of": 2, "origins": origins} | fields)


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch, shop: Project) -> Any:
    def give(found: Mapped | None, query: str = "") -> shown.Shown:
        monkeypatch.setattr(events, "mapped", lambda *args, **options: found)
        row = Event(pk=shop_event, issue_id=shop_event, project=shop)
        return shown.shown(shop, row, event(OTHER, SENT), QueryDict(query))

    shop_event = "01a21b6c-a6f7-7292-9b47-a487dac15c00"
    return give


@pytest.mark.parametrize("name", ["exception", "sentry.interfaces.Exception"])
def test_frames_say_where_they_come_from(answer: Any, name: str) -> None:
    found = mapped(name)
    form = answer(found)
    assert (form.is_mapped, form.has_mapped, form.words) == (True, True, "1 of 2 frames is mapped.")
    newest, oldest = event_view(form.annotated).exceptions.thrown[0].stack.frames
    assert (newest.function, newest.line) == ("addToCart", 7)
    assert newest.origin
    assert newest.origin.is_mapped
    assert newest.origin.file == "~/app.min.js.map"
    assert newest.origin.sent == "t in https://s.example.com/app.min.js:1:42"
    assert oldest.origin
    assert not oldest.origin.is_mapped
    assert oldest.origin.link.endswith("frames.0#asked")
    # What was found is shared with others, and the payload for other readers has nothing of pages in it.
    assert form.payload is found.payload == event(OTHER, READABLE, legacy="." in name)


def test_an_event_can_be_seen_as_it_was_sent(answer: Any) -> None:
    form = answer(mapped(), "source=sent")
    assert (form.is_mapped, form.has_mapped) == (False, True)
    assert form.payload == form.annotated == event(OTHER, SENT)


def test_why_nothing_is_mapped_is_asked_only_where_something_could_be(answer: Any) -> None:
    at = path("exception", "values", 0, "stacktrace", "frames", 0)
    for found in (
        None,
        Mapped(event(OTHER, SENT), 0, 0, origins={at: Origin(at, SENT, None)}),
        Mapped(event(OTHER, SENT), 0, 1, origins={at: Origin(at, {**SENT, "context_line": "x"}, False)}),
    ):
        assert answer(found).words == ""
    form = answer(Mapped(event(OTHER, SENT), 0, 2, late="Busy.", origins={at: Origin(at, OTHER, False)}))
    assert (form.words, form.late, form.has_mapped) == ("None of 2 frames is mapped.", "Busy.", False)
    (_, oldest) = event_view(form.annotated).exceptions.thrown[0].stack.frames
    assert oldest.origin


def test_the_releases_of_the_uploads_are_named(answer: Any, uploaded: Uploaded) -> None:
    def said(*uploads: int, **fields: Any) -> str:
        return str(answer(mapped(uploads=frozenset(uploads), **fields)).words)

    first, second = uploaded(), uploaded(dist="7")
    assert said(first.pk, of=1) == "Its frame is mapped with the uploads of shop@2.4.1."
    assert said(first.pk, second.pk).endswith(
        "is mapped with the uploads of shop@2.4.1 and shop@2.4.1, dist 7."
    )
    many = [uploaded(release=f"r{number}").pk for number in range(5)]
    assert said(*many, count=2).endswith("2 frames are mapped with the uploads of r0, r1, r2 and others.")
    assert said(uploaded(release="").pk) == "1 of 2 frames is mapped."


def test_the_page_has_both_forms(
    bo_client: Client,
    shop: Project,
    send: Send,
    uploaded: Uploaded,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_max_num_queries: Any,
) -> None:
    upload, files = uploaded(), mapping.uploads(monkeypatch)
    files.add_script(shop.pk, {(1, 42): mapping.original(7), (1, 77): mapping.original(9)}, number=upload.pk)
    event = send(mapping.browser_event((1, 77), (5, 5), (1, 42)))
    bo_client.get(url_of(event))
    with django_assert_max_num_queries(20):
        html = bo_client.get(url_of(event)).content.decode()
    assert "2 of 3 frames are mapped with the uploads of shop@2.4.1." in html
    assert html.count("Why is this frame not mapped?") == 1
    assert "src/cart.ts</bdi>:7:7" in html
    assert f"e in {mapping.URL}:1:42" in html
    markdown = html[html.index('id="markdown"') :]
    assert "total  src/cart.ts:7" in unescape(markdown)
    sent = bo_client.get(url_of(event), {"source": "sent", "order": "oldest"}).content.decode()
    assert "src/cart.ts" not in sent[sent.index('id="stack-trace"') : sent.index('id="grouping"')]
    assert '<a href="?order=oldest#stack-trace">Original source</a>' in sent
    assert "?frames=all&amp;order=oldest&amp;source=sent#stack-trace" in sent
    stored = bo_client.get(url_of(event) + "json/").content
    assert b"src/cart.ts" not in stored


def test_without_uploads_a_browsers_event_asks_why(bo_client: Client, send: Send) -> None:
    event = send(mapping.browser_event((1, 42)))
    html = bo_client.get(url_of(event)).content.decode()
    assert "Its frame is not mapped." in html
    assert "Original source" not in html
    assert "Why is this frame not mapped?" in html
    assert 'source-maps/setup/">Set up uploads</a>' in html


def test_what_follows_from_the_readable_form_is_the_same_beside_both(answer: Any) -> None:
    assert answer(mapped(), "source=sent").readable == mapped().payload
    assert answer(None).readable == event(OTHER, SENT)


def test_the_time_grows_with_the_frames() -> None:
    def many(count: int) -> Mapped:
        paths = [path("exception", "values", 0, "stacktrace", "frames", number) for number in range(count)]
        origins = {at: Origin(at, OTHER, False) for at in paths}
        return Mapped(event(*[OTHER] * count), 0, count, origins=origins)

    assert_linear(many, lambda found: shown.annotated(found, "/why"), smallest=64, largest=1 << 12)


def test_a_path_that_leads_nowhere_changes_nothing() -> None:
    for at in ("", "exception.values.9", "exception.values.0.type.x", "a\\.b.0", "exception.values.x.y"):
        found = Mapped(event(SENT), 0, 1, origins={at: Origin(at, SENT, False)})
        assert shown.annotated(found, "/why") == event(SENT)
