"""How long a client may take to send a request's body, to an SDK address or to a page."""

from __future__ import annotations

# In total: this, and a second more for each BYTES_PER_SECOND it has sent. Only our waiting for the client counts.
GRACE_SECONDS = 30.0
BYTES_PER_SECOND = 16 * 1024
# How many chunks a body may come in: each takes longer than 64 bytes in it. Servers join what arrives together.
MAX_CHUNKS = 4096
BYTES_PER_CHUNK = 64
# How long a refused body is read on: a client that cannot finish sending it sees a broken connection, not the answer.
DRAIN_SECONDS = 20.0


def seconds_left(received: int, waited: float) -> float:
    """The seconds that a client has left which has sent `received` bytes in `waited` seconds; below 0 if it is late."""
    return GRACE_SECONDS + received / BYTES_PER_SECOND - waited


def too_many_chunks(chunks: int, received: int) -> bool:
    """Whether a body of `received` bytes so far has come in so many pieces that they cost more than its bytes."""
    return chunks > MAX_CHUNKS + received // BYTES_PER_CHUNK
