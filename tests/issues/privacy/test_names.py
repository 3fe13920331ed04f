from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issues.privacy import names

SECRETS = {
    "password": "password db_password dbPassword DB-PASSWORD dbpassword PGPASSWORD password2 new_password_confirmation pwd MYSQL_PWD "
    "user[password] user%5Bpassword%5D passwd old_passphrase passwordResetToken",
    "secret": "secret client_secret AppSecret secret_santa AWS_SECRET_ACCESS_KEY",
    "token": "token access_token authToken csrfmiddlewaretoken X-CSRF-Token token_value GITHUB_TOKEN jwt",
    "API key": "api_key apiKey X-Api-Key apikey HTTP_X_API_KEY",
    "authorization": "Authorization HTTP_AUTHORIZATION auth basic_auth X-Sentry-Auth Proxy-Authorization",
    "cookie": "Cookie cookies Set-Cookie HTTP_COOKIE",
    "session": "session sessionid session_id PHPSESSID JSESSIONID",
    "key": "private_key privateKey signing-key",
    "credentials": "credentials aws_credentials",
    "card number": "card_number cardNumber credit_card cvv cc-number",
}
HARMLESS = (
    "author authors authority authenticated is_authenticated tokenizer token_count max_tokens total_tokens password_length "
    "AUTH_PASSWORD_VALIDATORS password_reset_url keyboard monkey primary_key foreign_key public_key key sentry_key card card_type "
    "discard oauth sessions session_timeout cookie_policy secretary secrets_count passenger compass encoding pin pinned"
)


@pytest.mark.parametrize("kind", SECRETS)
def test_a_name_is_known_by_its_words(kind: str) -> None:
    assert {name: names.kind_of(name) for name in SECRETS[kind].split()} == dict.fromkeys(
        SECRETS[kind].split(), kind
    )


def test_names_that_only_contain_such_words_are_kept() -> None:
    assert {name: kind for name in HARMLESS.split() if (kind := names.kind_of(name))} == {}


def test_more_names_are_secret_in_an_environment_and_some_are_known_not_to_be() -> None:
    for name in ("STRIPE_KEY", "FTP_PASS", "HASH_SALT", "NPM_TOKENS", "DB_PASSWORD"):
        assert names.kind_in_environment(name), name
    for name in (
        "PWD",
        "OLDPWD",
        "SSH_AUTH_SOCK",
        "XDG_SESSION_ID",
        "PATH",
        "HOME",
        "KEYBOARD",
        "SENTRY_DSN",
        "SECURITYSESSIONID",
    ):
        assert names.kind_in_environment(name) == "", name


STEMS = re.compile(names.STEMS, re.IGNORECASE)
PARTS = st.sampled_from(
    sorted(
        {
            *names._LAST,
            *names._OF_ENVIRONMENT,
            *(word for two in names._LAST_TWO for word in two),
            "x",
            "id",
            "Base",
        }
    )
)


@given(
    st.lists(PARTS, min_size=1, max_size=4),
    st.sampled_from(("", "_", "-", ".", " ", "%5B", "1", "[")),
    st.booleans(),
)
def test_every_name_that_counts_contains_what_is_looked_for_first(
    words: list[str], between: str, camel: bool
) -> None:
    name = between.join(word.title() if camel else word for word in words)
    assert not names.kind_of(name) or STEMS.search(name)


@given(st.text())
def test_any_text_can_be_asked_about(name: str) -> None:
    assert not names.kind_of(name) or STEMS.search(name)
    names.kind_in_environment(name)
