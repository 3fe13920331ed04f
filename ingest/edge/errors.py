"""Why a request of an SDK is refused. Each carries its HTTP status; `intake` turns it into a response."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ingest.ledger.outcomes import ALLOWED_ORIGINS, Outcome, Reason
from ingest.rate_limits.windows import HOUR, Exceeded


class Refused(Exception):
    """A request that is answered with an error: `status`, `kind` (the error's type) and `detail` for people.

    `outcome` is what its items are counted as, `reason` what the project's owner reads.
    """

    status = 400
    kind = "ValidationError"
    outcome = Outcome.MALFORMED
    reason = Reason.MALFORMED_ENVELOPE
    headers: tuple[tuple[bytes, bytes], ...] = ()
    # What the answer's body says besides, or otherwise than other refusals.
    fields: Mapping[str, Any] = {}

    def __init__(self, detail: str, reason: Reason | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        if reason is not None:
            self.reason = reason

    @property
    def counted_as(self) -> str:
        """The reason in the ledger."""
        return self.reason


class BadEncoding(Refused):
    """The body is not what its Content-Encoding says."""

    reason = Reason.UNDECODABLE


class Disconnected(Refused):
    """The client left before its body was complete."""

    outcome = Outcome.FAILED
    reason = Reason.DISCONNECTED


class BadEnvelope(Refused):
    """The body breaks the envelope's grammar, or is no event."""


class Unauthorized(Refused):
    """No key, an unknown one or another project's: one answer, so that nothing can be learned from it. Only the
    owner learns the reason; `key_project` is the project that the key is of, where it is another's."""

    status = 401
    kind = "Unauthorized"
    outcome = Outcome.UNAUTHENTICATED
    reason = Reason.NO_KEY

    def __init__(self, reason: Reason | None = None, key_project: int | None = None) -> None:
        super().__init__("no valid key of this project was sent", reason)
        self.key_project = key_project


class OriginNotAllowed(Refused):
    """A browser's page that is not in the project's list of allowed origins."""

    status = 403
    kind = "Forbidden"
    outcome = Outcome.FILTERED
    reason = Reason.ORIGIN_NOT_ALLOWED

    @property
    def counted_as(self) -> str:
        return ALLOWED_ORIGINS


class NotFound(Refused):
    status = 404
    kind = "NotFound"


class WrongMethod(Refused):
    """`allow` is the Allow header that names the right ones."""

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
    """Past one of the limits on sizes."""

    status = 413
    kind = "PayloadTooLarge"
    outcome = Outcome.TOO_LARGE
    reason = Reason.TOO_LARGE_ENVELOPE


class UnsupportedEncoding(Refused):
    """A Content-Encoding, or for reports a Content-Type, that we cannot read."""

    status = 415
    kind = "UnsupportedMediaType"
    reason = Reason.UNKNOWN_ENCODING


class RateLimited(Refused):
    """The limit `exceeded` keeps events out at `now` (Unix time). `kept`: how many items of which types were kept
    nevertheless, for they are no events."""

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
        """The header that stops SDKs from sending errors, and only these, until then."""
        scope = "project" if exceeded.scope == "project" else "organization"
        code = "quota_hour" if exceeded.window == HOUR else "quota_minute"
        value = f"{exceeded.retry_after(now)}:error:{scope}:{code}"
        return b"x-sentry-rate-limits", value.encode()

    @property
    def counted_as(self) -> str:
        return self.exceeded.reason


class Failed(Refused):
    """A mistake of ours."""

    status = 500
    kind = "InternalError"
    outcome = Outcome.FAILED
    reason = Reason.FAILED


class Unavailable(Refused):
    """What was sent cannot be kept right now: no disk space, a failing disk, no database to ask for the key."""

    status = 503
    kind = "ServiceUnavailable"
    outcome = Outcome.NO_ROOM
    reason = Reason.NO_ROOM
    # Clients that heed it spare us and themselves what would be refused; they are back soon after the disk is.
    headers = ((b"retry-after", b"5"),)

    @classmethod
    def because(cls, error: Exception) -> Unavailable:
        """The refusal for a failure of the disk; it names no path."""
        reason = error.strerror if isinstance(error, OSError) else None
        return cls(f"nothing can be kept right now ({reason or 'the disk fails'}); try again later")
