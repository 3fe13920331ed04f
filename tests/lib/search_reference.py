"""Searches without any index: events as plain values, and what each condition means of them, one after the other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

#: What events have, few of each, so that searches find something.
TYPES = ("KeyError", "TimeoutError", "HTTPError", "error")
VALUES = ("card declined", "charge failed 42", "Карта отклонена", "declined card")
FUNCTIONS = ("charge_card", "chargeOrder", "load", "render_card")
FILES = ("billing/charge.py", "shop/cart.py", "billing/card.py")
LEVELS = ("debug", "info", "warning", "error", "fatal")
ENVIRONMENTS = ("production", "staging", "Prod")
#: In the order of their versions.
RELEASES = ("shop@1.9.0", "shop@1.10.0-rc.1", "shop@1.10.0", "shop@1.10.0+7", "shop@2.0")
USERS = (
    ("7", "ana@example.org", ""),
    ("8", "Bo@example.org", "bo"),
    ("", "cy@example.net", ""),
    ("", "", "dee"),
)
TAGS = (("color", "red"), ("color", "Red"), ("color", "dark red"), ("plan", "free"), ("plan", "100%"))


@dataclass(frozen=True)
class Sent:
    """One event: of the issue with this number, so many hours before now."""

    issue: int
    hours: int
    type: str
    value: str
    function: str
    file: str
    level: str
    environment: str
    release: str
    user: tuple[str, str, str] | None
    tags: tuple[tuple[str, str], ...]

    def payload(self, now: datetime) -> dict[str, Any]:
        frame = {"function": self.function, "filename": self.file}
        event: dict[str, Any] = {
            "fingerprint": [str(self.issue)],
            "timestamp": (now - timedelta(hours=self.hours)).timestamp(),
            "level": self.level,
            "environment": self.environment,
            "release": self.release,
            "tags": dict(self.tags),
            "exception": [{"type": self.type, "value": self.value, "stacktrace": {"frames": [frame]}}],
        }
        if self.user:
            event["user"] = {
                key: name for key, name in zip(("id", "email", "username"), self.user, strict=True) if name
            }
        return event

    @property
    def texts(self) -> tuple[str, ...]:
        culprit = f"{self.file} in {self.function}"
        return (self.type, self.value, self.function, self.file, culprit, *(value for _, value in self.tags))

    @property
    def names(self) -> set[str]:
        """What its user is called, in small letters."""
        return {name.lower() for name in self.user or () if name}


EVENTS = st.builds(
    Sent,
    st.integers(1, 4),
    st.integers(0, 72),
    *map(st.sampled_from, (TYPES, VALUES, FUNCTIONS, FILES, LEVELS, ENVIRONMENTS, RELEASES)),
    user=st.none() | st.sampled_from(USERS),
    tags=st.lists(st.sampled_from(TAGS), max_size=2, unique_by=lambda tag: tag[0]).map(tuple),
)


@dataclass
class Known:
    """An issue with all its events."""

    events: list[Sent] = field(default_factory=list)
    status: str = "open"
    assignee: str = ""

    def any(self, fits: Callable[[Sent], bool]) -> bool:
        return any(fits(event) for event in self.events)

    def text(self, fits: Callable[[list[str]], bool]) -> bool:
        return self.any(lambda event: any(fits(split(text)) for text in event.texts))


def split(text: str) -> list[str]:
    """The words of a text, in small letters."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-zа-яК]+|[A-Z]+|[0-9]+", text)]


def _follow(have: list[str], wanted: list[str], is_beginning: bool) -> bool:
    """Whether the wanted words follow each other, the last as the beginning of a word."""
    for at in range(len(have) - len(wanted) + 1):
        *first, last = have[at : at + len(wanted)]
        if first == wanted[:-1] and (last.startswith(wanted[-1]) if is_beginning else last == wanted[-1]):
            return True
    return False


#: A search text, and whether an issue is found by it at a time.
Condition = tuple[str, Callable[[Known, datetime], bool]]


def _events(text: str, fits: Callable[[Sent], bool]) -> Condition:
    return text, lambda issue, now: issue.any(fits)


def _free(text: str, is_phrase: bool) -> Condition:
    words = split(text)
    return f'"{text}"' if is_phrase else text, lambda issue, now: issue.text(
        lambda have: _follow(have, words, not is_phrase)
    )


