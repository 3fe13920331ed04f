"""What is known about a request of an SDK before its body is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ingest.ledger.outcomes import Reason


# A tuple, because making a frozen dataclass of as many fields takes a microsecond longer.
class Request(NamedTuple):
    """One request, as its head describes it. What is learned while it is answered is in its Exchange."""

    # The endpoint's name, as in ingest.edge.routing.
    endpoint: str
    method: str
    # The project's number in the path; None where the path has none.
    project: str | None
    # The key in the headers or the query; None if there is no well-formed one, and `no_key` is the reason then.
    key: str | None
    # Names are lower-case.
    headers: Mapping[bytes, bytes]
    query: bytes
    # The client's address.
    client: str | None
    # Unix time.
    received_at: float
    # The other variable parts of the path, by name.
    arguments: Mapping[str, str]
    # The SDK's name and version, as it sent them with its key.
    sdk: str = ""
    no_key: Reason = Reason.NO_KEY

    def header(self, name: bytes) -> str:
        """A header's value; empty when it was not sent."""
        return self.headers.get(name, b"").decode("latin-1")

    @property
    def content_type(self) -> str:
        """The Content-Type without its parameters, lower-case."""
        return self.header(b"content-type").partition(";")[0].strip().lower()
