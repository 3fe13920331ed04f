"""One HTTP request to the outside, bounded in time and size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: Of a request, from the look-up of the name to the last byte of the answer.
MOST_SECONDS = 10.0
#: Of an answer's body; the rest is not read.
ANSWER_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """A request with an absolute http or https `url`. Its parts may be secret: nothing logs them."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """An answer, whatever its status. The names of `headers` are in lower case; `body` has at most ANSWER_BYTES."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Refused(Exception):
    """The address may not be connected to. The message says why and what an operator can set. Trying again does not help."""


class Unreachable(Exception):
    """No answer: no such name, no connection, a bad certificate, too slow. The message is for people and holds no secret."""


def send(request: Request) -> Response:
    """Send a request and read the answer, within MOST_SECONDS. Redirects are answers like others.

    Raises Refused or Unreachable.
    """
    raise NotImplementedError
