from __future__ import annotations

import pytest

from issues.privacy import values
from issues.privacy.ruleset import DEFAULT
from tests.lib.growth import assert_linear

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAKC\n-----END RSA PRIVATE KEY-----"


def removed(text: str) -> tuple[str, str]:
    found = DEFAULT.in_text(text).line
    assert DEFAULT.in_text(found.text).line.text == found.text
    return found.text, " ".join(found.kinds)


@pytest.mark.parametrize(
    ("text", "left", "kind"),
    [
        ("postgres://app:hunter2@db:5432/shop", "postgres://app:[removed: password]@db:5432/shop", "password"),
        ("at https://:p%40ss@example.org/a?b", "at https://:[removed: password]@example.org/a?b", "password"),
        ("redis://u:p@ss@h", "redis://u:[removed: password]@h", "password"),
        ("Bearer abc.DEF-123", "Bearer [removed: authorization]", "authorization"),
        ("'Basic dXNlcjpwYXNz'", "'Basic dXNlcjpwYXNz'", ""),
        ("'Basic dXNlcjpwYXNzMTI='", "'Basic [removed: authorization]'", "authorization"),
        (f"jwt {JWT}, ok", "jwt [removed: JSON Web Token], ok", "JSON Web Token"),
        (f"a {PEM} b", "a [removed: private key] b", "private key"),
        (PEM[:60], "[removed: private key]", "private key"),
        ("4111 1111 1111 1111", "[removed: card number]", "card number"),
        ("no 5555-5555-5555-4444.", "no [removed: card number].", "card number"),
        ("amex 378282246310005", "amex [removed: card number]", "card number"),
        ("3782 822463 10005", "[removed: card number]", "card number"),
        ("DE89 3704 0044 0532 0130 00 EUR 12", "[removed: IBAN] EUR 12", "IBAN"),
        ("GB82WEST12345698765432", "[removed: IBAN]", "IBAN"),
        ("ES91 2100 0418 4502 0005 1332 PAID", "[removed: IBAN] PAID", "IBAN"),
        ("key AKIAIOSFODNN7EXAMPLE.", "key [removed: token].", "token"),
        ("ghp_" + "a1" * 18, "[removed: token]", "token"),
        ("xoxb-1234567890-abcdef", "[removed: token]", "token"),
    ],
)  # fmt: skip
def test_secrets_are_known_by_their_form(text: str, left: str, kind: str) -> None:
    assert removed(text) == (left, kind)


@pytest.mark.parametrize(
    "text",
    [
        "https://0123456789abcdef@example.org/1",  # the public key of a DSN
        "http://user:%s@host", "https://u:***@h", "https://example.org:8080/@ana", "Basic authentication failed",
        "4111 1111 1111 1112", "1700000000000000", "0000 0000 0000 0000", "140234567890123", "4.111111111111111", "1-4111111111111111",
        "4111-1111-1111-1111-222222222222", "DE89 3704 0044 0532 0130 01", "XX89370400440532013000", "AKIA", "eyJhbGciOiJI", "ghp_x",
        "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----", "sk-theme-dark", "2026-11-27T14:00:00.123456Z",
        "550e8400-e29b-41d4-a716-446655440000",
    ],
)  # fmt: skip
def test_what_only_looks_like_one_is_kept(text: str) -> None:
    assert removed(text) == (text, "")


def test_numbers_of_cards_have_an_issuer_a_length_and_a_check_digit() -> None:
    assert values.is_card_number("2221000000000009")
    assert not values.is_card_number("2220000000000000")
    assert not values.is_card_number("41111111111111")


@pytest.mark.parametrize(
    "text",
    ["://a:", "://", "Bearer ", "Bearer a", "eyJ", "eyJaaaaaaaaa.", "-eyJ", "-----BEGIN ", "-----BEGIN PRIVATE KEY-----", "4", "4111 ",
     "4111-", "DE89 ", "DE", "ghp_a", "sk-a", "1:AA", "A"],
)  # fmt: skip
def test_growth(text: str) -> None:
    assert_linear(lambda n: text * n, lambda text: DEFAULT.in_text(text).line, largest=1 << 15)
