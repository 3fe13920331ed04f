from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.filters.origins import is_pattern, origin_allowed


@pytest.mark.parametrize(
    ("line", "origin"),
    [
        ("*", "https://anywhere.example"),
        ("*", "null"),
        ("*", "nonsense"),
        ("example.org", "https://example.org"),
        ("example.org", "http://example.org:8080"),
        ("Example.ORG", "https://example.org"),
        ("example.org.", "https://example.org"),
        ("*.example.org", "https://a.b.example.org"),
        ("*.example.org", "https://example.org"),
        ("https://example.org", "https://example.org"),
        ("https://example.org/", "https://example.org"),
        ("https://example.org", "https://example.org:443"),
        ("https://example.org:443", "https://example.org"),
        ("https://example.org:*", "https://example.org:8443"),
        ("https://*.example.org:*", "https://a.example.org:8443"),
        ("*://example.org", "app://example.org"),
        ("example.org:8080", "http://example.org:8080"),
        ("*:8080", "http://anything:8080"),
        ("localhost", "http://localhost:3000"),
        ("[::1]:3000", "http://[::1]:3000"),
        ("192.0.2.1", "http://192.0.2.1"),
        ("chrome-extension://abcdef", "chrome-extension://abcdef"),
        ("capacitor://localhost", "capacitor://localhost"),
        ("null", "null"),
        ("bücher.example", "https://bücher.example"),
    ],
)
def test_allowed(line: str, origin: str) -> None:
    assert is_pattern(line)
    assert origin_allowed([line], origin)
    assert origin_allowed(("other.example", line), origin)


@pytest.mark.parametrize(
    ("line", "origin"),
    [
        ("example.org", "https://www.example.org"),
        ("example.org", "https://example.org.evil.example"),
        ("*.example.org", "https://badexample.org"),
        ("*.example.org", "https://example.org.evil.example"),
        ("https://example.org", "http://example.org"),
        ("https://example.org", "https://example.org:8443"),
        ("example.org:8080", "http://example.org"),
        ("example.org:8080", "http://example.org:80"),
        ("example.org", "null"),
        ("example.org", "https://evil.example#example.org"),
        ("example.org", "https://evil@example.org"),
        ("example.org", "nonsense\n"),
        ("example.org", "https://" + "a" * 3000 + ".example.org"),
        ("not an origin", "https://not"),
    ],
)
def test_not_allowed(line: str, origin: str) -> None:
    assert not origin_allowed([line], origin)


@pytest.mark.parametrize("origin", [None, ""])
def test_without_an_origin(origin: str | None) -> None:
    assert origin_allowed(["example.org"], origin)


def test_no_allowed_origins_allow_all() -> None:
    assert origin_allowed([], "https://anywhere.example")
    assert origin_allowed((), "null")


@pytest.mark.parametrize("line", ["https://example.org/app", "example.org:0", "example.org:99999", "a b", "a*.org", "://x"])  # fmt: skip
def test_what_is_not_a_pattern(line: str) -> None:
    assert not is_pattern(line)
    assert not origin_allowed([line], "https://example.org")


@given(st.lists(st.text(max_size=30), max_size=3), st.text(max_size=40))
def test_never_raises(lines: list[str], origin: str) -> None:
    assert origin_allowed(lines, origin) in (True, False)
