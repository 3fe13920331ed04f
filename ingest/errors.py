"""Why a request of an SDK is refused. Each carries its HTTP status; `intake` turns it into a response."""

from __future__ import annotations


class Refused(Exception):
    """A request that is answered with an error: `status`, `kind` (the error's type) and `detail` for people."""

    status = 400
    kind = "ValidationError"
    headers: tuple[tuple[bytes, bytes], ...] = ()

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class BadEncoding(Refused):
    """The body is not what its Content-Encoding says, or ends too early."""


class BadEnvelope(Refused):
    """The body breaks the envelope's grammar, or is no event."""


class Unauthorized(Refused):
    """No key, an unknown one or another project's: one answer, so that nothing can be learned from it."""

    status = 401
    kind = "Unauthorized"

    def __init__(self) -> None:
        super().__init__("no valid key of this project was sent")


class NotFound(Refused):
    status = 404
    kind = "NotFound"


class WrongMethod(Refused):
    """`allow` is the Allow header that names the right ones."""

    status = 405
    kind = "MethodNotAllowed"

    def __init__(self, detail: str, allow: tuple[bytes, bytes]) -> None:
        super().__init__(detail)
        self.headers = (allow,)


class TooSlow(Refused):
    """The body did not arrive in time."""

    status = 408
    kind = "RequestTimeout"


class TooLarge(Refused):
    """Past one of the limits on sizes."""

    status = 413
    kind = "PayloadTooLarge"


class UnsupportedEncoding(Refused):
    """A Content-Encoding, or for reports a Content-Type, that we cannot read."""

    status = 415
    kind = "UnsupportedMediaType"


class Failed(Refused):
    """A mistake of ours."""

    status = 500
    kind = "InternalError"


class NoRoom(Refused):
    """What was sent cannot be kept right now: no disk space, a failing disk, no database to ask for the key."""

    status = 503
    kind = "ServiceUnavailable"
