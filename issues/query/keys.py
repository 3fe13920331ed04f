"""The keys of the grammar: what each is about, what its values are, and which other names are understood. A key that is
not here is the name of a tag.

The names that Sentry's users type are from Sentry's documentation, "Searchable properties".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto


class Kind(Enum):
    """What the values of a key are."""

    STATE = auto()  # one of STATES
    LEVEL = auto()  # one of LEVELS, also compared
    NUMBER = auto()  # a whole number, also compared
    TIME = auto()  # a duration until now or a date, compared
    RELEASE = auto()  # a name, also compared, or `latest`
    WORDS = auto()  # words that follow each other; in quotes the whole text
    NAME = auto()  # the whole text


#: The kinds of which a value may begin with an operator.
COMPARED = frozenset({Kind.LEVEL, Kind.NUMBER, Kind.TIME, Kind.RELEASE})
#: The kinds of which it is known without any data whether a value is right.
CHECKED = frozenset({Kind.STATE, Kind.LEVEL, Kind.NUMBER, Kind.TIME})

#: From the least to the most severe.
LEVELS = ("debug", "info", "warning", "error", "fatal")
OTHER_LEVELS = {"warn": "warning", "log": "info", "trace": "debug", "critical": "fatal", "err": "error"}

STATES = {
    "open": "not resolved and not muted",
    "resolved": "resolved",
    "muted": "muted",
    "new": "first seen in the last 24 hours",
    "regressed": "came back after it was resolved",
    "escalating": "many more events than usual",
    "assigned": "somebody looks after it",
    "unassigned": "nobody looks after it",
    "for_review": "new or back since you last looked",
    "watched": "you watch it",
}
OTHER_STATES = {"unresolved": "open", "ignored": "muted", "archived": "muted", "needs_review": "for_review"}


@dataclass(frozen=True, slots=True)
class Key:
    """One key. `name` is canonical, `others` are understood as well; `about` and `examples` are for people."""

    name: str
    kind: Kind
    about: str
    examples: tuple[str, ...]
    others: tuple[str, ...] = ()


KEYS = (
    Key("is", Kind.STATE, "state of the issue", ("is:open", "is:regressed", "is:unassigned")),
    Key("level", Kind.LEVEL, "level of any event", ("level:fatal", "level:>=error")),
    Key("environment", Kind.NAME, "environment of any event", ("environment:production",), ("env",)),
    Key(
        "release",
        Kind.RELEASE,
        "release of any event",
        ("release:shop@2.4.1", "release:>=2.4", "release:latest", "release:shop@2.*"),
    ),
    Key(
        "first-release",
        Kind.RELEASE,
        "release in which the issue was first seen",
        ("first-release:latest",),
        ("firstrelease",),
    ),
    Key(
        "resolved-in",
        Kind.RELEASE,
        "release in or after which the issue is resolved",
        ("resolved-in:shop@2.4.1", "resolved-in:latest"),
    ),
    Key(
        "regressed-in",
        Kind.RELEASE,
        "release in which the issue last came back",
        ("regressed-in:latest",),
    ),
    Key(
        "user",
        Kind.NAME,
        "ID, e-mail address, name or IP address of a user",
        ("user:8812", "user:ana@example.com"),
    ),
    Key("user.id", Kind.NAME, "ID of a user", ("user.id:8812",)),
    Key("user.email", Kind.NAME, "e-mail address of a user", ("user.email:*@example.com",)),
    Key("user.username", Kind.NAME, "name of a user", ("user.username:ana",), ("user.name",)),
    Key(
        "user.ip",
        Kind.NAME,
        "IP address of a user",
        ("user.ip:203.0.113.7",),
        ("user.ip-address",),
    ),
    Key(
        "first-seen",
        Kind.TIME,
        "when the issue was first seen",
        ("first-seen:<2d", "first-seen:>=2026-11-01"),
        ("firstseen", "age"),
    ),
    Key(
        "last-seen",
        Kind.TIME,
        "when the issue was last seen",
        ("last-seen:<30m", "last-seen:>1w"),
        ("lastseen",),
    ),
    Key(
        "times",
        Kind.NUMBER,
        "number of events",
        ("times:>100",),
        ("timesseen", "times-seen", "events", "event-count"),
    ),
    Key(
        "users",
        Kind.NUMBER,
        "number of users",
        ("users:>10",),
        ("usercount", "user-count", "users-seen"),
    ),
    Key(
        "assigned",
        Kind.NAME,
        "who looks after it",
        ("assigned:me", "assigned:none", "assigned:ana@example.com", "assigned:#payments"),
        ("assignee", "assigned-to", "assigned-or-suggested"),
    ),
    Key(
        "watching",
        Kind.NAME,
        "who watches it",
        ("watching:me", "watching:ana@example.com"),
        ("watched-by", "subscribed"),
    ),
    Key(
        "has",
        Kind.NAME,
        "what any event has: stacktrace, attachment, feedback, user, or a tag",
        ("has:stacktrace", "has:attachment", "has:feedback", "-has:browser"),
    ),
    Key(
        "type",
        Kind.NAME,
        "type of any exception, with those it was caused by",
        ("type:KeyError", "type:*Timeout"),
        ("error.type", "exception.type"),
    ),
    Key(
        "function",
        Kind.WORDS,
        "function in a stack trace",
        ("function:charge_card",),
        ("stack.function",),
    ),
    Key(
        "file",
        Kind.WORDS,
        "file in a stack trace",
        ("file:billing/charge.py",),
        ("filename", "stack.filename", "stack.abs-path", "stack.file"),
    ),
    Key("module", Kind.WORDS, "module in a stack trace", ("module:billing",), ("stack.module",)),
    Key("url", Kind.WORDS, "URL of a request", ("url:/checkout",), ("http.url", "request.url")),
    Key("transaction", Kind.WORDS, "name of a transaction", ("transaction:/checkout/{id}",)),
    Key(
        "message",
        Kind.WORDS,
        "message or value of an exception",
        ("message:timeout",),
        ("title", "error.value", "exception.value"),
    ),
    Key("project", Kind.NAME, "name of the project", ("project:shop",), ("project.name",)),
    Key(
        "monitor",
        Kind.NAME,
        "name of the cron monitor",
        ("monitor:nightly-backup",),
        ("monitor.slug", "monitor.name"),
    ),
)

#: What only an issue has, and none of its events.
OF_ISSUES = frozenset(
    {
        "is", "first-release", "resolved-in", "regressed-in", "times", "users", "assigned", "watching", "project",
        "monitor",
    }
)  # fmt: skip

#: Names of Sentry that have nothing to search for here, and what to do instead.
UNSUPPORTED = {
    "bookmarks": "There are no bookmarks here: watch issues, and write watching:me.",
    "error.handled": "Whether an error was handled is not searched for: write level:fatal.",
    "error.unhandled": "Whether an error was handled is not searched for: write level:fatal.",
    "timestamp": "Write last-seen: or first-seen:, as in last-seen:<24h.",
    "release.version": "Write release: with the whole name, or with stars: release:*@2.4.1.",
    "release.package": "Write release: with stars: release:shop@*.",
    "release.build": "Write release: with stars: release:*+245.",
    "issue.category": "All issues here are of one category: leave it out.",
    "issue.priority": "Issues here have no priority: write level:>=error or sort by trend.",
    "issue.type": "Issues here have no types of their own: write type: with the type of an exception.",
}


def normalized(name: str) -> str:
    """`name` as the table of keys has it: case does not matter, nor whether words are joined by `_` or `-`."""
    return name.lower().replace("_", "-")


_BY_NAME = {name: key for key in KEYS for name in (key.name, *key.others)}


def known(name: str) -> Key | None:
    """The key that is called `name`; None when a key of this name is a tag."""
    return _BY_NAME.get(normalized(name))


# Not what would be read as quotes or a list by itself.
_KIND_OF_USER = re.compile(r'(id|email|username|ip):(?=[^"“„\[:/])')


def kind_of_user(value: str) -> tuple[str, str]:
    """The key and the value of Sentry's `user:id:8812`; `user` and `value` for any other value."""
    found = _KIND_OF_USER.match(value)
    return (f"user.{found[1]}", value[found.end() :]) if found else ("user", value)


def unsupported(name: str) -> str:
    """Why nothing can be searched for with the key `name` of Sentry; empty when something can."""
    return UNSUPPORTED.get(normalized(name), "")
