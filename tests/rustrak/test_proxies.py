from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest

from rustrak.proxies import resolve_client

TRUSTED = [ip_network("10.0.0.0/8"), ip_network("::1/128")]


def scope(peer: str, **headers: str) -> dict[str, Any]:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "client": (peer, 1234), "scheme": "http", "headers": pairs}


def test_no_proxy_is_trusted_by_default() -> None:
    given = scope("10.0.0.1", x_forwarded_for="203.0.113.9", x_forwarded_proto="https")
    assert resolve_client(given, [], ssl_proxy=False) == given


def test_the_headers_of_a_trusted_proxy_are_used() -> None:
    given = scope("10.0.0.1", x_forwarded_for="203.0.113.9", x_forwarded_proto="https")
    found = resolve_client(given, TRUSTED, ssl_proxy=False)
    assert found["client"] == ("203.0.113.9", 0)
    assert found["scheme"] == "https"
    assert given["client"] == ("10.0.0.1", 1234), "the given scope stays as it is"


def test_with_trusted_proxies_other_peers_are_ignored_even_with_ssl_proxy() -> None:
    given = scope("192.0.2.7", x_forwarded_for="203.0.113.9", x_forwarded_proto="https")
    assert resolve_client(given, TRUSTED, ssl_proxy=True) == given


def test_without_trusted_proxies_ssl_proxy_uses_the_scheme_only() -> None:
    found = resolve_client(
        scope("192.0.2.7", x_forwarded_for="1.2.3.4", x_forwarded_proto="https"), [], ssl_proxy=True
    )
    assert found["scheme"] == "https"
    assert found["client"] == ("192.0.2.7", 1234)


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        (
            "6.6.6.6, 203.0.113.9",
            "203.0.113.9",
        ),  # what the client itself wrote comes first and is not believed
        ("203.0.113.9, 10.0.0.2, 10.0.0.3", "203.0.113.9"),  # a chain of proxies
        ("10.0.0.2", "10.0.0.1"),  # nobody but proxies: the peer stays
        ("unknown", "10.0.0.1"),
        ("", "10.0.0.1"),
        ("2001:db8::5", "2001:db8::5"),
    ],
)
def test_the_client_is_the_last_address_that_is_not_a_proxy(forwarded: str, client: str) -> None:
    assert (
        resolve_client(scope("10.0.0.1", x_forwarded_for=forwarded), TRUSTED, ssl_proxy=False)["client"][0]
        == client
    )


def test_an_ipv4_peer_of_a_dual_stack_socket_is_recognised() -> None:
    given = scope("::ffff:10.0.0.1", x_forwarded_for="203.0.113.9")
    assert resolve_client(given, TRUSTED, ssl_proxy=False)["client"][0] == "203.0.113.9"
