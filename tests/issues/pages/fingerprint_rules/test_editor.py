from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from accounts.models import Membership, Project, User
from issues.fingerprint_rules import versions
from issues.mapping.events import Mapped
from issues.pages.fingerprint_rules import editor
from issues.trials import turn
from tests.issues.pages.conftest import Send
from tests.issues.pages.fingerprint_rules.conftest import words

PATH = "/projects/shop/settings/grouping/rules/"


@pytest.fixture
def client(ana: User, shop: Project, sign_in: Callable[[User], Client]) -> Client:
    return sign_in(ana)


def sold_out(send: Send, number: int) -> Any:
    return send({"exception": [{"type": "OutOfStock", "value": f"only {number} left"}]})


def hidden(html: str, name: str) -> str:
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)">', html)
    assert found, name
    return found[1]


def test_rules_are_previewed_and_saved(
    client: Client, shop: Project, send: Send, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in (1, 2, 3):
        sold_out(send, number)
    html = client.get(PATH).content.decode()
    assert "There are no rules yet." in html
    sent = {
        "text": "type:OutOfStock -> out-of-stock\r\ntype:Nothing -> drop",
        "version": hidden(html, "version"),
    }
    with django_assert_max_num_queries(20):
        html = client.post(PATH, {**sent, "action": "preview"}).content.decode()
    said = words(html)
    assert "This moves 3 of the last 3 events : 3 issues become 1 ." in said
    assert "go to a new issue, key out-of-stock , by line 1" in said
    assert "Line 2: none type:Nothing -&gt; drop It matches nothing that was looked at." in said
    assert not shop.fingerprint_rules.exists()
    # Only what was previewed is saved.
    changed = {**sent, "text": "type:OutOfStock -> sold-out", "previewed": hidden(html, "previewed")}
    html = client.post(PATH, {**changed, "action": "save"}).content.decode()
    assert "You have changed the rules since their preview" in html
    answer = client.post(
        PATH, {**changed, "previewed": hidden(html, "previewed"), "action": "save"}, follow=True
    )
    assert "Saved as version 1." in answer.content.decode()
    assert versions.text_of(Project.objects.get()) == "type:OutOfStock -> sold-out"
    html = client.get(PATH).content.decode()
    assert "type:OutOfStock -&gt; sold-out" in html


def test_mistakes_and_what_strangers_wrote_are_shown_as_text(client: Client, send: Send) -> None:
    send({"exception": [{"type": "<b>E</b>", "value": "v"}], "transaction": "<i>t</i>"})
    html = client.post(PATH, {"text": "typ:<b>x</b> -> a", "version": "0"}).content.decode()
    assert "Line 1, column 1: There is nothing called typ to compare. Did you mean type: ?" in words(html)
    html = client.post(PATH, {"text": "type:* -> {{ type }} <u>", "version": "0"}).content.decode()
    assert "<u>" not in html
    assert "<b>E</b>" not in html
    assert "&lt;b&gt;E&lt;/b&gt;" in html


def test_a_version_that_somebody_else_saved_is_not_lost(client: Client, shop: Project, ana: User) -> None:
    sent = {"text": "type:A -> a", "version": "0"}
    html = client.post(PATH, sent).content.decode()
    versions.save(shop, "type:B -> b", ana, seen=0)
    again = {**sent, "action": "save", "previewed": hidden(html, "previewed")}
    html = client.post(PATH, again).content.decode()
    assert "meanwhile, so yours is not saved" in html
    assert versions.text_of(Project.objects.get()) == "type:B -> b"
    # Who has seen it previews again and saves.
    again |= {"version": hidden(html, "version"), "action": "preview"}
    again |= {"previewed": hidden(client.post(PATH, again).content.decode(), "previewed"), "action": "save"}
    assert client.post(PATH, again).status_code == 302
    assert versions.text_of(Project.objects.get()) == "type:A -> a"


def test_an_event_suggests_a_rule(client: Client, shop: Project, ana: User, send: Send) -> None:
    event = sold_out(send, 3)
    html = client.get(f"{PATH}?event={event.pk}").content.decode()
    assert "type:OutOfStock message:&quot;only * left*&quot; -&gt; out-of-stock</textarea>" in html
    versions.save(shop, "type:B -> b", ana, seen=0)
    html = client.get(f"{PATH}?event={event.pk}").content.decode()
    assert "type:B -&gt; b\ntype:OutOfStock" in html
    assert "is not saved yet" in html
    assert client.get(f"{PATH}?event={event.issue_id}").status_code == 404
    assert client.get(f"{PATH}?event=x").status_code == 200


def test_a_rule_is_suggested_from_the_readable_form(
    client: Client, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = send({"exception": [{"type": "a.b", "value": "late"}]})
    readable = {"exception": [{"type": "TillClosed", "value": "late"}]}
    monkeypatch.setattr(editor, "mapped", lambda *_: Mapped(readable, 1, 1))
    assert "type:TillClosed message:late*" in client.get(PATH, {"event": event.pk}).content.decode()


def test_members_read_and_admins_write(bo: User, bo_client: Client, shop: Project, ana: User) -> None:
    versions.save(shop, "type:B -> b", ana, seen=0)
    html = bo_client.get(PATH).content.decode()
    assert "type:B -&gt; b" in html
    assert "readonly" in html
    assert "Only admins of Shop can change the fingerprint rules." in html
    assert bo_client.post(PATH, {"text": "x"}).status_code == 403
    Membership.objects.filter(user=bo).update(role="admin")
    assert "readonly" not in bo_client.get(PATH).content.decode()


def test_a_preview_that_has_no_turn_says_so(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn, "_LONGEST_WAIT", 0)
    with turn.alone():
        html = client.post(PATH, {"text": "type:A -> a", "version": "0"}).content.decode()
    assert "Another preview is computed" in html
    assert "type:A -&gt; a" in html
