"""A sign-in at the provider: authorization code with PKCE, state and nonce."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Any
from urllib.parse import urlencode

from rustrak.openid import asking, discovery, github, id_tokens
from rustrak.openid.asking import Failed
from rustrak.openid.discovery import Metadata
from rustrak.openid.identity import Identity, from_claims
from rustrak.openid.provider import Provider

__all__ = ["Failed", "Identity", "Pending", "begin", "finish", "metadata"]

_LONGEST_CODE = 4096
_LONGEST_WORDS = 200
_UNCLEAR = "What the provider sent does not prove who you are, so you are not signed in. Try again."


@dataclass(frozen=True, slots=True)
class Pending:
    """A sign-in that has begun in one browser, which keeps it until it comes back. Secret."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


def metadata(provider: Provider) -> Metadata:
    """The provider's addresses. Raises Failed."""
    return github.metadata(provider.issuer) if provider.is_github else discovery.metadata(provider.issuer)


def begin(provider: Provider, return_to: str) -> tuple[str, Pending]:
    """The address to send a browser to, and what must be kept for `finish`. Raises Failed when the provider does not answer."""
    with asking.together():
        place = metadata(provider).authorization
    pending = Pending(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48))
    challenge = base64.urlsafe_b64encode(hashlib.sha256(pending.verifier.encode()).digest()).rstrip(b"=")
    asked = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": return_to,
        "scope": " ".join(provider.scopes),
        "state": pending.state,
        "code_challenge": challenge.decode("ascii"),
        "code_challenge_method": "S256",
    }
    if not provider.is_github:
        asked["nonce"] = pending.nonce
    return f"{place}{'&' if '?' in place else '?'}{urlencode(asked)}", pending


def finish(provider: Provider, pending: Pending, sent: Mapping[str, str], return_to: str) -> Identity:
    """Who came back to `return_to` with the query `sent`. Raises Failed."""
    if not compare_digest(sent.get("state", "").encode(), pending.state.encode()):
        raise Failed(
            "This sign-in was not begun in this browser, or another one has begun since. Try again.",
            "another state",
        )
    with asking.together():
        return _finish(provider, metadata(provider), pending, sent, return_to)


def _finish(
    provider: Provider, about: Metadata, pending: Pending, sent: Mapping[str, str], return_to: str
) -> Identity:
    # RFC 9207: otherwise the answer of another provider could be taken for that of this one.
    if sent.get("iss", provider.issuer) != provider.issuer or (about.names_itself and "iss" not in sent):
        raise Failed(_UNCLEAR, "the answer is another issuer's")
    if error := sent.get("error"):
        raise _refusal(provider, error, sent.get("error_description", ""))
    code = sent.get("code", "")
    if not 0 < len(code) <= _LONGEST_CODE:
        raise Failed(_UNCLEAR, "no code")
    answer = _exchange(provider, about, code, pending.verifier, return_to)
    access = answer.get("access_token")
    if provider.is_github:
        if not isinstance(access, str):
            raise Failed(_UNCLEAR, "no access token")
        return github.identity(provider, access)
    try:
        claims = _claims(provider, about, answer.get("id_token"), pending.nonce)
        claims = _completed(provider, about, claims, access)
        return from_claims(provider.kind, provider.issuer, claims, provider.groups_claim)
    except (id_tokens.BadToken, ValueError) as error:
        raise Failed(_UNCLEAR, f"the ID token: {error}") from None


def _exchange(
    provider: Provider, about: Metadata, code: str, verifier: str, return_to: str
) -> dict[str, Any]:
    """The tokens for the code."""
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": return_to,
        "code_verifier": verifier,
    }
    login = (provider.client_id, provider.client_secret)
    if not about.takes_basic:
        fields |= {"client_id": provider.client_id, "client_secret": provider.client_secret}
    answer = asking.post(about.token, fields, login if about.takes_basic else None)
    if error := answer.get("error"):
        raise Failed(
            "The provider did not accept this sign-in. Try again; if that does not help, ask an admin.",
            f"the token endpoint: {error!s:.100} {answer.get('error_description', '')!s:.200}",
        )
    return answer


def _claims(provider: Provider, about: Metadata, token: object, nonce: str) -> dict[str, Any]:
    if not isinstance(token, str):
        raise id_tokens.BadToken("there is none")
    wanted = {"issuer": provider.issuer, "client_id": provider.client_id, "nonce": nonce}
    try:
        return id_tokens.verified(token, discovery.keys(about.keys), **wanted)
    except id_tokens.UnknownKey:
        # Providers change their keys now and then.
        return id_tokens.verified(token, discovery.keys(about.keys, newer=True), **wanted)


def _completed(provider: Provider, about: Metadata, claims: dict[str, Any], access: object) -> dict[str, Any]:
    """The claims with those that only the user info has. It is signed by nobody, so it must be about the same person."""
    lacks = "email" not in claims or (provider.grants and provider.groups_claim not in claims)
    if not lacks or not about.user_info or not isinstance(access, str):
        return claims
    more = asking.read(about.user_info, access)
    if not isinstance(more, dict) or more.get("sub") != claims["sub"]:
        raise id_tokens.BadToken("the user info is about somebody else")
    return {**more, **claims}


def _refusal(provider: Provider, error: str, description: str) -> Failed:
    if error == "access_denied":
        return Failed(f"{provider.name} did not let you in, or you did not agree there.", error)
    # The provider's words come with the address, which anybody can write: they are for the log alone.
    return Failed(
        f"{provider.name} reported an error. Try again; if that does not help, ask an admin.",
        f"{error[:_LONGEST_WORDS]} {description[:_LONGEST_WORDS]}",
    )
