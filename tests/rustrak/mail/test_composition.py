"""How the text of a message is encoded."""

from __future__ import annotations

import pytest

from rustrak.mail.composition import compose


@pytest.mark.parametrize(
    ("text", "html", "encoding"),
    [
        ("https://example.org/" + "x" * 200, "", "7bit"),
        ("x" * 2000, "", "quoted-printable"),
        ("naïve", "", "quoted-printable"),
        ("plain", "<p>plain", "quoted-printable"),
    ],
)
def test_only_what_needs_it_is_quoted(text: str, html: str, encoding: str) -> None:
    message = compose(["ana@example.org"], "Subject", text, html).message()
    parts = message.get_payload() if html else [message]
    assert {part["Content-Transfer-Encoding"] for part in parts} == {encoding}
    assert parts[0].get_payload(decode=True).decode().strip() == text
