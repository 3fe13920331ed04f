from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issues.privacy import addresses
from issues.privacy.addresses import Addresses
from tests.lib.growth import assert_linear


@pytest.mark.parametrize(
    ("text", "truncated"),
    [
        ("192.0.2.60", "192.0.2.0"),
        ("10.1.2.3:80, 2001:db8:1:2::1", "10.1.2.0:80, 2001:db8:1::"),
        ("for=192.0.2.60;proto=http", "for=192.0.2.0;proto=http"),
        ('for="[2001:db8:cafe:17::17]:4711"', 'for="[2001:db8:cafe::]:4711"'),
        ("::ffff:10.1.2.3", "10.1.2.0"),
        ("192.0.2.1 5555 192.0.2.2 22", "192.0.2.0 5555 192.0.2.0 22"),
        ("1.2.3", "1.2.3"),
        ("12:30:45", "12:30:45"),
        ("{{auto}}", "{{auto}}"),
        ("300.1.2.3", "300.1.2.3"),
    ],
)
def test_addresses_are_cut_to_their_network(text: str, truncated: str) -> None:
    assert addresses.changed(text, Addresses.TRUNCATE) == truncated
    assert addresses.changed(text, Addresses.KEEP) == text
    assert (addresses.REMOVED in addresses.changed(text, Addresses.REMOVE)) == (truncated != text)


def test_names_that_hold_the_address_of_a_client() -> None:
    for name in (
        "ip_address",
        "ip",
        "X-Forwarded-For",
        "X-Real-Ip",
        "Forwarded",
        "REMOTE_ADDR",
        "clientIp",
        "CF-Connecting-IP",
        "SSH_CLIENT",
    ):
        assert addresses.holds_address(name), name
    for name in (
        "zip",
        "description",
        "shipping",
        "address",
        "email_address",
        "addr",
        "memory_addr",
        "SERVER_ADDR",
        "HTTP_HOST",
    ):
        assert not addresses.holds_address(name), name


def test_the_address_of_the_request() -> None:
    for how, stored in (
        (Addresses.KEEP, "192.0.2.7"),
        (Addresses.TRUNCATE, "192.0.2.0"),
        (Addresses.REMOVE, None),
    ):
        assert addresses.of_client("192.0.2.7", how) == stored
        assert addresses.of_client(None, how) is None


@given(st.ip_addresses())
def test_no_address_is_left(address: object) -> None:
    assert addresses.changed(f"a {address} b", Addresses.REMOVE) == f"a {addresses.REMOVED} b"


def test_growth() -> None:
    for text in ("1.2.3.4 ", "::", "1.", "a:"):
        assert_linear(lambda n, text=text: text * n, lambda text: addresses.changed(text, Addresses.TRUNCATE))
