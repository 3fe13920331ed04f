"""A project's inbound filters, compiled: which rule an event falls under. Pure.

What they are for is Sentry's inbound filters as its documentation describes them; patterns ignore case and match the
whole text. Where a rule could drop an error that is the program's own, it does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ingest.filters import browsers, event, lines
from ingest.filters.addresses import Networks, address
from ingest.filters.globs import Globs

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
# Errors that extensions and toolbars leave in every page; from the public lists of what to ignore in a browser.
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


@dataclass(frozen=True, slots=True)
class Filters:
    """What one project does not want to keep."""

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
        """Of the settings as they are stored: the texts have one pattern a line. Lines that are none are left out."""
        return cls(
            browser_extensions=browser_extensions,
            legacy_browsers=legacy_browsers,
            localhost=localhost,
            web_crawlers=web_crawlers,
            error_messages=Globs(lines.split(error_messages)),
            releases=Globs(lines.split(releases)),
            blocked_addresses=Networks(lines.networks(blocked_addresses)),
        )

    def verdict(self, payload: Mapping[str, Any], *, remote_addr: str | None) -> str | None:
        """The name of the first rule that `payload`, sent from `remote_addr`, falls under; None when it is kept."""
        if self.blocked_addresses and any(
            one in self.blocked_addresses for one in event.addresses(payload, remote_addr)
        ):
            return "blocked_addresses"
        if self.releases and self.releases.match(event.release(payload)):
            return "releases"
        if self.error_messages and any(map(self.error_messages.match, event.texts(payload))):
            return "error_messages"
        if self.localhost and _local(payload):
            return "localhost"
        if self.browser_extensions and _of_extension(payload):
            return "browser_extensions"
        if self.web_crawlers or self.legacy_browsers:
            return self._by_agent(payload)
        return None

    def _by_agent(self, payload: Mapping[str, Any]) -> str | None:
        agent = event.agent(payload)
        if self.web_crawlers and browsers.is_crawler(agent):
            return "web_crawlers"
        if self.legacy_browsers and (
            browsers.is_legacy(agent) if agent else browsers.is_legacy_context(*event.browser(payload))
        ):
            return "legacy_browsers"
        return None


def _local(payload: Mapping[str, Any]) -> bool:
    """Whether the page or request was on the developer's own machine.

    Its URL says so, or where it has none its user's address. The sender's address does not: a server beside Rustrak
    sends from there as well. Nor do `.local` names: company networks use them.
    """
    if host := event.host(event.url(payload)):
        return host == "localhost" or host.endswith(".localhost") or _loopback(host)
    user = event.user_address(payload)
    return user is not None and user.is_loopback


def _loopback(host: str) -> bool:
    found = address(host)
    return found is not None and (found.is_loopback or found.is_unspecified)


def _of_extension(payload: Mapping[str, Any]) -> bool:
    """Whether a browser's extension threw it. Extensions also wrap a page's own functions, so frames further down
    say nothing."""
    if payload.get("platform") not in (None, "", "javascript", "other"):
        return False
    places = (event.thrown_in(payload), event.url(payload))
    if any(place.lower().startswith(_EXTENSIONS) for place in places):
        return True
    return any(map(_OF_EXTENSIONS.match, event.texts(payload)))
