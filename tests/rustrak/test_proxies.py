from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest

from rustrak.proxies import resolve_client
from tests.lib.growth import assert_linear

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
        ("10.0.0.3, 10.0.0.2", "10.0.0.3"),  # a client in the network of the proxies
        ("", "10.0.0.1"),  # no client is reported
        (" , ,", "10.0.0.1"),
        ("2001:db8::5", "2001:db8::5"),
        # Azure, IIS and others write ports, brackets and quotes.
        ("203.0.113.9:5678", "203.0.113.9"),
        ("6.6.6.6:1, 203.0.113.9:5678, 10.0.0.2:443", "203.0.113.9"),
        ("[2001:db8::5]:443", "2001:db8::5"),
        ("[2001:DB8:0::5]", "2001:db8::5"),
        ('"[2001:db8::5]:443"', "2001:db8::5"),
        ('"203.0.113.9:5678"', "203.0.113.9"),
        ('"203.0.113.9"', "203.0.113.9"),
        ('"2001:db8::5"', "2001:db8::5"),
        ("203.0.113.9:_port", "203.0.113.9"),
        ("fe80::1%eth0", "fe80::1"),
        ("[fe80::1%25eth0]:80", "fe80::1"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("[::ffff:203.0.113.9]:80", "203.0.113.9"),
        ("203.0.113.9, [::ffff:10.0.0.2]:80", "203.0.113.9"),
    ],
)
def test_the_client_is_the_last_address_that_is_not_a_proxy(forwarded: str, client: str) -> None:
    found = resolve_client(scope("10.0.0.1", x_forwarded_for=forwarded), TRUSTED, ssl_proxy=False)
    assert found["client"][0] == client
    assert found["peer"] == "10.0.0.1"


@pytest.mark.parametrize(
    "entry",
    ["unknown", "_hidden", "localhost", "999.1.1.1", "1.2.3", "1.2.3.4.5", "::1::2", "[1.2.3.4", "1.2.3.4]",
     "1.2.3.4:", "for=1.2.3.4", "10.0.0.1\n1", "127.0.0.1;x", "\"", "[]", "[]:80", "0x7f.1", "\xb2.3.4.5", "%", "[%]:1"],
)  # fmt: skip
@pytest.mark.parametrize("before", ["", "6.6.6.6, ", "127.0.0.1,"])
@pytest.mark.parametrize("after", ["", ", 10.0.0.2"])
def test_what_is_no_address_makes_the_client_unknown(
    entry: str, before: str, after: str, caplog: pytest.LogCaptureFixture
) -> None:
    given = {
        **scope("10.0.0.1"),
        "headers": [(b"x-forwarded-for", f"{before}{entry}{after}".encode("latin-1"))],
    }
    assert resolve_client(given, TRUSTED, ssl_proxy=False)["client"] is None
    assert "the proxy 10.0.0.1 reports a client whose address is not one" in caplog.text
    trusted = {**given, "headers": [(b"x-forwarded-for", f"{entry}, 203.0.113.9".encode("latin-1"))]}
    assert resolve_client(trusted, TRUSTED, ssl_proxy=False)["client"] == ("203.0.113.9", 0)


def test_several_fields_are_one_list() -> None:
    given = scope("10.0.0.1")
    given["headers"] = [(b"x-forwarded-for", b"6.6.6.6, 203.0.113.9"), (b"x-forwarded-for", b"10.0.0.2:80")]
    assert resolve_client(given, TRUSTED, ssl_proxy=False)["client"][0] == "203.0.113.9"


def test_other_headers_name_no_client() -> None:
    given = scope("10.0.0.1", forwarded="for=203.0.113.9;proto=https", x_real_ip="203.0.113.9")
    found = resolve_client(given, TRUSTED, ssl_proxy=False)
    assert (found["client"][0], found["scheme"]) == ("10.0.0.1", "http")


@pytest.mark.parametrize("part", ["10.0.0.2,", "[", '"', ":", "1", ",", "[10.0.0.2]:1,", "%", "10.0.0.2 , "])
def test_any_header_takes_linear_time(part: str) -> None:
    assert_linear(
        lambda size: scope("10.0.0.1", x_forwarded_for=part * size),
        lambda given: resolve_client(given, TRUSTED, ssl_proxy=True),
        largest=1 << 18,
    )


def test_an_ipv4_peer_of_a_dual_stack_socket_is_recognised() -> None:
    given = scope("::ffff:10.0.0.1", x_forwarded_for="203.0.113.9")
    assert resolve_client(given, TRUSTED, ssl_proxy=False)["client"][0] == "203.0.113.9"
