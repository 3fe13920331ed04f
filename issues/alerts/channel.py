"""What a kind of channel is: the fields that people fill in, and how a message is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from issues.alerts.notice import Notice
from rustrak.outbound.client import Request, Response

#: The values of a channel's fields by name, secret ones included.
Config = Mapping[str, str]
#: What the other side calls the messages of a conversation; {} before the first one.
Thread = Mapping[str, Any]
#: Sends one HTTP request (rustrak.outbound.client.send, or a stand-in in tests). Raises Refused or Unreachable.
Send = Callable[[Request], Response]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a channel's form. `type` is what a browser shows; `choices` belong to "choice".

    A secret field's value is encrypted at rest and never shown again, in no page and no answer.
    """

    name: str
    label: str
    help: str = ""
    type: Literal["text", "url", "choice", "lines", "email"] = "text"
    secret: bool = False
    required: bool = True
    choices: tuple[tuple[str, str], ...] = ()
    max_length: int = 500
    placeholder: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that the other side has taken. `thread` is what to remember of the conversation, `answer` what it said."""

    thread: dict[str, Any] = field(default_factory=dict)
    status: int | None = None
    answer: str = ""


class Failed(Exception):
    """The other side did not take the message. `final`: trying again does not help. `retry_after` in seconds, if it said.

    `holds`: other messages that go the same way would fail as well for now, such as all mail while its server is away.
    """

    def __init__(
        self, text: str, *, final: bool = False, status: int | None = None, answer: str = "",
        retry_after: float | None = None, holds: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(text)
        self.text, self.final, self.status, self.answer, self.retry_after, self.holds = (
            text, final, status, answer, retry_after, holds,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of channel. `name` is stored, `label` is for people, `about` says what it does and where to get its address.

    `send` sends one message: the first of a conversation, or with its `thread` a later one (it then also updates the first
    message where that is possible). It raises Failed, Refused or Unreachable. `check` returns what is wrong with a config,
    by the name of a field.
    """

    name: str
    label: str
    about: str
    fields: tuple[Field, ...]
    send: Callable[[Config, Notice, Thread, Send], Sent]
    check: Callable[[Config], dict[str, str]] = lambda config: {}
    # Whether later news of an issue stay together with the first message.
    threads: bool = False
    # How a web process sends a test, where it must not do what `send` does.
    test: Callable[[Config, Notice, Send], Sent] | None = None
