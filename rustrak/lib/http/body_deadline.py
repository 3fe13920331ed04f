"""How long a client may take to send a request's body, to an SDK address or to a page."""

from __future__ import annotations

# In total: this, and a second more for each BYTES_PER_SECOND it has sent. Only our waiting for the client counts.
GRACE_SECONDS = 30.0
BYTES_PER_SECOND = 16 * 1024
# How long a refused body is read on: a client that cannot finish sending it sees a broken connection, not the answer.
DRAIN_SECONDS = 20.0


def seconds_left(received: int, waited: float) -> float:
    """The seconds that a client has left which has sent `received` bytes in `waited` seconds; below 0 if it is late."""
    return GRACE_SECONDS + received / BYTES_PER_SECOND - waited
