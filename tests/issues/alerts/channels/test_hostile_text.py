from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from issues.alerts.channels import (
    discord,
    google_chat,
    mattermost,
    ntfy,
    outline,
    pagerduty,
    slack,
    teams,
    telegram,
)
from issues.alerts.channels.text import ZERO_WIDTH as ZW
from issues.alerts.notice import Notice
from issues.models import News
from tests.lib.chat_servers import (
    ChatServer,
    DiscordServer,
    GoogleChatServer,
    MattermostServer,
    NtfyServer,
    PagerDutyServer,
    SlackServer,
    TeamsServer,
    TelegramServer,
    flaws,
)
from tests.lib.growth import assert_linear
from tests.lib.notices import ROOT, notice, spoiled

FRAGMENTS = (
    "<!channel>", "<!here|here>", "<@U123>", "<@&1>", "<#C1>", "</cmd:1>", "<users/all>", "<at>all</at>", "@everyone", "@here",
    "@channel", "@all", "@ana", "<http://evil.example|Click>", "[x](http://evil.example)", "![x](http://evil.example)",
    "[x]: http://evil.example", "http://evil.example/a_b", "www.evil.example", "mailto:x@evil.example", "<https://evil.example>",
    "```", "``", "`", "~~~", "</pre>", "</code>", "</b>", "</a>", '<a href="http://evil.example">', "<br>", "&lt;", "&#60;", "&",
    '"', "'", "\\", "|", "||", "*", "_", "~", "#", "# h", "> q", "- l", "1. l", "| a | b |\n|---|---|", "$x$", "{{DATE(1)}}", "${x}",
    "\n", "\r\n", "\u2028", "\x00", "\x1b[31m", "\ud800", "\u202e", "\u2066", "\u200b", "\ufeff", "\U000e0041", "Z\u0300\u0300\u0300\u0300\u0300",
    "👩‍👧", "😀" * 20, ":smile:", "/stop", "#tag", " ", "x" * 200, "漢" * 300, "\\[x\\](http://evil.example)", "`[x](http://evil.example)",
)  # fmt: skip
texts = st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=20)), max_size=30).map("".join)
# What would be a mention or a link in some chat: no message has it outside of code, and the first even there.
LOUD = re.compile(r"@(?:everyone|here|channel|all)\b|<!|<@|<users/")
ACTIVE = re.compile(r"@ana|<[!@#:][\w!&]|<at>|(?:https?://|www\.|mailto:)(?:x@)?evil")
CODE = re.compile(r"```(?:(?!```)[\s\S])*```|<pre>[\s\S]*</pre>")
# For programs, not for people: as it was sent.
RAW = {"Title", "Code", "source", "component", "group", "Where", "Rule", "Issue"}


def rendered(made: Notice) -> Iterator[tuple[type[ChatServer], Any]]:
    """Every message that the channels make of a notice."""
    first = outline.first(made, {"headline": "New issue"})
    for changes in ({}, {"now": outline.state(made)}):
        yield SlackServer, slack.message(first if changes else made, **changes)
        yield DiscordServer, discord.message(first if changes else made, **changes)
        yield MattermostServer, mattermost.message(first if changes else made, **changes)
        target = {"chat_id": "-100", **({"message_id": 1} if changes else {})}
        yield TelegramServer, {**target, **telegram.message(first if changes else made, **changes)}
    yield SlackServer, slack.reply(made)
    yield DiscordServer, discord.message(made, later=True, first=f"{ROOT}/1")
    yield MattermostServer, mattermost.post(made, short=True)
    yield TelegramServer, {"chat_id": "-100", **telegram.message(made, short=True)}
    for short in (False, True):
        yield GoogleChatServer, google_chat.message(made, short=short)
        yield TeamsServer, teams.message(made, reply_to="17" if short else "")
    yield NtfyServer, ntfy.message(made, "shop")
    yield PagerDutyServer, pagerduty.message(made, "k" * 32)


def strings(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """The texts in a payload with the name that each has."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from strings(inner, str(key))
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner, name)
    elif isinstance(value, str):
        yield name, value


class Links(HTMLParser):
    """The tags of HTML, the addresses of its links, and the text outside of links and code."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags, self.links, self.bare, self._open = set[str](), list[str](), "", list[str]()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [str(value) for _, value in attrs]
        if tag != "br":
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"a", "code", "pre"} & set(self._open):
            self.bare += data


