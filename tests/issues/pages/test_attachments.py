from __future__ import annotations

import html as markup
import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.storage import storages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Project, User
from issues import usage
from issues.models import Attachment
from rustrak.lib import clock
from tests.issues.pages.conftest import Send, url_of
from tests.lib.attachments import PNG, file_item, keep, kept
from tests.lib.remote_storage import Elsewhere
from tests.lib.user_reports import feedback, said_item

pytestmark = pytest.mark.usefixtures("stored")

LIST = "/projects/shop/attachments/"


def link_to(one: Attachment) -> str:
    return f"{LIST}{one.pk}/"


def body_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_on_the_page_of_their_event_in_either_order(bo_client: Client, send: Send, shop: Project) -> None:
    event = send({"message": "m"})
    after = kept(
        shop, b"MDMP\x93\xa7\x00", event.event_id.hex, filename="crash.dmp", attachment_type="event.minidump"
    )
    html = bo_client.get(url_of(event)).content.decode()
    assert 'id="attachments"' in html
    assert 'href="#attachments"' in html
    assert f'href="{link_to(after)}"' in html
    assert "Minidump" in html
    kept(shop, b"early", "ab" * 16, filename="early.txt")
    Attachment.objects.filter(name="early.txt").update(event_id=send({"message": "n"}).event_id)
    later = Attachment.objects.get(name="early.txt")
    row = shop.events.get(event_id=later.event_id)
    assert "early.txt" in bo_client.get(url_of(row)).content.decode()
    assert "early.txt" not in bo_client.get(url_of(event)).content.decode()


def test_an_event_without_any_has_no_section(bo_client: Client, send: Send) -> None:
    html = bo_client.get(url_of(send({"message": "m"}))).content.decode()
    assert "attachments" not in re.sub(r"<link[^>]*>", "", html)


