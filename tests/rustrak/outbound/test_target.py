from __future__ import annotations

from contextlib import suppress

import pytest

from rustrak.outbound import allow_list
from rustrak.outbound.allow_list import AllowList
from rustrak.outbound.messages import Refused
from rustrak.outbound.target import check_literal, parse
from tests.lib.growth import assert_linear

NONE = AllowList()


@pytest.mark.parametrize(
    ("url", "scheme", "host", "port", "path"),
    [
        ("https://chat.example.org", "https", "chat.example.org", 443, "/"),
        ("HTTP://Chat.Example.ORG.:8080/a/b?c=d&e#f", "http", "chat.example.org", 8080, "/a/b?c=d&e"),
        ("https://[2606:4700::1111]:8443/", "https", "2606:4700::1111", 8443, "/"),
        ("https://8.8.8.8:/x", "https", "8.8.8.8", 443, "/x"),
        ("https://bücher.example/ä?ö=%C3%BC", "https", "xn--bcher-kva.example", 443, "/%C3%A4?%C3%B6=%C3%BC"),
        ("https://my_host.example.org/a;b=(c)'\"<>[]{}|^`~", "https", "my_host.example.org", 443, "/a;b=(c)'\"<>[]{}|^`~"),
    ],
)  # fmt: skip
def test_where_a_url_leads(url: str, scheme: str, host: str, port: int, path: str) -> None:
    target = parse(url)
    assert (target.scheme, target.host, target.port, target.path) == (scheme, host, port, path)


def test_what_is_shown_has_no_path() -> None:
    assert parse("https://hooks.example.org/T0/s3cret?a").shown == "https://hooks.example.org"
    assert parse("http://[2606:4700::1111]:443/s3cret").shown == "http://[2606:4700::1111]:443"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "must begin with"),
        ("ftp://example.org/s3cret", "must begin with"),
        ("file:///etc/passwd", "must begin with"),
        ("gopher://example.org/s3cret", "must begin with"),
        ("//example.org/s3cret", "must begin with"),
        ("example.org/s3cret", "must begin with"),
        ("http:example.org/s3cret", "no host"),
        ("http:///s3cret", "no host"),
        ("http://:80/s3cret", "no host"),
        ("http://ana@example.org/", "no user name"),
        ("http://ana:s3cret@example.org/", "no user name"),
        ("http://8.8.8.8@127.0.0.1/", "no user name"),
        ("http://@127.0.0.1/", "no user name"),
        ("http://127.0.0.1#@example.org/", "127.0.0.1 is an address of this machine"),
        ("http://127.0.0.1\\@example.org/", "backslashes"),
        ("http://example.org\\@127.0.0.1/", "backslashes"),
        ("http://exa\tmple.org/", "control"),
        ("http://example.org/\r\nX: y", "control"),
        ("http://127.0.0.1 .example.org/", "blanks"),
        ("http://example.org\x00.127.0.0.1/", "control"),
        ("http://\u00a0127.0.0.1/", "blanks"),
        ("http://example.org:0/", "The port"),
        ("http://example.org:65536/", "its port"),
        ("http://example.org:-1/", "its port"),
        ("http://example.org:8a/", "its port"),
        ("http://example.org:80:80/", "its port"),
        ("http://[::1/", "its host"),
        ("http://[fe80::1%25lo]/", "unusual form"),
        ("http://[fe80::1%lo]/", "unusual form"),
        ("http://[v1.x]/", "not a valid name|its host"),
        ("http://127.0.0.1%2f@example.org/", "no user name"),
        ("http://127.0.0.1%2eexample.org/", "not a valid name"),
        ("http://%31%32%37.0.0.1/", "unusual form|not a valid name"),
        ("http://2130706433/", "unusual form"),
        ("http://017700000001/", "unusual form"),
        ("http://0177.0.0.1/", "unusual form"),
        ("http://0x7f000001/", "unusual form"),
        ("http://0X7F.1/", "unusual form"),
        ("http://127.1/", "unusual form"),
        ("http://127.0.0.1./", "is an address of this machine"),
        ("http://127.0.0.1../", "unusual form|not a valid name"),
        ("http://１２７.０.０.１/", "is an address of this machine"),
        ("http://127。0。0。1/", "is an address of this machine"),
        ("http://①②⑦.⓪.⓪.①/", "is an address of this machine"),
        ("http://[::ffff:127.0.0.1]/", "is an address of this machine"),
        ("http://[::FFFF:7F00:1]/", "is an address of this machine"),
        ("http://[0:0:0:0:0:0:0:1]/", "is an address of this machine"),
        ("http://[::]/", "is an address of this machine"),
        ("http://0/", "unusual form"),
        ("http://0.0.0.0/", "is an address of this machine"),
        ("http://169.254.169.254/latest/meta-data/", "metadata"),
        ("http://[fd00:ec2::254]/", "metadata"),
        ("http://[64:ff9b::7f00:1]/", "is an address of this machine"),
        ("http://" + "a" * 64 + ".org/", "not a valid name"),
        ("http://" + "a." * 150 + "org/", "not a valid name"),
        ("http://exa..mple.org/", "not a valid name"),
        ("http://-*-.org/", "not a valid name"),
        ("http://example.org/" + "a" * 4000, "longer than 4000"),
        ("http://\ud800.org/", "control"),
    ],
)
def test_what_is_refused(url: str, why: str) -> None:
    with pytest.raises(Refused, match=why) as raised:
        check_literal(parse(url), NONE)
    assert "s3cret" not in str(raised.value)


def test_an_operator_can_allow_an_address() -> None:
    allowed = allow_list.parse("127.0.0.0/8")
    for url in ("http://127.0.0.1/", "http://[::ffff:127.0.0.1]/"):
        check_literal(parse(url), allowed)
    with pytest.raises(Refused):
        check_literal(parse("http://[::1]/"), allowed)


@pytest.mark.parametrize(
    "host", ["localhost", "a.localhost", "redis", "printer.local", "x.internal", "nas.home.arpa"]
)
def test_names_of_the_own_network(host: str) -> None:
    assert parse(f"http://{host}/").is_local_name
    assert not parse(f"http://{host}.org/").is_local_name


def test_reading_takes_time_in_proportion() -> None:
    def read(url: str) -> None:
        with suppress(Refused):
            parse(url)

    for part in ("a.", "1.", "@", ":", "[", "%", "ä", "。"):
        assert_linear(lambda size, part=part: f"http://{part * size}", read)  # type: ignore[misc]
