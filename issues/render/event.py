"""An event as the page shows it: every section of a payload, in the order people read them.

In: the payload as stored. Out: frozen dataclasses of visible text and escaped HTML. Nothing here raises and no
section hides another: what has the wrong type is shown as it came. The sections are those of docs/protocol.md,
"What a good UI must show".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from issues.render import times
from issues.render.marks import marked
from issues.render.message import Message, message
from issues.render.sections import details
from issues.render.sections.breadcrumbs import Trail, breadcrumbs
from issues.render.sections.contexts import contexts, name_and_version
from issues.render.sections.request import Request, address_of, request
from issues.render.sections.tags import tags
from issues.render.sections.user import short_name, user
from issues.render.stack.exception import Chain, Thrown, chain
from issues.render.stack.frames import Stack, stack
from issues.render.stack.threads import Threads, threads
from issues.render.values import Table, line, mapping, pretty, string

RAW_CHARACTERS = 24_000
# What a timestamp loses on its way through the database.
_SAME = timedelta(seconds=1)


@dataclass(frozen=True)
class Chip:
    """A fact in the head of the page."""

    name: str
    value: str


@dataclass(frozen=True)
class Raw:
    """The payload as indented JSON, or its beginning."""

    text: str
    cut: bool


@dataclass(frozen=True)
class EventView:
    """Everything about one event but the rows around it."""

    type: str
    value: str
    handled: bool | None
    chips: tuple[Chip, ...]
    timestamp: datetime | None
    message: Message | None
    exceptions: Chain
    stack: Stack
    threads: Threads
    breadcrumbs: Trail
    request: Request | None
    user: Table | None
    tags: Table | None
    contexts: tuple[Table, ...]
    extra: Table | None
    modules: Table | None
    sdk: Table | None
    csp: Table | None
    debug_images: Table | None
    other: Table | None
    fingerprint: str
    raw: Raw

    @property
    def bare_frames(self) -> int:
        """How many frames lack their source and variables to keep the page small."""
        return self.stack.bare + sum(thrown.stack.bare for thrown in self.exceptions.thrown)

    @property
    def sections(self) -> tuple[tuple[str, str], ...]:
        """Anchor and title of every section that has something to show."""
        named = (
            ("message", "Message", self.message),
            ("stack-trace", "Stack trace", self.exceptions.thrown or self.stack),
            ("csp", "Policy report", self.csp),
            ("threads", "Threads", self.threads),
            ("breadcrumbs", "Breadcrumbs", self.breadcrumbs),
            ("request", "Request", self.request),
            ("user", "User", self.user),
            ("tags", "Tags", self.tags),
            ("contexts", "Contexts", self.contexts),
            ("extra", "Extra", self.extra),
            ("modules", "Modules", self.modules),
            ("debug-images", "Debug images", self.debug_images),
            ("sdk", "SDK", self.sdk),
            ("other", "Other", self.other),
            ("grouping", "Grouping", True),
            ("raw", "JSON", True),
        )
        return tuple((anchor, title) for anchor, title, content in named if content)


def render(
    payload: dict[str, Any],
    *,
    platform: str = "",
    timestamp: datetime | None = None,
    notes: object = None,
    every: bool = False,
    oldest_first: bool = False,
) -> EventView:
    """`every` opens all frames and leaves none out; `oldest_first` turns stack traces around.

    `timestamp` is the event's corrected time, by which breadcrumbs are shifted alike; `notes` are `Event.notes`.
    """
    language = platform or string(payload.get("platform"))
    at = times.moment(payload.get("timestamp"))
    shift = timestamp - at if timestamp and at and abs(timestamp - at) > _SAME else timedelta(0)
    at = times.shifted(at, shift)
    raw = Raw(*pretty(payload, RAW_CHARACTERS))
    chips = _chips(payload)
    payload = marked(payload, notes)
    thrown = chain(
        _first(payload, "exception", "sentry.interfaces.Exception"),
        language,
        every=every,
        oldest_first=oldest_first,
    )
    beside = stack(
        _first(payload, "stacktrace", "sentry.interfaces.Stacktrace"),
        language,
        every=every,
        oldest_first=oldest_first,
    )
    said = message(payload)
    main = thrown.main
    return EventView(
        type=main.type if main else "",
        value=main.value.text if main and main.value else "",
        handled=_handled(thrown.thrown),
        chips=chips,
        timestamp=at,
        message=None if said and main and _repeats(said, main) else said,
        exceptions=thrown,
        stack=beside,
        threads=threads(payload.get("threads"), language, every=every, oldest_first=oldest_first),
        breadcrumbs=breadcrumbs(_first(payload, "breadcrumbs", "sentry.interfaces.Breadcrumbs"), at, shift),
        request=request(_first(payload, "request", "sentry.interfaces.Http")),
        user=user(_first(payload, "user", "sentry.interfaces.User")),
        tags=tags(payload.get("tags")),
        contexts=contexts(payload.get("contexts")),
        extra=details.extra_data(payload.get("extra")),
        modules=details.modules(payload.get("modules")),
        sdk=details.sdk(payload.get("sdk")),
        csp=details.csp(payload.get("csp")),
        debug_images=details.debug_images(payload.get("debug_meta")),
        other=details.other(payload),
        fingerprint=""
        if payload.get("fingerprint") in (None, [], "")
        else line(payload["fingerprint"], 1_000),
        raw=raw,
    )


def _first(payload: dict[str, Any], *names: str) -> object:
    return next((payload[name] for name in names if payload.get(name) not in (None, "", [], {})), None)


def _handled(thrown: tuple[Thrown, ...]) -> bool | None:
    """False as soon as one exception was not handled, None when no SDK said."""
    said = [one.mechanism.handled for one in thrown if one.mechanism.handled is not None]
    return all(said) if said else None


def _repeats(said: Message, main: Thrown) -> bool:
    """Whether the message only says the exception again, as raven's `Type: value` does."""
    value = main.value.text if main.value else ""
    text = said.text.text.strip()
    return not said.params and text in (value.strip(), f"{main.type}: {value}".strip(), main.type)


def _chips(payload: dict[str, Any]) -> tuple[Chip, ...]:
    about = mapping(payload.get("contexts"))
    sent_request = _first(payload, "request", "sentry.interfaces.Http")
    release = line(payload.get("release"))
    if release and payload.get("dist") not in (None, ""):
        release = f"{release} ({line(payload['dist'], 64)})"
    facts = (
        ("environment", line(payload.get("environment"), 64)),
        ("release", release),
        ("transaction", line(payload.get("transaction"))),
        ("url", address_of(sent_request)),
        ("user", short_name(_first(payload, "user", "sentry.interfaces.User"))),
        ("server", line(payload.get("server_name"), 120)),
        ("logger", line(payload.get("logger"), 120)),
        ("browser", name_and_version(about.get("browser"))),
        ("os", name_and_version(about.get("os"))),
        ("device", line(mapping(about.get("device")).get("model"), 80)),
        ("runtime", name_and_version(about.get("runtime"))),
    )
    return tuple(Chip(name, value) for name, value in facts if value)
