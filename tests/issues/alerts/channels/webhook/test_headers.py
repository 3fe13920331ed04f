from __future__ import annotations

import pytest

from issues.alerts.channels.webhook import headers


def test_lines_are_headers() -> None:
    read, wrong = headers.read("Authorization: Bearer a:b\n\n  X-Team :  shop \nX-Empty:")
    assert (read, wrong) == ({"Authorization": "Bearer a:b", "X-Team": "shop", "X-Empty": ""}, "")
    assert headers.read("") == ({}, "")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("s3cret", "Line 1 is not a header"),
        ("A: b\ns3 cret: x", "Line 2 is not a header"),
        (": s3cret", "not a header"),
        ("Ä: s3cret", "not a header"),
        ("X-A\x00: s3cret", "not a header"),
        ("Host: s3cret", "Host cannot be set"),
        ("content-LENGTH: 5", "content-LENGTH cannot be set"),
        ("Transfer-Encoding: chunked", "cannot be set"),
        ("X-Rustrak-Signature: sha256=s3cret", "cannot be set"),
        ("Proxy-Authorization: s3cret", "cannot be set"),
        ("X-A: s3cret\x00", "all of them ASCII"),
        ("X-A: s3cret\r", None),
        ("X-A: s3crét", "all of them ASCII"),
        ("X-A: " + "s3cret" * 400, "at most 2000"),
        ("X-A: s3cret\nx-a: s3cret", "x-a is there twice"),
        ("\n".join(f"X-{number}: s3cret" for number in range(21)), "at most 20"),
    ],
)
def test_what_is_no_header(text: str, why: str | None) -> None:
    read, wrong = headers.read(text)
    if why is None:
        assert read == {"X-A": "s3cret"}
    else:
        assert why in wrong
        assert "s3cret" not in wrong
        assert read == {}
