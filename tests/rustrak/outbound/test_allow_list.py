from __future__ import annotations

import ipaddress

import pytest

from rustrak.outbound.allow_list import parse


@pytest.mark.parametrize(
    ("raw", "host", "port", "allowed"),
    [
        ("mattermost.internal", "mattermost.internal", 80, True),
        ("mattermost.internal", "mattermost.internal", 8065, True),
        ("mattermost.internal:8065", "mattermost.internal", 80, False),
        (" Mattermost.Internal. , other", "mattermost.internal", 80, True),
        ("mattermost.internal", "x.mattermost.internal", 80, False),
        ("mattermost.internal", "mattermost.internal.example.org", 80, False),
        ("*.internal", "mattermost.internal", 80, True),
        ("*.internal:80", "mattermost.internal", 81, False),
        ("*.internal", "internal", 80, False),
        ("*.internal", "xinternal", 80, False),
        ("bücher.example", "xn--bcher-kva.example", 80, True),
    ],
)
def test_names(raw: str, host: str, port: int, allowed: bool) -> None:
    assert parse(raw).has_name(host, port) is allowed


@pytest.mark.parametrize(
    ("raw", "address", "port", "allowed"),
    [
        ("10.1.2.3", "10.1.2.3", 80, True),
        ("10.1.2.3", "10.1.2.4", 80, False),
        ("10.1.2.0/24", "10.1.2.4", 80, True),
        ("10.1.2.7/24", "10.1.2.4", 80, True),
        ("10.1.2.0/24:8080", "10.1.2.4", 8080, True),
        ("10.1.2.0/24:8080", "10.1.2.4", 80, False),
        ("10.1.2.0/24", "::ffff:10.1.2.4", 80, True),
        ("fd00::/8", "fd12::1", 80, True),
        ("[fd00::]/8:443", "fd12::1", 443, True),
        ("[fd12::1]:443", "fd12::1", 80, False),
        ("[fd12::1]", "fd12::1", 80, True),
        ("::1", "::1", 80, True),
        ("0.0.0.0/0", "::1", 80, False),
        ("name.example.org", "10.1.2.3", 80, False),
    ],
)
def test_addresses(raw: str, address: str, port: int, allowed: bool) -> None:
    assert parse(raw).has_address(ipaddress.ip_address(address), port) is allowed


@pytest.mark.parametrize(
    "raw",
    ["http://chat.internal", "chat.internal/x", "chat internal", "chat:0", "chat:99999", "chat:x", "*", "10.1.2", "127.1",
     "0x7f.1", "10.0.0.0/33", "fe80::1%lo", "[::1", "[::1]x", "a..b", "a*b", "ana@chat", "chat:1:2", "[chat]:80", "xn--\ud800"],
)  # fmt: skip
def test_what_is_neither(raw: str) -> None:
    with pytest.raises(ValueError, match="is not a host name, an address or a network"):
        parse(f"ok.example.org, {raw}")


def test_shown() -> None:
    assert str(parse("chat.internal:80,10.0.0.0/8")) == "chat.internal (port 80), 10.0.0.0/8"
    assert str(parse(" , ")) == ""
