from __future__ import annotations

import pytest
from django.test import Client
from django.utils.html import escape

from rustrak.api import reading
from rustrak.api.whole import document

pytestmark = pytest.mark.django_db


def test_every_operation_is_on_a_page_with_an_example(bo_client: Client) -> None:
    first = bo_client.get("/api/docs").content.decode()
    subjects = reading.subjects(document("/"))
    assert sum(len(each.operations) for each in subjects.values()) == sum(
        len(methods) for methods in document("/")["paths"].values()
    )
    for slug, subject in subjects.items():
        assert f'href="/api/docs/{slug}/"' in first
        page = bo_client.get(f"/api/docs/{slug}/").content.decode()
        assert "<script" not in page.partition("<main")[2].partition("</main")[0]
        for each in subject.operations:
            assert f"<code>{each.method} {escape(each.path)}</code>" in first
            assert f'id="{each.anchor}"' in page
            assert f"<pre><code>{escape(each.curl)}</code></pre>" in page
    anchors = [each.anchor for subject in subjects.values() for each in subject.operations]
    assert len(set(anchors)) == len(anchors)


def test_a_page_says_what_goes_in_and_out(bo_client: Client) -> None:
    page = bo_client.get("/api/docs/filters/").content.decode()
    for text in (
        "<td><code>error_messages</code></td>",
        "list: text, at most 1000 characters",
        "<td><code>project_id</code>, required</td>",
        "<li>412: <code>If-Match</code> names another version",
        "&quot;error_messages&quot;: [&quot;*Failed to fetch*&quot;]",
    ):
        assert text in page


def test_the_pages_are_for_people_signed_in(bo_client: Client) -> None:
    assert bo_client.get("/api/docs/nothing/").status_code == 404
    assert Client().get("/api/docs/filters/").status_code == 302
