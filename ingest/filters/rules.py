"""A project's inbound filters, compiled, and which of them matches an event. Pure.

They are Sentry's inbound filters as docs.sentry.io describes them ("Inbound Data Filters"). Patterns ignore case and match
the whole text. A filter must not drop an error of the program itself: in doubt it does not match.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ingest.filters import browsers, event, lines
from ingest.filters.addresses import Networks, address
from rustrak.lib.text.globs import TEXT_LIMIT, Globs

_EXTENSIONS = (
    "chrome-extension://",
    "moz-extension://",
    "ms-browser-extension://",
    "safari-extension://",
    "safari-web-extension://",
    "webkit-masked-url://",
    "chrome://",
    "resource://",
    "edge://",
)
# Errors that extensions and toolbars cause in every page; from public lists of browser errors to ignore.
_OF_EXTENSIONS = Globs(
    [
        "*extension context invalidated*",
        "*message port closed before a response was received*",
        "*receiving end does not exist*",
        "*could not establish connection*receiving end*",
        "*chrome-extension://*",
        "*moz-extension://*",
        "*safari-extension://*",
        "*safari-web-extension://*",
        "*top.GLOBALS*",
        "*originalCreateNotification*",
        "*canvas.contentDocument*",
        "*MyApp_RemoveAllHighlights*",
        "*atomicFindClose*",
        "*conduitPage*",
        "*bmi_SafeAddOnload*",
        "*EBCallBackMessageReceived*",
        "*fb_xd_fragment*",
        "*miscellaneous_bindings*",
        "*jigsaw is not defined*",
        "*ComboSearch is not defined*",
        "*Can't find variable: ZiteReader*",
        "*Can't find variable: _AutofillCallbackHandler*",
        "*Can't find variable: gmo*",
        "*_avast_submit*",
        "*plugin.setSuspendState is not a function*",
        "*Object Not Found Matching Id:*",
        '*can\'t redefine non-configurable property "solana"*',
        '*can\'t redefine non-configurable property "ethereum"*',
        "*Cannot redefine property: ethereum*",
        "*Cannot redefine property: googletag*",
        "*vv().getRestrictions is not a function*",
    ]
)


class Rule(StrEnum):
    """The names of the filters: settings of the project, and reasons in the ledger."""

    BLOCKED_ADDRESSES = "blocked_addresses"
    RELEASES = "releases"
    ERROR_MESSAGES = "error_messages"
    LOCALHOST = "localhost"
    BROWSER_EXTENSIONS = "browser_extensions"
    WEB_CRAWLERS = "web_crawlers"
    LEGACY_BROWSERS = "legacy_browsers"


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of one project."""

    browser_extensions: bool = False
    legacy_browsers: bool = False
    localhost: bool = False
    web_crawlers: bool = False
    error_messages: Globs = field(default_factory=lambda: Globs([]))
    releases: Globs = field(default_factory=lambda: Globs([]))
    blocked_addresses: Networks = field(default_factory=lambda: Networks([]))

    @classmethod
    def compiled(
        cls,
        *,
        browser_extensions: bool = False,
        legacy_browsers: bool = False,
        localhost: bool = False,
        web_crawlers: bool = False,
        error_messages: str = "",
        releases: str = "",
        blocked_addresses: str = "",
    ) -> Filters:
        """From the settings as they are stored; the texts have one pattern per line. Lines that are not valid are skipped."""
        return cls(
            browser_extensions=browser_extensions,
            legacy_browsers=legacy_browsers,
            localhost=localhost,
            web_crawlers=web_crawlers,
            error_messages=Globs(lines.split(error_messages)),
            releases=Globs(lines.split(releases)),
            blocked_addresses=Networks(lines.networks(blocked_addresses)),
        )

    def verdict(self, payload: Mapping[str, Any], *, remote_addr: str | None) -> Rule | None:
        """The first filter that matches `payload`, sent from `remote_addr`; None if none does."""
        if self.blocked_addresses and any(
            one in self.blocked_addresses for one in event.addresses(payload, remote_addr)
        ):
            return Rule.BLOCKED_ADDRESSES
        if self.releases and self.releases.match(event.release(payload)):
            return Rule.RELEASES
        if self.error_messages and _any_matches(self.error_messages, event.texts(payload)):
            return Rule.ERROR_MESSAGES
        if self.localhost and _local(payload):
            return Rule.LOCALHOST
        if self.browser_extensions and _of_extension(payload):
            return Rule.BROWSER_EXTENSIONS
        if self.web_crawlers or self.legacy_browsers:
            return self._by_agent(payload)
        return None

    def _by_agent(self, payload: Mapping[str, Any]) -> Rule | None:
        """The filter that matches the event's User-Agent; an event without one may still have a browser context."""
        agent = event.agent(payload)
        if self.web_crawlers and browsers.is_crawler(agent):
            return Rule.WEB_CRAWLERS
        if self.legacy_browsers and (
            browsers.is_legacy(agent) if agent else browsers.is_legacy_context(*event.browser(payload))
        ):
            return Rule.LEGACY_BROWSERS
        return None


def _local(payload: Mapping[str, Any]) -> bool:
    """Whether the page or request was on the developer's own machine, by its URL or, without one, by the user's address.

    Not by the sender's address: a server on Rustrak's own machine sends from there too. Not by `.local` names: company
    networks use them.
    """
    if host := event.host(event.url(payload)):
        return host == "localhost" or host.endswith(".localhost") or _loopback(host)
    user = event.user_address(payload)
    return user is not None and user.is_loopback


def _loopback(host: str) -> bool:
    found = address(host)
    return found is not None and (found.is_loopback or found.is_unspecified)


def _of_extension(payload: Mapping[str, Any]) -> bool:
    """Whether a browser extension raised the error. Only the topmost frame counts: extensions also wrap the page's own
    functions and appear further down."""
    if payload.get("platform") not in (None, "", "javascript", "other"):
        return False
    urls = (event.thrown_in(payload), event.url(payload))
    if any(url.lower().startswith(_EXTENSIONS) for url in urls):
        return True
    return _any_matches(_OF_EXTENSIONS, event.texts(payload))


def _any_matches(globs: Globs, texts: Iterable[str]) -> bool:
    """Whether one of the patterns matches one of the texts, of which 2 * TEXT_LIMIT characters are looked at."""
    left = 2 * TEXT_LIMIT
    known = set()
    for text in texts:
        if text and text not in known and left > 0:
            known.add(text)
            if globs.match(text):
                return True
            left -= min(len(text), TEXT_LIMIT)
    return False
