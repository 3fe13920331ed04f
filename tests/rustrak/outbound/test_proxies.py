from __future__ import annotations

import pytest

from rustrak.outbound.proxies import BadProxy, Environment, Proxy, read
from rustrak.outbound.target import parse


def test_the_scheme_of_the_target_decides() -> None:
    environment = Environment(https="http://secure:3128", http="plain:8080")
    assert environment.of(parse("https://example.org")) == Proxy("secure", 3128)
    assert environment.of(parse("http://example.org")) == Proxy("plain", 8080)
    assert Environment(https="http://secure:3128").of(parse("http://example.org")) is None


@pytest.mark.parametrize(
    ("url", "no", "excepted"),
    [
        ("https://chat.example.org", "example.org", True),
        ("https://chat.example.org", ".example.org", True),
        ("https://chat.example.org", "*.example.org", True),
        ("https://chat.example.org", "ample.org", False),
        ("https://example.org", "EXAMPLE.org , x", True),
        ("https://example.org:8443", "example.org:8443", True),
        ("https://example.org:8443", "example.org:443", False),
        ("https://example.org", "*", True),
        ("https://example.org", " , ,", False),
        ("https://10.1.2.3", "10.0.0.0/8", True),
        ("https://10.1.2.3", "10.1.2.3:443", True),
        ("https://11.1.2.3", "10.0.0.0/8", False),
        ("https://[fd00::1]", "fd00::/8", True),
        ("https://[fd00::1]", "[fd00::1]", True),
        ("https://[fd00::1]:8443", "[fd00::1]:8443", True),
        ("https://example.org", "10.0.0.0/8,fd00::1", False),
    ],
)
def test_no_proxy(url: str, no: str, excepted: bool) -> None:
    assert (Environment(https="http://proxy", no=no).of(parse(url)) is None) is excepted


def test_a_password_is_for_the_proxy_only() -> None:
    proxy = read("http://ana:s3cret%2F@proxy.example.org:3128", "HTTP_PROXY")
    assert proxy.headers == {"Proxy-Authorization": "Basic YW5hOnMzY3JldC8="}
    assert "YW5h" not in repr(proxy)
    assert "s3cret" not in repr(Environment(https="http://ana:s3cret@proxy", http="http://ana:s3cret@proxy"))


@pytest.mark.parametrize(
    "raw",
    ["socks5://ana:s3cret@proxy", "https://ana:s3cret@proxy", "http://ana:s3cret@", "http://ana:s3cret@proxy:0",
     "http://ana:s3cret@proxy:x", "http://[::1", "http://proxy\r\ns3cret"],
)  # fmt: skip
def test_what_is_no_proxy(raw: str) -> None:
    with pytest.raises(BadProxy, match="^HTTP_PROXY ") as raised:
        read(raw, "HTTP_PROXY")
    assert "s3cret" not in str(raised.value)