def check_slack(payload: Any) -> None:
    parsed = [payload["text"]]
    for block in payload["blocks"]:
        inner = [block.get("text", {}), *block.get("fields", ()), *block.get("elements", ())]
        parsed += [one["text"] for one in inner if one.get("type") == "mrkdwn"]
    for text in parsed:
        assert all(inside.startswith(ROOT) for inside in re.findall(r"<([^>]*)>", text)), text
        assert text.count("```") in (0, 2)
        assert "```" not in text or re.fullmatch(r"```\n(?:(?!```)[\s\S])*\n```", text)


def check_markdown(payload: Any) -> None:
    """Of Discord and Mattermost."""
    # Plain text: nothing in a footer is markup.
    embeds = [{**one, "footer": ""} for one in payload.get("embeds", ())]
    for name, text in strings({**payload, "embeds": embeds}):
        if name in ("url", "title_link", "fallback", "footer"):
            continue
        outside = re.sub(r"```\n(?:(?!```)[\s\S])*\n```", "", text)
        assert "```" not in outside
        # From the left: a backslash with what it escapes, or a span of code, whichever begins first.
        outside = re.sub(r"\\[^\w\s]|`[^`\n]*`", "", outside)
        assert all(target.startswith(ROOT) for target in re.findall(r"\]\(([^)]*)\)", outside)), text
        assert not re.search(r"https?://", re.sub(r"\]\([^)]*\)", "", outside))


def check_telegram(payload: Any) -> None:
    found = Links(payload["text"])
    assert found.tags <= {"b", "i", "a", "code", "pre"}
    assert all(link.startswith(ROOT) for link in found.links)
    assert not re.search(r"@\w|https?://|(?:^|\s)/\w", found.bare)


def check_google_chat(payload: Any) -> None:
    for name, text in strings(payload["cardsV2"]):
        if name == "text" and text:
            found = Links(text)
            assert found.tags <= {"b", "i", "br", "a", "code"}
            assert all(link.startswith(ROOT) for link in found.links)
    assert all(text.startswith(ROOT) for name, text in strings(payload) if name == "url")


def check_teams(payload: Any) -> None:
    for name, text in strings(payload):
        assert "{{" not in text
        assert "${" not in text
        if name == "url":
            assert text.startswith(ROOT)


def check_plain(payload: Any) -> None:
    payload = {**payload, "payload": {**payload.get("payload", {}), "custom_details": {}}}
    for name, text in strings(payload):
        if name in ("click", "url", "href", "client_url"):
            assert text.startswith(ROOT)


CHECKS: dict[type[ChatServer], Callable[[Any], None]] = {
    SlackServer: check_slack,
    DiscordServer: check_markdown,
    MattermostServer: check_markdown,
    TelegramServer: check_telegram,
    GoogleChatServer: check_google_chat,
    TeamsServer: check_teams,
    NtfyServer: check_plain,
    PagerDutyServer: check_plain,
}


def check(made: Notice) -> None:
    for kind, payload in rendered(made):
        body = json.dumps(payload, ensure_ascii=False).encode()
        assert flaws(kind.name, payload) == []
        assert kind().limits(payload, len(body)) == []
        CHECKS[kind](payload)
        for name, text in strings(payload):
            if name not in RAW and not (kind is TeamsServer and name == "text"):
                assert not ACTIVE.search(CODE.sub("", text)), (kind.name, name, text)
            assert name in RAW or not LOUD.search(text), (kind.name, name, text)
            assert not re.search("[\u202a-\u202e\u2066-\u2069\u2028\x00-\x08\x0e-\x1f]", text)


@settings(max_examples=25, deadline=None)
@given(texts, st.sampled_from(list(News)))
def test_no_text_mentions_links_or_breaks_out(text: str, news: News) -> None:
    check(spoiled(text, news))


@pytest.mark.parametrize("news", [News.NEW, News.BURST])
@pytest.mark.parametrize("text", ["<![`&", "😀", "漢\u0300", '"\\', "a_b\n"])
def test_texts_of_any_size_keep_to_the_limits(text: str, news: News) -> None:
    check(spoiled(text * (20_000 // len(text)), news))


def test_an_event_that_says_nothing() -> None:
    for news in News:
        check(spoiled("", news))
        check(spoiled(ZW, news))
        check(
            replace(
                spoiled("", news), headline="x", url="", project=replace(notice().project, name="", url="")
            )
        )


def test_time_grows_with_the_text() -> None:
    def work(made: Notice) -> None:
        for _ in rendered(made):
            pass

    assert_linear(lambda size: spoiled("<@`\u0300é" * size), work, largest=1 << 16)
