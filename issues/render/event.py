"""An event as its page shows it: every section of the payload, in the order people read them.

In: the payload as it is stored. Out: frozen dataclasses of visible text and escaped HTML. Nothing here raises, and no
section hides another: a value of the wrong type is shown as it was sent. What the title, the culprit and the tags say
is read by issues.payload, as the stored columns are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from issues.payload import fields, stack, tags, title
from issues.payload.access import interface, items, mapping, text
from issues.payload.notes import Notes, What
from issues.payload.timestamp import moment
from issues.payload.user import with_address
from issues.render import times
from issues.render.json_tokens import indented
from issues.render.marks import marked
from issues.render.message import Message, message
from issues.render.notes import rows
from issues.render.room import Room
from issues.render.sections import details
from issues.render.sections import tags as tag_section
from issues.render.sections.breadcrumbs import Trail, breadcrumbs
from issues.render.sections.contexts import contexts, name_and_version
from issues.render.sections.request import Request, address_of, request
from issues.render.sections.user import condition_of, short_name, user
from issues.render.stack import trace
from issues.render.stack.exception import Chain, Thrown, chain
from issues.render.stack.reading import SourceLink, reading
from issues.render.stack.threads import Threads, name_of, threads
from issues.render.tables import Table, is_empty
from issues.render.values import LONGEST_TEXT, line, string, visible

LONGEST_RAW = 24_000
# A stored time may be this much off the payload's without having been corrected: databases round it.
_ROUNDED = timedelta(seconds=1)
# Python's modules of the exceptions that everybody knows.
_BUILT_IN = frozenset({"builtins", "exceptions", "__builtin__", "__main__"})
_QUALIFIED = re.compile(r"[.\\]|::")


@dataclass(frozen=True)
class Chip:
    """A fact in the head of the page, such as the release. `key` and `searched` are a condition of issues.query that events with
    this fact meet; `key` is empty where there is none, and begins with `tag:` for a tag."""

    name: str
    value: str
    key: str = ""
    searched: str = ""


@dataclass(frozen=True)
class Raw:
    """The payload as indented JSON, or its beginning."""

    text: str
    cut: bool


@dataclass(frozen=True)
class EventView:
    """Everything about one event that its payload says.

    `type` and `value` are the parts of the title (issues.payload.title). `timestamp` is None when the time is unknown.
    `is_titled_by_message`: the title says all of the message. `stack_of` names the thread whose stack stands for that of the exception or message. `is_cut` says that the page has
    no room for all of it.
    """

    type: str
    value: str
    handled: bool | None
    chips: tuple[Chip, ...]
    timestamp: datetime | None
    message: Message | None
    exceptions: Chain
    stack: trace.Stack
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
    stack_of: str = ""
    is_titled_by_message: bool = False
    is_cut: bool = False

    @property
    def has_stack(self) -> bool:
        """Whether the event has a stack trace outside of its threads, or one of theirs stands for it."""
        return bool(self.stack) or self.exceptions.has_stack

    @property
    def bare_frames(self) -> int:
        """How many frames lack their source and variables to keep the page small."""
        return self.stack.bare + sum(thrown.stack.bare for thrown in self.exceptions.thrown)

    @property
    def sections(self) -> tuple[tuple[str, str], ...]:
        """Anchor and title of every section that has something to show."""
        named = (
            ("message", "Message", self.message and not self.is_titled_by_message),
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


def event_view(
    payload: dict[str, Any],
    *,
    platform: str = "",
    timestamp: datetime | None = None,
    notes: object = None,
    expand_all: bool = False,
    oldest_first: bool = False,
    source_link: SourceLink | None = None,
    stored: dict[str, Any] | None = None,
) -> EventView:
    """What the page shows of the event with this payload; `platform`, `timestamp` and `notes` are its stored columns. Where the payload is
    its readable form (issues.mapping), `stored` is the payload itself.

    Where `timestamp` was corrected, breadcrumbs are moved alike. `expand_all` opens all frames and hides none;
    `oldest_first` turns stack traces around. `source_link` says where the application's frames are in a repository.
    """
    payload = with_address(payload, _client_address(notes))
    language = platform or string(payload.get("platform"))
    at = moment(payload.get("timestamp"))
    shift = timestamp - at if timestamp and at and abs(timestamp - at) > _ROUNDED else timedelta(0)
    at = times.shifted(at, shift)
    # Each has the room of its own: what is thrown, and everything else in the order in which it matters.
    of_stacks, room = Room(), Room()
    own_tags = tags.read(payload)
    type_, value = title.type_and_value(payload)
    said = message(payload, with_marks := marked(payload, notes), room)
    how = reading(
        payload, language, expand_all=expand_all, oldest_first=oldest_first, source_link=source_link
    )
    holder = stack.main_holder(with_marks)
    in_thread = holder is not None and any(holder is one for one in items(with_marks.get("threads")))
    beside = stack.sent(holder) if holder is not None and (in_thread or holder is with_marks) else None
    thrown = chain(interface(with_marks, "exception"), how, of_stacks, beside=beside)
    # What is shown with the exception is not shown again.
    own = (
        None
        if thrown.thrown and holder is with_marks
        else trace.stack(stack.sent(with_marks), how, of_stacks)
    )
    if in_thread and not thrown.thrown:
        own = (own or trace.Stack()).or_else(trace.stack(beside, how, of_stacks))
    if type_ and thrown.main and not thrown.main.type:
        thrown = replace(thrown, thrown=(replace(thrown.main, type=visible(type_)), *thrown.thrown[1:]))
    # In the order in which they matter: the last ones may find no room.
    return EventView(
        type=visible(type_),
        value=visible(value[:LONGEST_TEXT]) if type_ else "",
        handled=_handled(thrown.thrown),
        chips=_chips(payload, own_tags, thrown.main),
        timestamp=at or timestamp,
        message=None if said and thrown.main and _repeats(said, thrown.main) else said,
        exceptions=thrown,
        stack=own or trace.Stack(),
        is_titled_by_message=not type_
        and said is not None
        and said.is_all_of(visible(title.title("", value))),
        stack_of=name_of(holder) if in_thread else "",
        threads=threads(with_marks.get("threads"), how, of_stacks, above=holder if in_thread else None),
        user=user(interface(with_marks, "user"), room),
        tags=tag_section.tags(with_marks, room, own_tags),
        request=request(interface(with_marks, "request"), room),
        contexts=contexts(with_marks.get("contexts"), room),
        breadcrumbs=breadcrumbs(interface(with_marks, "breadcrumbs"), at, shift, room),
        csp=details.csp(with_marks.get("csp"), room),
        extra=details.extra_data(with_marks.get("extra"), room, with_marks.get("csp")),
        sdk=details.sdk(with_marks.get("sdk"), room),
        modules=details.modules(with_marks.get("modules"), room),
        debug_images=details.debug_images(with_marks.get("debug_meta"), room),
        other=details.other(with_marks, room),
        # As in issues.payload.fingerprint: what is not a list counts as absent.
        fingerprint=line(payload["fingerprint"], 1_000)
        if isinstance(payload.get("fingerprint"), list) and payload["fingerprint"]
        else "",
        raw=Raw(
            *indented(
                payload if stored is None else with_address(stored, _client_address(notes)), LONGEST_RAW
            )
        ),
        is_cut=room.full or of_stacks.full,
    )


def _client_address(notes: object) -> str:
    """The address that the digest filled in for the user."""
    return next((detail for _, what, detail in rows(notes) if what == What.CLIENT_ADDRESS), "")


def _handled(thrown: tuple[Thrown, ...]) -> bool | None:
    """Whether all exceptions were handled; None when the SDK does not say."""
    said = [one.mechanism.handled for one in thrown if one.mechanism.handled is not None]
    return all(said) if said else None


def _repeats(said: Message, main: Thrown) -> bool:
    """Whether the message only repeats the exception, as raven's `Type: value` does."""
    value = main.value.text if main.value else ""
    text = said.text.text.strip()
    return not said.params and text in (value.strip(), f"{main.type}: {value}".strip(), main.type)


