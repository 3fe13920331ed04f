from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.filters.browsers import is_crawler, is_legacy, is_legacy_context
from ingest.filters.rules import Filters

EVERYTHING = Filters.compiled(
    browser_extensions=True,
    legacy_browsers=True,
    localhost=True,
    web_crawlers=True,
    error_messages="TypeError*\n*timed out*",
    releases="shop@0.*\nold",
    blocked_addresses="192.0.2.0/24\n2001:db8::/32\n198.51.100.7\n::ffff:203.0.113.9",
)
CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
)
IE11 = "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko"
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def thrown(kind: str | None = "E", value: str | None = "v", *files: str, **more: Any) -> dict[str, Any]:
    frames = [{"abs_path": file, "filename": file} for file in files]
    exception = {"type": kind, "value": value, "stacktrace": {"frames": frames}}
    return {"exception": {"values": [exception]}, "platform": "javascript", **more}


def page(url: str = "https://shop.example/", agent: str | None = CHROME) -> dict[str, Any]:
    return {"request": {"url": url, "headers": {} if agent is None else {"User-Agent": agent}}}


CASES: list[tuple[str | None, dict[str, Any]]] = [
    # Error messages: "type: value", value, type, and messages of any form.
    ("error_messages", thrown("TypeError", "x is undefined")),
    ("error_messages", thrown("typeerror", None)),
    ("error_messages", thrown("E", "TypeError inside")),
    ("error_messages", thrown("E", "the query timed out at last")),
    ("error_messages", {"message": "request timed out"}),
    ("error_messages", {"message": {"message": "request timed out"}}),
    ("error_messages", {"logentry": {"message": "%s timed out", "params": ["It"]}}),
    ("error_messages", {"logentry": {"message": "%s", "params": ["TypeError"]}}),
    ("error_messages", {"logentry": {"message": "%s", "formatted": "TypeError"}}),
    (None, thrown("ValueError", "a TypeError inside")),
    (None, {"message": "all is well"}),
    # Only what gives the event its name.
    (None, {"exception": {"values": [{"type": "TypeError", "value": "cause"}, {"type": "E", "value": "v"}]}}),
    ("error_messages", {"exception": [{"type": "E", "value": "v"}, {"type": "TypeError", "value": "main"}]}),
    # Releases.
    ("releases", {"release": "shop@0.9.1"}),
    ("releases", {"release": "OLD"}),
    ("releases", {"tags": {"release": "old"}}),
    ("releases", {"tags": [["release", "old"]]}),
    (None, {"release": "older"}),
    (None, {"release": "shop@1.0.0"}),
    (None, {"release": 7}),
    # Addresses that the event names.
    ("blocked_addresses", {"user": {"ip_address": "192.0.2.77"}}),
    ("blocked_addresses", {"user": {"ip_address": "2001:DB8::1"}}),
    ("blocked_addresses", {"user": {"ip_address": "::ffff:192.0.2.77"}}),
    ("blocked_addresses", {"request": {"env": {"REMOTE_ADDR": "203.0.113.9"}}}),
    (None, {"user": {"ip_address": "{{auto}}"}}),
    (None, {"user": {"ip_address": "203.0.113.10"}}),
    # Localhost.
    ("localhost", page("http://localhost/")),
    ("localhost", page("http://LOCALHOST:3000/a?b#c")),
    ("localhost", page("http://user@localhost")),
    ("localhost", page("http://app.localhost/")),
    ("localhost", page("http://127.0.0.1:8000/")),
    ("localhost", page("http://127.8.8.8/")),
    ("localhost", page("http://[::1]:5173/")),
    ("localhost", page("http://0.0.0.0:8000/")),
    ("localhost", {"user": {"ip_address": "127.0.0.1"}}),
    ("localhost", {"user": {"ip_address": "::1"}}),
    (None, page("https://localhost.example/")),
    (None, page("https://shop.example/localhost")),
    (None, page("http://intranet.local/")),
    (None, {**page(), "user": {"ip_address": "127.0.0.1"}}),
    (None, {"server_name": "localhost"}),
    # Browser extensions.
    ("browser_extensions", thrown("E", "v", "https://shop.example/a.js", "chrome-extension://abc/content.js")),
    ("browser_extensions", thrown("E", "v", "moz-extension://abc/content.js", "<anonymous>")),
    ("browser_extensions", thrown("E", "v", "safari-web-extension://abc/content.js")),
    ("browser_extensions", thrown("E", "v", "safari-extension://abc/content.js")),
    ("browser_extensions", thrown("E", "v", "webkit-masked-url://hidden/")),
    ("browser_extensions", thrown("Error", "Extension context invalidated.")),
    ("browser_extensions", thrown("ReferenceError", "Can't find variable: ZiteReader")),
    ("browser_extensions", thrown("UnhandledRejection", "Non-Error promise rejection captured with value: Object Not Found Matching Id:3")),
    ("browser_extensions", {"message": "top.GLOBALS is not defined"}),
    ("browser_extensions", page("chrome-extension://abc/popup.html")),
    # An extension that wraps the page's own function is below it.
    (None, thrown("E", "v", "chrome-extension://abc/wrap.js", "https://shop.example/a.js")),
    (None, {**thrown("NameError", "top.GLOBALS is not defined"), "platform": "python"}),
    (None, thrown("E", "v", "https://shop.example/chrome-extension://x.js")),
    # Browsers.
    ("web_crawlers", page(agent=GOOGLEBOT)),
    ("web_crawlers", {"request": {"headers": [["user-agent", GOOGLEBOT]]}}),
    ("web_crawlers", {"request": {"headers": {"USER-AGENT": [GOOGLEBOT]}}}),
    ("legacy_browsers", page(agent=IE11)),
    ("legacy_browsers", {"contexts": {"browser": {"name": "IE", "version": "11.0"}}}),
    ("legacy_browsers", {"contexts": {"browser": {"name": "Safari", "version": "9.1.2"}}}),
    (None, {"contexts": {"browser": {"name": "Safari", "version": "17.4"}}}),
    (None, {**page(), "contexts": {"browser": {"name": "IE", "version": "11.0"}}}),
    (None, page()),
    (None, page(agent=None)),
    (None, {}),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "event"), CASES)
