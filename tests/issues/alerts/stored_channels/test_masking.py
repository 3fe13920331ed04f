from __future__ import annotations

import pytest

from issues.alerts.stored_channels.masking import masked, without_secrets
from tests.lib.growth import assert_linear


@pytest.mark.parametrize(
    ("secret", "shown"),
    [
        ("", ""),
        ("short", "••••"),
        ("123456789012345", "••••"),
        ("xoxb-1234567890-abcdef", "•••• cdef"),
        ("https://hooks.example.org/T0/B0/s3cret", "hooks.example.org/••••"),
        ("HTTPS://ana:pw@Hooks.example.org:8443/s3cret?a", "hooks.example.org/••••"),
        ("https://[::1", "••••"),
        ("pover://s3cretuser@s3crettoken", "pover://••••"),
        ("Authorization: Bearer s3cret\nX-Key: s3cret", "Authorization: ••••\nX-Key: ••••"),
        ("X-Key: s3cret\ns3cret", "••••"),
    ],
)
def test_what_is_shown(secret: str, shown: str) -> None:
    assert masked(secret) == shown


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("no hook s3cret-token here", "s3cret-token"),
        ("404 for /T0/B0/s3crets3cret", "https://hooks.example.org/T0/B0/s3crets3cret"),
        ("you sent Bearer s3crets3cret", "Authorization: Bearer s3crets3cret\nX-Other: s3cretly"),
        ("no such user s3crettoken", "pover://s3crettoken@other"),
        ("your token s3cret", "s3cret"),
        ("key=s3cretkey", "https://example.org/?key=s3cretkey&x=1"),
    ],
)
def test_an_answer_does_not_repeat_secrets(text: str, secret: str) -> None:
    assert "s3cret" not in without_secrets(text, [secret])
    assert "••••" in without_secrets(text, [secret])


def test_other_words_stay() -> None:
    said = "hooks.example.org says: invalid token, ask your admin"
    assert without_secrets(said, ["https://hooks.example.org/a/b", "ask", "say"]) == said


def test_it_takes_time_in_proportion() -> None:
    assert_linear(
        lambda size: "secret" * size, lambda text: without_secrets(text, ["secretsecret", text[:5000]])
    )