def _class_of(main: Thrown | None) -> str:
    """The type of an exception with its module, where the SDK sends one that says more than `builtins`."""
    if main is None or not main.module or not main.type or main.module in _BUILT_IN:
        return ""
    # A type that has a name space is complete: the module that .NET sends with it is the name of an assembly.
    if _QUALIFIED.search(main.type) or main.type.startswith(main.module):
        return ""
    return line(f"{main.module}.{main.type}")


def _chips(payload: dict[str, Any], own_tags: dict[str, str], main: Thrown | None) -> tuple[Chip, ...]:
    about, notes = mapping(payload.get("contexts")), Notes()
    stored = fields.release(payload, own_tags, notes)
    release = line(stored)
    if release and not is_empty(payload.get("dist")):
        release = f"{release} ({line(payload['dist'], 64)})"
    environment = fields.environment(payload, own_tags, notes)
    transaction = fields.transaction(payload.get("transaction"), notes)
    request_ = interface(payload, "request")
    who = interface(payload, "user")
    origin = tags.with_origin(own_tags, payload)
    type_ = title.type_and_value(payload)[0]
    facts = (
        # Of a longer one only the beginning is here, which is no type.
        Chip("exception", _class_of(main), "type", type_ if len(type_) < title.LONGEST_TYPE else ""),
        Chip("environment", line(environment, 64), "environment", environment),
        Chip("release", release, "release", stored),
        Chip("transaction", line(transaction), "transaction", transaction),
        Chip("url", address_of(request_), "url", text(mapping(request_).get("url"))),
        Chip("user", short_name(who), *condition_of(who)),
        Chip(
            "server", line(payload.get("server_name"), 120), "tag:server_name", origin.get("server_name", "")
        ),
        Chip("logger", line(payload.get("logger"), 120), "tag:logger", origin.get("logger", "")),
        Chip("browser", name_and_version(about.get("browser"))),
        Chip("os", name_and_version(about.get("os"))),
        Chip("device", line(mapping(about.get("device")).get("model"), 80)),
        Chip("runtime", name_and_version(about.get("runtime"))),
    )
    return tuple(chip for chip in facts if chip.value)
