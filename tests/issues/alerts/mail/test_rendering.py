from __future__ import annotations

import re
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest

from issues.alerts.mail.rendering import MOST_LISTED, Reader, render
from issues.alerts.notice import Notice
from issues.models import News
from tests.lib.alert_notices import about_issue, about_project, burst, notice
from tests.lib.growth import assert_linear

READER = Reader("You get this because of a rule.", (("Unsubscribe", "http://127.0.0.1:8000/unsubscribe/x/"),))
HOSTILE = [
    '</a></h1><a href="https://evil.example/">Sign in</a><img src=//evil.example/i onerror=alert(1)>',
    "https://evil.example/login www.evil.example mailto:eve@evil.example",
    "x\r\nBcc: eve@evil.example\r\n\r\n<h1>hi</h1>",
    "=?utf-8?q?Your_account_is_locked?=",
    "a\u2028b\u2029c\u0085d\x0be\x0cf",
    "\u202eevil\u202c \u2066x\u2069 \u200f",
    "{{ settings.SECRET_KEY }} {% include 'x' %}",
    "\x00\x1b[31m\x07",
    "-- \nUnsubscribe: https://evil.example/",
    "\ufeff" * 50 + "x",
    "'" * 5000,
]


class Page(HTMLParser):
    """The links of a page, the text that stands in none, and the names of its elements and attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.outside: list[str] = []
        self.text: list[str] = []
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self._in_link = False
        self._in_style = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "a":
            self.links.append(dict(attrs)["href"] or "")
            self._in_link = True
        self._in_style |= tag in {"style", "title"}

    def handle_endtag(self, tag: str) -> None:
        self._in_link &= tag != "a"
        self._in_style &= tag not in {"style", "title"}

    def handle_data(self, data: str) -> None:
        if not self._in_style:
            self.text.append(data)
            if not self._in_link:
                self.outside.append(data)


def every_text(text: str) -> Notice:
    """A notice in which everything that an event can choose is `text`."""
    issue = about_issue(
        title=text, culprit=text, environment=text, release=text, frame=text, excerpt=text, assignee=text
    )
    return notice(issue=issue, detail=text, fields=(("Monitor", text),))


def test_a_new_issue() -> None:
    mail = render(notice(), READER)
    assert mail.subject == "[Shop] KeyError: 'order_id' (SHOP-12)"
    assert (
        mail.text
        == """\
Shop: New issue

    KeyError: 'order_id'
    checkout.views.pay

    Level: error
    Environment: production
    Release: shop@1.4.2
    Status: open
    So far: 1,204 events, 37 users
    First seen: 2 Mar 2026 11:55 UTC
    Last seen: 2 Mar 2026 12:00 UTC

    pay in checkout/views.py:43

        def pay(request):
            order = Order.objects.get(pk=request.POST["order"])
            total = sum(line["price"] for line in order.lines)
    >       charge(order.data['order_id'], total)
            order.paid_at = now()
            return redirect("thanks")

Open SHOP-12:
http://127.0.0.1:8000/projects/shop/issues/00000000-0000-0000-0000-00000000000c/

--\x20
You get this because of a rule.
Unsubscribe: http://127.0.0.1:8000/unsubscribe/x/
"""
    )


@pytest.mark.parametrize(
    "given",
    [
        notice(),
        notice(News.REGRESSED, headline="Regressed", detail="It was resolved 3 days before."),
        notice(News.RESOLVED, headline="Resolved", detail="Resolved by Ana", rule=""),
        notice(
            News.ESCALATING, headline="100 events in 60 minutes", fields=(("Events", "100 in 60 minutes"),)
        ),
        notice(News.SPIKE, headline="Far more events than usual", issue=None, fields=(("Usual", "12"),)),
        notice(News.MONITOR_FAILED, headline="Monitor failed", fields=(("Monitor", "nightly-backup"),)),
        notice(News.TEST, headline="A test of this channel", issue=None),
        burst(),
    ],
    ids=lambda given: given.news.value,
)
def test_text_and_html_say_the_same(given: Notice) -> None:
    mail = render(given, READER)
    seen = " ".join(" ".join(Page(mail.html).text).split())
    for line in mail.text.splitlines():
        line = line.strip().removesuffix(":")
        if not line or line == "--" or line.startswith("http"):
            continue
        for part in re.split(r": | \(", line, maxsplit=1):
            if not part.startswith("http"):
                assert " ".join(part.rstrip(")").split()) in seen, line


def test_a_message_loads_nothing_and_runs_nothing() -> None:
    page = Page(render(notice(), READER).html)
    assert not page.elements & {"img", "script", "link", "iframe", "form", "input", "button", "svg"}
    assert not page.attributes & {"src", "srcset", "background", "onclick", "action"}
    assert "url(" not in render(notice(), READER).html


@pytest.mark.parametrize("text", HOSTILE)
def test_event_text_makes_no_element_no_link_and_no_line_of_ours(text: str) -> None:
    mail, usual = render(every_text(text), READER), render(every_text("usual"), READER)
    page, expected = Page(mail.html), Page(usual.html)
    assert set(page.links) == set(expected.links)
    assert page.elements == expected.elements
    assert page.attributes == expected.attributes
    ours = [line for line in usual.text.splitlines() if line and not line.startswith(" ")]
    found = [line for line in mail.text.splitlines() if line and not line.startswith(" ")]
    assert len(found) == len(ours)
    assert not re.search(r"https?://(?!127)|www\.evil|mailto:eve", mail.html + mail.text)
    for part in (mail.text, mail.html):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff]", part)
    # A mail program may make links of text that stands in none.
    assert page.outside == expected.outside


@pytest.mark.parametrize("text", HOSTILE)
def test_a_subject_is_one_short_line(text: str) -> None:
    for mail in (render(every_text(text), READER), render(notice(project=about_project(name=text)), READER)):
        assert mail.subject.isprintable()
        assert len(mail.subject) <= 190
        assert "=?" not in mail.subject
        mail.subject.encode()


def test_a_burst_is_short_enough_for_every_mail_program() -> None:
    for title in ("KeyError: 'order_id'", "&" * 1200, "'" * 1200, "\u202e" * 1200, "𐍈" * 1200):
        mail = render(burst(title=title), READER)
        assert len(mail.html.encode()) < 90_000
        assert len(mail.text.encode()) < 40_000
    assert mail.text.count("SHOP-") == MOST_LISTED
    assert "and 9,975 more" in mail.text
    assert mail.subject == "[Shop] 10,000 new issues"


def test_times_are_the_readers() -> None:
    mail = render(notice(), Reader("Why.", zone=ZoneInfo("Europe/Berlin")))
    assert "Last seen: 2 Mar 2026 13:00 CET" in mail.text


def test_a_field_of_the_notice_is_not_repeated() -> None:
    mail = render(notice(fields=(("Environment", "staging"), ("Release", ""))), READER)
    assert mail.text.count("Environment:") == 1
    assert "Environment: staging" in mail.text
    assert "Release: shop@1.4.2" in mail.text


def test_rendering_takes_time_in_proportion() -> None:
    assert_linear(lambda size: every_text("a\n &\u202e" * size), lambda given: render(given, READER))