def test_verdict(rule: str | None, event: dict[str, Any]) -> None:
    assert EVERYTHING.verdict(event, remote_addr="203.0.113.1") == rule
    assert Filters().verdict(event, remote_addr="203.0.113.1") is None


@pytest.mark.parametrize(
    ("address", "blocked"),
    [
        ("192.0.2.1", True),
        ("192.0.3.1", False),
        ("198.51.100.7", True),
        ("::ffff:198.51.100.7", True),
        ("2001:db8:1::1", True),
        ("2001:db9::1", False),
        ("203.0.113.9", True),
        ("nonsense", False),
        (None, False),
    ],
)
def test_the_clients_address_counts(address: str | None, blocked: bool) -> None:
    assert EVERYTHING.verdict({}, remote_addr=address) == ("blocked_addresses" if blocked else None)


def test_a_server_beside_rustrak_is_not_localhost() -> None:
    assert EVERYTHING.verdict({"platform": "python"}, remote_addr="127.0.0.1") is None


@pytest.mark.parametrize(
    "agent",
    [
        IE11,
        "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)",
        "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/64.0.3282.140 Safari/537.36 Edge/18.17763",
        "Opera/9.80 (Windows NT 6.1; WOW64) Presto/2.12.388 Version/12.18",
        "Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1; en) Opera 8.50",
        "Opera/9.80 (J2ME/MIDP; Opera Mini/7.1.32052/29.3709; U; en) Presto/2.8.119 Version/11.10",
        "Mozilla/5.0 (Linux; U; Android 4.0.3; de-de; Galaxy) AppleWebKit/534.30 (KHTML, like Gecko) Version/4.0 Mobile Safari/534.30",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_6) AppleWebKit/601.7.7 (KHTML, like Gecko) Version/9.1.2 Safari/601.7.7",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 11_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/11.0 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (Windows NT 6.1; rv:52.0) Gecko/20100101 Firefox/52.0",
        "Mozilla/5.0 (Windows NT 6.1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/49.0.2623.112 Safari/537.36",
    ],
)
def test_legacy(agent: str) -> None:
    assert is_legacy(agent)


@pytest.mark.parametrize(
    "agent",
    [
        CHROME,
        CHROME + " Edg/126.0.0.0",
        CHROME + " OPR/111.0.0.0",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36",
        "Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0",
        "curl/8.5.0",
        "",
    ],
)
def test_not_legacy(agent: str) -> None:
    assert not is_legacy(agent)


def test_a_context_without_a_version_is_not_legacy_unless_all_are() -> None:
    assert is_legacy_context("Opera Mini", None)
    assert not is_legacy_context("Chrome", None)
    assert not is_legacy_context("Chrome", {"major": 1})
    assert not is_legacy_context(None, "1")


@pytest.mark.parametrize(
    ("agent", "crawler"),
    [
        (GOOGLEBOT, True),
        ("Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/116.0 Safari/537.36", True),
        ("Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)", True),
        ("Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)", True),
        ("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", True),
        ("Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)", True),
        ("Mediapartners-Google", True),
        (CHROME, False),
        (CHROME.replace("X11; Linux x86_64", "Linux; Android 11; CUBOT NOTE 20"), False),
        (CHROME.replace("X11; Linux x86_64", "Linux; Android 11; CUBOT_X18_Plus"), False),
        ("python-requests/2.32", False),
        ("", False),
    ],
)  # fmt: skip
def test_crawlers(agent: str, crawler: bool) -> None:
    assert is_crawler(agent) is crawler


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)
_NAMES = st.sampled_from(
    ["exception", "request", "user", "contexts", "tags", "release", "logentry", "message", "platform", "threads"]
)  # fmt: skip
_INNER = st.dictionaries(
    st.sampled_from(["values", "headers", "url", "env", "ip_address", "browser", "type", "value", "stacktrace", "frames"]),
    _JSON,
)  # fmt: skip


@given(st.dictionaries(_NAMES, _JSON | _INNER | st.lists(_INNER)), st.none() | st.text(max_size=40))
def test_never_raises(event: dict[str, Any], address: str | None) -> None:
    EVERYTHING.verdict(event, remote_addr=address)


@given(st.text(), st.text(), st.text())
def test_stored_settings_of_any_kind_compile(messages: str, releases: str, addresses: str) -> None:
    filters = Filters.compiled(error_messages=messages, releases=releases, blocked_addresses=addresses)
    assert filters.verdict({}, remote_addr=None) is None
