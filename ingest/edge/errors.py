"""Why a request of an SDK is refused. ingest.edge.intake turns these exceptions into answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ingest.ledger.outcomes import ALLOWED_ORIGINS, Outcome, Reason
from ingest.rate_limits.windows import HOUR, Exceeded


class Refused(Exception):
    """A request is answered with an error. `status` is the HTTP status, `kind` the error's type in the answer, and
    `detail` the message for people.

    Its items are counted with `outcome` in the ledger; `reason` is shown to members of the project.
    """

    status = 400
    kind = "ValidationError"
    outcome = Outcome.MALFORMED
    reason = Reason.MALFORMED_ENVELOPE
    headers: tuple[tuple[bytes, bytes], ...] = ()
    # Fields of the answer's body that are added, or that replace those of other errors.
    fields: Mapping[str, Any] = {}

    def __init__(self, detail: str, reason: Reason | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        if reason is not None:
            self.reason = reason

    @property
    def counted_as(self) -> str:
        """The reason that its items are counted with in the ledger."""
        return self.reason


class BadEncoding(Refused):
    """The body cannot be decoded with its Content-Encoding."""

    reason = Reason.UNDECODABLE


class Disconnected(Refused):
    """The client disconnected before its body was complete."""

    outcome = Outcome.FAILED
    reason = Reason.DISCONNECTED


class BadEnvelope(Refused):
    """The body is malformed: not an envelope, or not what the endpoint accepts."""


class BadCheckIn(BadEnvelope):
    """The address or the body of a check-in that a job sent by calling a URL is not valid."""

    reason = Reason.MALFORMED_CHECK_IN


class Unauthorized(Refused):
    """The request has no key, an unknown one, one that is no longer in use, or one of another project. `key_project` is the
    id of the key's project.

    The answer is the same for each, so that clients cannot test keys; only members of the project see the reason.
    """

    status = 401
    kind = "Unauthorized"
    outcome = Outcome.UNAUTHENTICATED
    reason = Reason.NO_KEY

    def __init__(self, reason: Reason | None = None, key_project: int | None = None) -> None:
        super().__init__("no valid key for this project was sent", reason)
        self.key_project = key_project


class OriginNotAllowed(Refused):
    """A browser sent it from an origin that the project does not allow."""

    status = 403
    kind = "Forbidden"
    outcome = Outcome.FILTERED
    reason = Reason.ORIGIN_NOT_ALLOWED

    @property
    def counted_as(self) -> str:
        return ALLOWED_ORIGINS


class NotFound(Refused):
    """No endpoint has this address."""

    status = 404
    kind = "NotFound"


class WrongMethod(Refused):
    """The endpoint does not accept this method. `allow` is the Allow header with those that it accepts."""

    status = 405
    kind = "MethodNotAllowed"
    reason = Reason.WRONG_METHOD

    def __init__(self, detail: str, allow: tuple[bytes, bytes]) -> None:
        super().__init__(detail)
        self.headers = (allow,)


class TooSlow(Refused):
    """The body did not arrive in time."""

    status = 408
    kind = "RequestTimeout"
    outcome = Outcome.FAILED
    reason = Reason.TOO_SLOW


class TooLarge(Refused):
    """The request exceeds a limit on a size or a number."""

    status = 413
    kind = "PayloadTooLarge"
    outcome = Outcome.TOO_LARGE
    reason = Reason.TOO_LARGE_ENVELOPE

    @classmethod
    def than(cls, limit: int, what: str, reason: Reason | None = None) -> TooLarge:
        """The error for `what` (a noun with its article) when it is larger than `limit` bytes."""
        # ingest.words reads the number of bytes in this message to show it as KB or MB.
        return cls(f"{what} is larger than {limit} bytes", reason)


class UnsupportedEncoding(Refused):
    """The Content-Encoding, or for browser reports the Content-Type, is not supported."""

    status = 415
    kind = "UnsupportedMediaType"
    reason = Reason.UNKNOWN_ENCODING


class RateLimited(Refused):
    """The limit `exceeded` excludes events at `now` (Unix time).

    `kept` has the number of items by type that were stored nevertheless, because they are not limited.
    """

    status = 429
    kind = "RateLimited"
    outcome = Outcome.RATE_LIMITED
    reason = Reason.RATE_LIMITED

    def __init__(self, exceeded: Exceeded, now: float) -> None:
        per = "hour" if exceeded.window == HOUR else "minute"
        super().__init__(f"the {exceeded.scope}'s limit of {exceeded.limit} events per {per} is used up")
        self.exceeded = exceeded
        self.kept: Mapping[str, int] = {}
        seconds = exceeded.retry_after(now)
        self.headers = ((b"retry-after", b"%d" % seconds), self.rate_limits(exceeded, now))
        self.fields = {"error": "rate_limit_exceeded", "retry_after": seconds}

    @staticmethod
    def rate_limits(exceeded: Exceeded, now: float) -> tuple[bytes, bytes]:
        """The X-Sentry-Rate-Limits header that makes SDKs stop sending errors, and only these, until the limit ends."""
        scope = "organization" if exceeded.scope == "installation" else exceeded.scope
        code = "quota_hour" if exceeded.window == HOUR else "quota_minute"
        value = f"{exceeded.retry_after(now)}:error:{scope}:{code}"
        return b"x-sentry-rate-limits", value.encode()

    @property
    def counted_as(self) -> str:
        return self.exceeded.reason


class TooMuchWork(Refused):
    """What the project's key was used to send takes too much work to decode. `seconds` is when to try again."""

    status = 429
    kind = "RateLimited"
    outcome = Outcome.RATE_LIMITED
    reason = Reason.TOO_MUCH_WORK

    def __init__(self, seconds: int) -> None:
        super().__init__("too much was sent that takes long to decode; try again later")
        # Without a category: it holds for everything that SDKs send.
        self.headers = (
            (b"retry-after", b"%d" % seconds),
            (b"x-sentry-rate-limits", b"%d::project:too_much_work" % seconds),
        )
        self.fields = {"error": "rate_limit_exceeded", "retry_after": seconds}


class Failed(Refused):
    """An error in our own code."""

    status = 500
    kind = "InternalError"
    outcome = Outcome.FAILED
    reason = Reason.FAILED


class Unavailable(Refused):
    """The request cannot be accepted at the moment: no disk space, a failing disk, no database to look up the key."""

    status = 503
    kind = "ServiceUnavailable"
    outcome = Outcome.NO_ROOM
    reason = Reason.NO_ROOM
    # Short, so that clients send again soon after the disk or the database works again.
    headers = ((b"retry-after", b"5"),)
