from __future__ import annotations

import pytest

from rustrak.lib.http.hosts import Hosts, declared, is_local, name
from tests.lib.growth import assert_linear

PUBLIC = Hosts.of("errors.example.org", "127.0.0.1", [declared("rustrak_web:8000"), declared("*.internal")])


@pytest.mark.parametrize(
    ("host", "found"),
    [
        ("Errors.Example.org", "errors.example.org"),
        ("errors.example.org.", "errors.example.org"),
        ("errors.example.org:443", "errors.example.org"),
        ("rustrak_web:8000", "rustrak_web"),
        ("_x", "_x"),
        ("127.0.0.1:8000", "127.0.0.1"),
        ("[::1]:8000", "::1"),
        ("[0:0:0:0:0:0:0:1]", "::1"),
        ("[fe80::1%eth0]:80", "fe80::1"),
        ("[::ffff:127.0.0.1]", "127.0.0.1"),
        ("::1", "::1"),
        ("a:", "a"),
        ("", None),
        (".", None),
        (":8000", None),
        ("a b", None),
        ("a/b", None),
        ("a@b", None),
        ("a:b", None),
        ("a:8000:1", None),
        ("a,b", None),
        ("[::1", None),
        ("[a]", None),
        ("ä", None),
        ("a\x00", None),
        ("a\n", None),
        ("a" * 400, None),
    ],
)
def test_the_name_in_a_host_header(host: str, found: str | None) -> None:
    assert name(host) == found


@pytest.mark.parametrize(
    "host",
    [
        "errors.example.org", "ERRORS.example.org:8443", "errors.example.org.", "127.0.0.1", "127.0.0.1:8000",
        "127.9.9.9", "localhost:3000", "LOCALHOST.", "a.localhost", "[::1]:8000", "[::ffff:127.0.0.1]",
        "rustrak_web:8000", "rustrak_web", "a.internal", "a_b.c.internal:80",
    ],
)  # fmt: skip
def test_own_names_are_answered(host: str) -> None:
    assert PUBLIC.answers(host)


@pytest.mark.parametrize(
    "host",
    [
        "", "evil.example", "errors.example.org.evil.example", "evil-errors.example.org", "xerrors.example.org",
        "errors_example.org", "192.0.2.1", "[2001:db8::1]", "0.0.0.0", "internal", "localhost.evil.example",
        "xlocalhost", "127.0.0.1.evil.example", "127.1", "2130706433", "errors.example.org@evil.example",
        "errors.example.org evil.example", "evil.example#errors.example.org", "rustrak-web",
    ],
)  # fmt: skip
def test_other_names_are_not(host: str) -> None:
    assert not PUBLIC.answers(host)


@pytest.mark.parametrize("listening", ["0.0.0.0", "::", ""])
def test_every_address_is_answered_by_a_server_that_listens_on_all_of_its_own(listening: str) -> None:
    hosts = Hosts.of(listening, listening, [])
    for host in ("192.0.2.1:8000", "[2001:db8::1]", "0.0.0.0:8000", "localhost"):
        assert hosts.answers(host)
    assert not hosts.answers("evil.example")


def test_the_address_that_it_listens_on_is_answered() -> None:
    hosts = Hosts.of("192.0.2.1", "2001:db8::1", [])
    assert hosts.answers("[2001:DB8:0::1]:8000")
    assert hosts.answers("192.0.2.1")
    assert not hosts.answers("192.0.2.2")


def test_a_star_answers_everything() -> None:
    assert Hosts.of("a.example", "127.0.0.1", ["*"]).answers("anything at all")


def test_entries_of_the_setting() -> None:
    assert declared("Rustrak_Web:8000") == "rustrak_web"
    assert declared("[::1]:80") == declared("::1") == "::1"
    assert declared(".example.org") == declared("*.example.org") == ".example.org"
    assert declared("fehler.exämple") == "fehler.xn--exmple-cua"
    for wrong in ("https://a.example", "a.example/x", "a b", "a.*.example", "*a", "**", ".", ""):
        with pytest.raises(ValueError, match="not a host name"):
            declared(wrong)


@pytest.mark.parametrize("unit", ["a.", "[", "a:", "%a", ":", "1", "_-"])
def test_long_hosts_cost_little(unit: str) -> None:
    assert_linear(lambda n: unit * n, PUBLIC.answers)
    assert_linear(lambda n: f"[{unit * (n % 300)}]", PUBLIC.answers)


@pytest.mark.parametrize(
    ("host", "local", "listening"),
    [
        ("localhost", True, True),
        ("app.localhost", True, True),
        ("127.0.0.1", True, True),
        ("127.1.2.3", True, True),
        ("::1", True, True),
        ("::ffff:127.0.0.1", True, True),
        ("0.0.0.0", True, False),
        ("::", True, False),
        ("192.168.1.5", False, False),
        ("errors.example.org", False, False),
        ("localhost.example.org", False, False),
    ],
)
def test_what_only_this_machine_reaches(host: str, local: bool, listening: bool) -> None:
    assert (is_local(host), is_local(host, listening=True)) == (local, listening)