@pytest.mark.parametrize(
    ("data", "claimed", "served"),
    [
        (PNG, "text/html", "image/png"),
        (b"GIF89a" + b"<script>", "image/gif", "image/gif"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/svg+xml", None),
        (b"<script>alert(1)</script>", "text/html", None),
        (b"<script>alert(1)</script>", "image/png", None),
        (b"{}", "application/json", None),
        (b"", "image/png", None),
    ],
)
def test_only_an_image_is_shown_and_nothing_runs(
    bo_client: Client, shop: Project, data: bytes, claimed: str, served: str | None
) -> None:
    answer = bo_client.get(link_to(kept(shop, data, filename='a"b;ä.png', content_type=claimed)))
    assert answer.status_code == 200
    assert answer.streaming
    assert body_of(answer) == data
    assert answer["Content-Type"] == (served or "application/octet-stream")
    assert answer["Content-Length"] == str(len(data))
    assert answer["Content-Disposition"].startswith("inline" if served else "attachment")
    assert "filename*=utf-8''a%22b%3B%C3%A4.png" in answer["Content-Disposition"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["Cache-Control"].startswith("private")


def test_strangers_find_nothing(
    cy: User, ana: User, shop: Project, sign_in: Callable[[User], Client], client: Client
) -> None:
    one = kept(shop, b"x")
    Project.objects.create(name="Other", slug="other")
    for url in (link_to(one), LIST):
        assert sign_in(cy).get(url).status_code == 404
        assert client.get(url).status_code == 302
    assert sign_in(ana).get(f"/projects/other/attachments/{one.pk}/").status_code == 404
    assert sign_in(ana).get(f"{LIST}{uuid4()}/").status_code == 404
    assert sign_in(ana).post(link_to(one)).status_code == 405


def test_one_whose_bytes_are_gone_says_so(bo_client: Client, shop: Project, send: Send) -> None:
    event = send({"message": "m"})
    one = kept(shop, b"hello", event.event_id.hex)
    storages["attachments"].delete(one.file)
    answer = bo_client.get(link_to(one))
    assert answer.status_code == 404
    assert "no longer in the attachment storage" in answer.content.decode()
    html = bo_client.get(f"{url_of(event)}?attachment={one.pk}").content.decode()
    assert "missing from the attachment storage" in html


def test_a_text_opens_in_place(bo_client: Client, shop: Project, send: Send) -> None:
    event = send({"message": "m"})
    one = kept(shop, b"<b>\x1b[31m\xe2\x80\xae" + b"line\n", event.event_id.hex)
    page = url_of(event)
    html = bo_client.get(f"{page}?frames=all").content.decode()
    found = re.search(r'href="(\?[^"]*attachment=[^"]*)#', html)
    assert found
    shown = bo_client.get(page + markup.unescape(found[1])).content.decode()
    assert "&lt;b&gt;␛[31m⟨U+202E⟩line" in shown
    assert 'href="?frames=all#' in shown
    assert "&lt;b&gt;" not in html
    assert f'id="attachment-{one.pk}"' in shown


def test_json_is_indented(bo_client: Client, shop: Project, send: Send) -> None:
    event = send({"message": "m"})
    deep = {"rendering_system": "UIKit", "windows": [{"children": [{"type": "<Button>"}]}]}
    one = kept(
        shop, json.dumps(deep).encode(), event.event_id.hex, filename="view-hierarchy.json",
        content_type="application/json", attachment_type="event.view_hierarchy",
    )  # fmt: skip
    html = bo_client.get(f"{url_of(event)}?attachment={one.pk}").content.decode()
    assert "View hierarchy" in html
    assert markup.escape(json.dumps(deep, indent=2)) in html


@pytest.mark.parametrize("data", [b"x" * 65_537, b"\x00\xff", PNG])
def test_what_is_no_short_text_does_not(bo_client: Client, shop: Project, send: Send, data: bytes) -> None:
    event = send({"message": "m"})
    one = kept(shop, data, event.event_id.hex)
    for query in ("", f"?attachment={one.pk}", "?attachment=x"):
        html = bo_client.get(url_of(event) + query).content.decode()
        assert 'href="?attachment' not in html
        assert "<pre tabindex" not in html
        assert ("<img src" in html) == (data == PNG)


def test_hostile_names_are_shown_as_what_they_are(bo_client: Client, shop: Project, send: Send) -> None:
    event = send({"message": "m"})
    for name in ("<script>alert(1)</script>", "\u202egpj.exe", "x" * 10_000, '"onerror="x', "a\u200bb"):
        kept(shop, PNG, event.event_id.hex, filename=name)
    for url in (url_of(event), LIST):
        html = bo_client.get(url).content.decode()
        assert "<script>alert" not in html
        assert 'onerror="x' not in html
        assert "\u202e" not in html
        assert "\u200b" not in html


def test_the_page_asks_the_database_once_for_them(
    bo_client: Client, shop: Project, send: Send, django_assert_max_num_queries: Any
) -> None:
    event = send({"message": "m"})
    kept(shop, PNG, event.event_id.hex)
    bo_client.get(url_of(event))  # the first look is noted
    with CaptureQueriesContext(connection) as one:
        bo_client.get(url_of(event))
    for number in range(29):
        kept(shop, PNG + bytes([number]), event.event_id.hex)
    with django_assert_max_num_queries(len(one)):
        bo_client.get(url_of(event))


def test_the_list_has_all_of_them_newest_first(
    bo_client: Client, shop: Project, send: Send, django_assert_max_num_queries: Any
) -> None:
    now = clock.now()
    event = send({"message": "It is stored"})
    for number in range(55):
        kept(shop, b"x", event.event_id.hex if number == 54 else None, filename=f"{number}.log",
             at=now - timedelta(minutes=60 - number))  # fmt: skip
    with django_assert_max_num_queries(9):
        html = bo_client.get(LIST).content.decode()
    assert re.findall(r"<bdi>(\d+)\.log</bdi>", html) == [str(n) for n in range(54, 4, -1)]
    assert f"{url_of(event)}#attachments" in html
    assert html.count("not stored") == 49
    found = re.search(r'href="([^"]+)" rel="next"', html)
    assert found
    html = bo_client.get(LIST + markup.unescape(found[1])).content.decode()
    assert re.findall(r"<bdi>(\d+)\.log</bdi>", html) == ["4", "3", "2", "1", "0"]


def test_an_empty_list_says_what_would_be_there(bo_client: Client) -> None:
    html = bo_client.get(LIST).content.decode()
    assert "No attachments yet" in html
    assert f'href="{LIST}" aria-current="page"' in html


def test_from_a_storage_elsewhere(
    bo_client: Client,
    shop: Project,
    elsewhere: type[Elsewhere],
    send: Send,
) -> None:
    event = send({"message": "m"})
    one = kept(shop, b"far away", event.event_id.hex)
    answer = bo_client.get(link_to(one))
    assert body_of(answer) == b"far away"
    assert answer["Content-Length"] == "8"
    assert "far away" in bo_client.get(f"{url_of(event)}?attachment={one.pk}").content.decode()


def test_a_download_is_streamed(bo_client: Client, shop: Project, stored: Path) -> None:
    one = kept(shop, b"")
    with (stored / one.file).open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    answer = bo_client.get(link_to(one))
    assert answer["Content-Length"] == str(50 * 1024 * 1024)
    assert max(len(part) for part in answer.streaming_content) <= 1024 * 1024


def test_one_that_came_with_feedback_leads_to_it(bo_client: Client, shop: Project) -> None:
    own = "ab" * 16
    feedback(shop, said_item({"contexts": {"feedback": {"message": "Look"}}}, own))
    feedback(shop, said_item({"contexts": {"feedback": {"message": "Another"}}}))
    kept(shop, PNG, own)
    html = bo_client.get(LIST).content.decode()
    found = re.search(r'href="([^"]+)">Feedback</a>\s*</td>', html)
    assert found
    html = bo_client.get(found[1]).content.decode()
    assert "Look" in html
    assert "Another" not in html
    assert "not stored" not in html


def test_an_event_with_many_attachments_shows_the_first(bo_client: Client, shop: Project, send: Send) -> None:
    event = send({"message": "x"})
    Attachment.objects.bulk_create(
        Attachment(
            project=shop, event_id=event.event_id, name=f"file-{number:03}", kind="event.attachment", size=1,
            file=str(number), ingested_at=event.ingested_at,
        )
        for number in range(201)
    )  # fmt: skip
    html = bo_client.get(url_of(event)).content.decode()
    assert "file-199" in html
    assert "file-200" not in html
    assert "list of all attachments" in html


def test_a_project_that_keeps_too_many_attachments_says_so(
    bo_client: Client, shop: Project, settings: Any
) -> None:
    assert "New ones are counted and not stored" not in bo_client.get(LIST).content.decode()
    settings.RETAIN_BYTES_PER_PROJECT = 1000
    usage.add(shop.pk, {"attachment": (1, 1000)})
    html = bo_client.get(LIST).content.decode()
    assert "New ones are counted and not stored" in html
    assert "/projects/shop/settings/limits/" in html


def test_an_event_whose_attachments_were_not_kept_says_so(
    bo_client: Client, shop: Project, send: Send, settings: Any
) -> None:
    event, other = send({"message": "m"}), send({"message": "n"})
    settings.RETAIN_BYTES_PER_PROJECT = 1000
    for _ in range(3):
        assert keep(shop, *(file_item(b"x" * 2000, event.event_id.hex) for _ in range(5))) == {
            ("filtered", "too_many_bytes"): 5
        }
    event.refresh_from_db()
    assert [note[1] for note in event.notes or []].count("not_kept") == 1
    text = bo_client.get(url_of(event)).content.decode()
    assert "the project kept as many bytes of them as it may" in text
    assert 'id="attachments"' in text
    assert 'id="attachments"' not in bo_client.get(url_of(other)).content.decode()