def _conditions() -> Iterable[Condition]:
    for text in (
        "char",
        "card",
        "charge_card",
        "billing/charge.py",
        "declined",
        "карта",
        "4",
        "timeout",
        "free",
        "nothing",
    ):
        yield _free(text, is_phrase=False)
    for text in ("card declined", "charge card", "charge", "charg", "declined ca"):
        yield _free(text, is_phrase=True)
    for text, pattern in (
        ("char*card", r"(?<!\S)char.*card(?!\S)"),
        ("*rder", r"rder(?!\S)"),
        ("billing/*.py", r"(?<!\S)billing .*py(?!\S)"),
    ):
        yield (
            text,
            lambda issue, now, pattern=pattern: issue.text(
                lambda have: bool(re.search(pattern, " ".join(have)))
            ),
        )
    for kind in (*TYPES, "keyerror", "KEYERROR", "key"):
        yield _events(f"type:{kind}", lambda event, kind=kind: event.type.lower() == kind.lower())
    yield _events("type:*Error", lambda event: event.type.lower().endswith("error"))
    yield _events("type:H*P*r", lambda event: event.type == "HTTPError")
    yield _events("function:charge", lambda event: event.function.startswith("charge"))
    yield _events('function:"charge_card"', lambda event: event.function == "charge_card")
    yield _events('function:"charge"', lambda event: False)
    yield _events("file:card", lambda event: event.file == "billing/card.py")
    yield _events("stack.filename:*cart.py", lambda event: event.file == "shop/cart.py")
    yield _events("message:42", lambda event: "42" in event.value)
    for number, level in enumerate(LEVELS):
        yield _events(f"level:{level}", lambda event, level=level: event.level == level)
        yield _events(f"level:>={level}", lambda event, number=number: LEVELS.index(event.level) >= number)
    for environment in ENVIRONMENTS:
        yield _events(
            f"environment:{environment}",
            lambda event, environment=environment: event.environment == environment,
        )
    yield _events("environment:prod*", lambda event: event.environment == "production")
    for number, release in enumerate(RELEASES):
        yield _events(f"release:{release}", lambda event, release=release: event.release == release)
        yield _events(
            f"release:>{release}", lambda event, number=number: RELEASES.index(event.release) > number
        )
        yield _events(
            f"release:<={release}", lambda event, number=number: RELEASES.index(event.release) <= number
        )
    yield _events("release:>=1.10", lambda event: RELEASES.index(event.release) >= 2)
    yield _events("release:shop@1.10*", lambda event: event.release.startswith("shop@1.10"))
    for name in ("7", "ana@example.org", "ANA@example.org", "bo@example.org", "bo", "dee", "nobody"):
        yield _events(f"user:{name}", lambda event, name=name: name.lower() in event.names)
    yield _events(
        "user.email:*@example.org", lambda event: any(name.endswith("@example.org") for name in event.names)
    )
    yield _events("user.id:8", lambda event: "8" in event.names)
    yield _events("has:user", lambda event: event.user is not None)
    yield _events("has:stacktrace", lambda event: True)
    for key, value in TAGS:
        yield _events(f'{key}:"{value}"', lambda event, tag=(key, value): tag in event.tags)
    yield _events(
        "color:*red",
        lambda event: (
            any(tag in event.tags for tag in TAGS[::2])
            and dict(event.tags).get("color") in ("red", "dark red")
        ),
    )
    yield _events("color:[red,Red]", lambda event: dict(event.tags).get("color") in ("red", "Red"))
    yield _events("has:plan", lambda event: "plan" in dict(event.tags))
    for status in ("open", "resolved", "muted"):
        yield f"is:{status}", lambda issue, now, status=status: issue.status == status
    yield "is:assigned", lambda issue, now: bool(issue.assignee)
    yield "is:unassigned", lambda issue, now: not issue.assignee
    yield "assigned:me", lambda issue, now: issue.assignee == "ana"
    yield "assigned:[bo,none]", lambda issue, now: issue.assignee in ("bo", "")
    yield "times:>1", lambda issue, now: len(issue.events) > 1
    yield "times:1", lambda issue, now: len(issue.events) == 1
    yield "users:>=2", lambda issue, now: len({event.user for event in issue.events if event.user}) >= 2
    for hours in (12, 48):
        yield (
            f"first-seen:<{hours}h",
            lambda issue, now, hours=hours: max(e.hours for e in issue.events) <= hours,
        )
        yield (
            f"lastSeen:+{hours}h",
            lambda issue, now, hours=hours: min(e.hours for e in issue.events) > hours,
        )


CONDITIONS = tuple(_conditions())
