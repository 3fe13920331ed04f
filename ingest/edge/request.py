"""What is known of a request of an SDK before its body, and what was found in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ingest.ledger.outcomes import Reason
from ingest.rate_limits.windows import Exceeded, RateLimits

_NO_LIMITS = RateLimits()


@dataclass(slots=True)
class Request:
    """One request. `project` is the number in its path, None where the path names none; `key` is the one that
    the request itself carries; header names are lower-case; `client` is who sent it; `received_at` is Unix time."""

    endpoint: str
    method: str
    project: str | None
    key: str | None
    headers: dict[bytes, bytes]
    query: bytes
    client: str | None
    received_at: float
    arguments: Mapping[str, str]
    # What it is counted with. `sdk` is name/version as the client says it, `no_key` why there is no key.
    sdk: str = ""
    no_key: Reason = Reason.NO_KEY
    # The project it may send to, 0 until that is known.
    project_id: int = 0
    # How many events may come for it, and what of that other machines used up.
    limits: RateLimits = _NO_LIMITS
    exceeded: tuple[Exceeded, ...] = ()
    event_id: str | None = None
    # By item type: what was in it, and what of that is not kept.
    items: dict[str, int] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    # The beginning of its decoded body.
    head: bytes = b""
    # What unpacking a file in it may look back on, in bytes; and what gives back its shares of such budgets.
    window: int = 0
    releases: list[Callable[[], None]] = field(default_factory=list)
    # Its items are with the spool's writer: what becomes of them is no longer this request's to say.
    handed_over: bool = False

    def header(self, name: bytes) -> str:
        """A header's value; empty when it was not sent."""
        return self.headers.get(name, b"").decode("latin-1")

    @property
    def content_type(self) -> str:
        """The Content-Type without its parameters, lower-case."""
        return self.header(b"content-type").partition(";")[0].strip().lower()

    def item(self, kind: str, *, kept: bool = True) -> None:
        """Counts an item of this type; one that is not `kept` is read, passed over and answered with 200."""
        kind = kind[:64]
        self.items[kind] = self.items.get(kind, 0) + 1
        if not kept:
            self.skipped[kind] = self.skipped.get(kind, 0) + 1
