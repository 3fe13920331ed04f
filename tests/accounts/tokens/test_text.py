"""accounts/tokens/text.py"""

from __future__ import annotations

import json
import re
from base64 import b64decode

from accounts.tokens import text
from rustrak.lib import clock
from tests.lib.growth import assert_linear


def test_a_sentry_token_names_the_server() -> None:
    now = clock.now()
    made = text.new("sentry", "https://errors.example.com/sub", now)
    kind, about, secret = made.split("_")
    assert kind == "sntrys"
    assert json.loads(b64decode(about)) == {
        "iat": now.timestamp(),
        "url": "https://errors.example.com/sub",
        "region_url": "https://errors.example.com/sub",
        "org": "rustrak",
    }
    assert len(b64decode(secret + "=")) == 32
    assert text.prefix(made) == secret[:8]
    assert text.is_token(made)
    assert text.new("sentry", "https://errors.example.com", now) != made


def test_a_plain_token_is_40_hex_digits() -> None:
    made = text.new("plain", "https://errors.example.com", clock.now())
    assert re.fullmatch("[0-9a-f]{40}", made)
    assert text.is_token(made)
    assert text.prefix(made) == made[:8]


def test_other_texts_are_no_tokens() -> None:
    made = text.new("sentry", "https://errors.example.com", clock.now())
    for other in (
        "",
        made[:-1],
        made + "=",
        made.upper(),
        f"x{made}",
        f"{made}\n",
        "a" * 39,
        "sntrys__" + "a" * 43,
    ):
        assert not text.is_token(other), other


def test_the_time_is_proportional_to_the_length() -> None:
    assert_linear(lambda size: "sntrys_" + "a=" * size, text.is_token)
