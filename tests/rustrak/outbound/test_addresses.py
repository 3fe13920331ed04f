from __future__ import annotations

import ipaddress

import pytest

from rustrak.outbound.addresses import flaw, literal

INSIDE = [
    "0.0.0.0",
    "0.1.2.3",
    "127.0.0.1",
    "127.255.255.254",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "100.127.255.255",
    "100.100.100.200",
    "169.254.169.254",
    "169.254.0.1",
    "168.63.129.16",
    "192.0.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::2",
    "::127.0.0.1",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0.0.0.0",
    "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "2002:808:808::1",
    "3fff::1",
    "fc00::1",
    "fd00::1",
    "fd00:ec2::254",
    "fe80::1",
    "febf::1",
    "fec0::1",
    "feff::1",
    "ff02::1",
    "ff05::2",
    "5f00::1",
    "4000::1",
    "8000::1",
    "e000::1",
]
OUTSIDE = [
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.1",
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "191.255.255.255",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2001:200::1",
    "2606:4700::1111",
    "2a00:1450:4001:80f::200e",
    "2003::1",
    "3ffe::1",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
]


@pytest.mark.parametrize("address", INSIDE)
def test_what_is_not_on_the_internet(address: str) -> None:
    assert flaw(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", OUTSIDE)
def test_what_is_on_the_internet(address: str) -> None:
    assert flaw(ipaddress.ip_address(address)) == ""


@pytest.mark.parametrize(
    "host",
    ["2130706433", "0177.0.0.1", "0x7f.1", "0x7f000001", "127.1", "127.0.1", "017700000001", "127.0.0.01", "1.2.3.4.5",
     "256.1.1.1", "0x", "127.0.0.0x1", "a.0x7f", "x.1", "fe80::1%lo", "fe80::1%25lo", "::ffff:0177.0.0.1", ":::1", "1:2"],
)  # fmt: skip
def test_an_unusual_form_of_an_address_is_none(host: str) -> None:
    with pytest.raises(ValueError):
        literal(host)


def test_a_name_is_no_address() -> None:
    assert [literal(name) for name in ("example.org", "127.0.0.1.example.org", "1a", "0xg", "")] == [None] * 5


def test_addresses_in_their_usual_form() -> None:
    assert str(literal("127.0.0.1")) == "127.0.0.1"
    assert str(literal("2001:DB8::1")) == "2001:db8::1"


def test_names_for_what_is_refused() -> None:
    assert flaw(ipaddress.ip_address("169.254.169.254")) == "an address of the provider's metadata service"
    assert flaw(ipaddress.ip_address("::ffff:127.0.0.1")) == "an address of this machine"
    assert flaw(ipaddress.ip_address("64:ff9b::10.0.0.1")) == "an address of a private network"
