"""What is known of a request of an SDK before its body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(slots=True)
class Request:
    """One request. `project` is the number in its path, None where the path names none; `key` is the one that
    the request itself carries; header names are lower-case; `received_at` is Unix time."""

    endpoint: str
    method: str
    project: str | None
    key: str | None
    headers: dict[bytes, bytes]
    query: bytes
    client: str | None
    received_at: float
    arguments: Mapping[str, str]

    def header(self, name: bytes) -> str:
        """A header's value; empty when it was not sent."""
        return self.headers.get(name, b"").decode("latin-1")

    @property
    def content_type(self) -> str:
        """The Content-Type without its parameters, lower-case."""
        return self.header(b"content-type").partition(";")[0].strip().lower()
