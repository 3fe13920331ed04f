from __future__ import annotations

import socket
from typing import Any

import pytest

from rustrak.outbound import allow_list


@pytest.fixture
def loopback(settings: Any) -> None:
    """Receivers of tests listen there, which is refused otherwise."""
    settings.OUTBOUND_ALLOW = allow_list.parse("127.0.0.1, ::1")


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Names and the addresses they have for the test, in turn for each look-up; all others are looked up as ever."""
    known: dict[str, list[str]] = {}
    ask = socket.getaddrinfo

    def answer(host: str, port: int, *arguments: Any, **options: Any) -> list[Any]:
        if host not in known:
            return list(ask(host, port, *arguments, **options))
        addresses = known[host]
        address = addresses.pop(0) if len(addresses) > 1 else addresses[0]
        if not address:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return [found for part in address.split() for found in ask(part, port, *arguments, **options)]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return known
