from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issues.trackers import tracker_urls
from issues.trackers.tracker_urls import LONGEST, BadTemplate, check, filled, inert, parts_of, template_of
from tests.lib.growth import assert_linear
from tests.lib.trackers import ADDRESSES, FIELDS

LINK = "https://rustrak.example.org/projects/shop/issues/1/"
HOSTILE = [
    "a&body=evil&labels=admin#x", "{body}{link}{title}", "%26body%3Devil", "\"><script>alert(1)</script>", "a\r\nHost: evil",
    "🎉" * 400, "\u202e\x00\ud800", "a+b c", "../../..", "]=evil",
]  # fmt: skip


def fill(template: str, title: str = "t", body: str = "") -> str:
    return filled(template, title=title, link=LINK, short_id="SHOP-1", body=lambda room: body[:room])


@pytest.mark.parametrize("kind", ADDRESSES)
@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_events_stays_in_its_field(kind: str, text: str) -> None:
    template = template_of(kind, *ADDRESSES[kind])
    plain, hostile = fill(template, "t", "b"), fill(template, text, text)
    assert len(hostile) <= LONGEST
    names = [name for name, _ in parse_qsl(urlsplit(plain).query)]
    parts = urlsplit(hostile)
    assert [name for name, _ in parse_qsl(parts.query, keep_blank_values=True)] == names
    assert (parts.scheme, parts.netloc, parts.path, parts.fragment) == (*urlsplit(plain)[:3], "")
    assert set(FIELDS[kind]) <= set(names)
    assert hostile.isascii()
    assert not set(hostile) & set(' "<>\\^`{|}\r\n')


@given(st.text(), st.text())
def test_any_text(title: str, body: str) -> None:
    template = template_of("github", "https://github.com/acme/shop")
    url = filled(template, title=title, link=LINK, short_id="S-1", body=lambda room: body[: room // 12])
    found = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
    assert list(found) == ["title", "body"]
    assert len(url) <= LONGEST


def test_the_presets() -> None:
    assert template_of("github", " https://github.com/acme/shop/ ") == (
        "https://github.com/acme/shop/issues/new?title={title}&body={body}"
    )
    assert template_of("jira", "https://acme.atlassian.net", "1", " 2 ") == (
        "https://acme.atlassian.net/secure/CreateIssueDetails!init.jspa?pid=1&issuetype=2&summary={title}&description={body}"
    )
    for kind, given_parts in ADDRESSES.items():
        names = ("address", "project", "issue_type")
        assert parts_of(kind, template_of(kind, *given_parts)) == dict(zip(names, given_parts, strict=False))
    assert set(tracker_urls.PRESETS) == {*ADDRESSES, "other"}


@pytest.mark.parametrize(
    ("kind", "parts", "field"),
    [
        ("github", [""], "address"),
        ("github", ["https://github.com"], "address"),
        ("github", ["https://github.com/acme"], "address"),
        ("github", ["javascript://x/acme/shop"], "address"),
        ("github", ["https://user:secret@github.com/acme/shop"], "address"),
        ("github", ["https://github.com/acme/shop?x={link}"], "address"),
        ("github", ["https://github.com/ac me/shop"], "address"),
        ("github", ["https://github.com/acme/" + "s" * 1000], "address"),
        ("jira", ["https://acme.atlassian.net", "SHOP", "1"], "project"),
        ("jira", ["https://acme.atlassian.net", "1&x=2", "1"], "project"),
        ("jira", ["https://acme.atlassian.net", "1", ""], "issue_type"),
        ("other", ["https://example.org"], "kind"),
        ("hologram", ["https://example.org/a/b"], "kind"),
    ],
)
def test_what_a_preset_cannot_use(kind: str, parts: list[str], field: str) -> None:
    with pytest.raises(BadTemplate) as caught:
        template_of(kind, *parts)
    assert caught.value.field == field
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "template",
    [
        "https://example.org/new", "https://example.org/{title}", "https://{title}.example.org/?a={link}",
        "https://example.org/?a={titel}", "https://example.org/?a={title}&b={title}", "https://example.org/?a={title}}",
        "https://example.org/?a={{title}}", "ftp://example.org/?a={title}", "javascript:alert(1)?{title}", "//example.org/?{title}",
        "https:///?{title}", "https://example.org:99999/?{title}", "https://[::1/?{title}", "https://a:b@example.org/?{title}",
        "https://example.org\\@evil/?{title}", "https://exämple.org/?{title}", "https://example.org/?\n{title}", "{title}", "",
        "https://example.org/?" + "x" * 1000 + "{title}", "https://example.org/?{}", "https://example.org/?{0.__class__}",
    ],
)  # fmt: skip
def test_templates_that_are_refused(template: str) -> None:
    with pytest.raises(BadTemplate):
        check(template)


@pytest.mark.parametrize(
    "template", ["https://example.org/?a={title}", "http://[::1]:8080/#/new?t={title}&b={body}&i={short_id}"]
)
def test_templates_that_are_usable(template: str) -> None:
    check(template)
    assert fill(template, "a b").count("a%20b") == 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("@team look", "@\u2060team look"), ("see #12 and !34", "see #\u206012 and !\u206034"), ("a@example.org", "a@example.org"),
        ("acme/shop#7", "acme/shop#\u20607"), ("[x](https://evil)", "[x]\u2060(https:\u2060//evil)"), ("![](u)", "!\u2060[]\u2060(u)"),
        ("/close\n/assign", "/close /assign"), ("C# and 3 & 4", "C# and 3 & 4"),
    ],
)  # fmt: skip
def test_nobody_is_named_and_nothing_linked(text: str, shown: str) -> None:
    assert inert(text) == shown


def test_time_in_proportion() -> None:
    template = template_of("github", "https://github.com/acme/shop")
    assert_linear(lambda n: "@[](:" * n, lambda text: fill(template, text, text))
    assert_linear(
        lambda n: "https://example.org/?" + "{a}" * n, lambda text: pytest.raises(BadTemplate, check, text)
    )
