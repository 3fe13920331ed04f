from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import jwt
import pytest

from rustrak.openid.id_tokens import LEEWAY_SECONDS, LONGEST, BadToken, UnknownKey, verified
from tests.lib.openid_provider import CLIENT_ID, ISSUER, OpenIdProvider, private_key, public, signed

NONCE = "a nonce"


def check(token: str, keys: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return verified(token, keys or [public()], issuer=ISSUER, client_id=CLIENT_ID, nonce=NONCE)


def claims(**more: Any) -> dict[str, Any]:
    found = {**OpenIdProvider(nonce=NONCE).usual(), **more}
    return {name: value for name, value in found.items() if value is not None}


def encoded(header: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()


def test_a_good_token() -> None:
    assert check(signed(claims()))["sub"] == "7"
    assert check(signed(claims(aud=[CLIENT_ID, "other"], azp=CLIENT_ID)))["sub"] == "7"
    assert check(signed(claims(exp=int(time.time()) - LEEWAY_SECONDS // 2)))["sub"] == "7"


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://evil.example.org"},
        {"iss": ISSUER + "/"},
        {"iss": None},
        {"aud": "other"},
        {"aud": ["other"]},
        {"aud": None},
        {"aud": [CLIENT_ID, "other"]},
        {"azp": "other"},
        {"nonce": "another"},
        {"nonce": None},
        {"nonce": 7},
        {"sub": None},
        {"exp": None},
        {"exp": int(time.time()) - 3600},
        {"iat": None},
        {"iat": int(time.time()) + 3600},
        {"nbf": int(time.time()) + 3600},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_claims_that_are_not_for_this_sign_in(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadToken):
        check(signed(claims(**wrong)))


def test_signatures_that_prove_nothing() -> None:
    good = signed(claims())
    head, body, signature = good.split(".")
    none = encoded({"alg": "none", "kid": "first"})
    other = signed(claims(sub="1")).split(".")[1]
    # Signed with what everybody knows: the public key as a secret.
    hmac_head = encoded({"alg": "HS256", "kid": "first"})
    mac = hmac.new(json.dumps(public()).encode(), f"{hmac_head}.{body}".encode(), hashlib.sha256).digest()
    forged = f"{hmac_head}.{body}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
    for token in [
        f"{none}.{body}.", f"{none}.{body}.{signature}", f"{head}.{body}.", f"{head}.{other}.{signature}", forged,
        jwt.encode(claims(), private_key("second"), "RS256", {"kid": "first"}), "", "a.b.c", "x" * (LONGEST + 1),
    ]:  # fmt: skip
        with pytest.raises(BadToken):
            check(token)


@pytest.mark.parametrize(
    "keys",
    [
        [public("second")],
        [public(use="enc")],
        [public(alg="RS512")],
        [public(), public()],
        [{"kid": "first"}],
    ],
)
def test_keys_that_are_for_something_else(keys: list[dict[str, Any]]) -> None:
    with pytest.raises(UnknownKey):
        check(signed(claims()), keys)


def test_a_token_that_names_no_key_needs_a_single_one() -> None:
    token = jwt.encode(claims(), private_key("first"), "RS256")
    assert check(token)["sub"] == "7"
    with pytest.raises(UnknownKey):
        check(token, [public(), public("second")])


@pytest.mark.parametrize("spoiled", [{"n": "!"}, {"n": ""}, {"e": None}])
def test_a_spoiled_key_is_no_error_of_ours(spoiled: dict[str, Any]) -> None:
    with pytest.raises(BadToken):
        check(signed(claims()), [public(**spoiled)])
