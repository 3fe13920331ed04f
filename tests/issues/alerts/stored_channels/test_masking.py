from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable
from urllib.parse import quote, unquote

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


@pytest.mark.parametrize(
    "repeat",
    [
        str,
        str.upper,
        unquote,
        lambda said: quote(said, safe=""),
        lambda said: quote(quote(said, safe=""), safe=""),
        lambda said: json.dumps(unquote(said)).replace("/", "\\/"),
        lambda said: html.escape(unquote(said)),
        lambda said: base64.b64encode(said.encode()).decode(),
        lambda said: base64.urlsafe_b64encode(b"bob:" + unquote(said).encode()).decode(),
        lambda said: base64.b64encode(b"a" + unquote(said).encode() + b"zz").decode(),
        # Cut, as the beginning of a long answer is.
        lambda said: f"{said[:-3]}…",
        lambda said: f"It answered: {said[:-4]}…. It may be wrong.",
    ],
)
@pytest.mark.parametrize("secret", ["s3cret%2Fva%3Cl%2Bue%3D%3D", 's3cret/va<l+ue"==', "s3cret-token"])
def test_an_answer_does_not_repeat_secrets_in_another_form(repeat: Callable[[str], str], secret: str) -> None:
    said = without_secrets(f"You sent {repeat(secret)}", [f"https://example.org/x?key={secret}", secret])
    assert said.startswith("You sent ")
    assert "••••" in said
    everything = said.lower() + "".join(
        base64.b64decode(word + "==", b"-_").decode("latin-1").lower()
        for word in re.findall(r"[A-Za-z0-9+/_-]{6,}", said)
        if len(word) % 4 != 1
    )
    assert "3cre" not in everything


def test_other_words_stay() -> None:
    said = "hooks.example.org says: invalid token, ask your admin"
    assert without_secrets(said, ["https://hooks.example.org/a/b", "ask", "say"]) == said


def test_words_that_addresses_have_in_common_stay() -> None:
    said = "Messages are not sent: a redirect of the service. Bearer? Authorization? The webhook does not know threadKey."
    secrets = [
        "https://chat.example.org/v1/spaces/AAAA/messages?threadKey=xxxxxxx&redirect=s3cret",
        "Authorization: Bearer s3crets3cret",
    ]
    assert without_secrets(said, secrets) == said


def test_it_takes_time_in_proportion() -> None:
    assert_linear(
        lambda size: "secret" * size + "…" * size,
        lambda text: without_secrets(text, ["secretsecret", text[:5000]]),
    )
