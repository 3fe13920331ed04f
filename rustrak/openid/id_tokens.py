"""Checks an ID token: who signed it, for whom, when, and for which sign-in. Source: OpenID Connect Core 1.0, section 3.1.3.7."""

from __future__ import annotations

from collections.abc import Sequence
from hmac import compare_digest
from typing import Any

#: With a public key of the provider's only: neither `none` nor those for which the client secret or the public key is the key.
ALGORITHMS = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
)  # fmt: skip
#: How far the clocks of the provider and of this machine may differ.
LEEWAY_SECONDS = 60
LONGEST = 48 * 1024


class BadToken(Exception):
    """The token does not prove who somebody is. The message is for the log and has nothing of the token's content."""


class UnknownKey(BadToken):
    """It is signed with a key that is not among those that are known."""


def verified(
    token: str, keys: Sequence[dict[str, Any]], *, issuer: str, client_id: str, nonce: str
) -> dict[str, Any]:
    """The claims of a token that is signed with one of `keys` (JWKs) by `issuer`, for this client and this sign-in.

    Raises BadToken; UnknownKey when newer keys may help.
    """
    # Imported here for memory, as in rustrak.lib.sealed: most processes never need it.
    import jwt

    if len(token) > LONGEST:
        raise BadToken("it is too long")
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError as error:
        raise BadToken(type(error).__name__) from None
    algorithm = header.get("alg")
    if algorithm not in ALGORITHMS:
        raise BadToken("its algorithm is not one of those that are accepted")
    key = _key(keys, header.get("kid"), algorithm)
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            jwt.PyJWK(key, algorithm),
            algorithms=[algorithm],
            audience=client_id,
            issuer=issuer,
            leeway=LEEWAY_SECONDS,
            options={"require": ["iss", "sub", "aud", "exp", "iat"]},
        )
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise BadToken(f"{type(error).__name__}: {str(error)[:100]}") from None
    audience, authorized = claims["aud"], claims.get("azp")
    if authorized not in (
        {client_id} if isinstance(audience, list) and len(audience) > 1 else {client_id, None}
    ):
        raise BadToken("it is for another client")
    said = claims.get("nonce")
    if not isinstance(said, str) or not compare_digest(said.encode(), nonce.encode()):
        raise BadToken("it is for another sign-in")
    return claims


def _key(keys: Sequence[dict[str, Any]], identifier: object, algorithm: str) -> dict[str, Any]:
    """The key that the token names, or the only one that fits. A key that says what it is for is used for that alone."""
    kinds = {"R": "RSA", "P": "RSA"}
    kind = "OKP" if algorithm == "EdDSA" else kinds.get(algorithm[0], "EC")
    fitting = [
        key
        for key in keys
        if key.get("kty") == kind
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and (identifier is None or key.get("kid") == identifier)
    ]
    if len(fitting) != 1:
        raise UnknownKey("no key of the provider fits" if not fitting else "several keys of the provider fit")
    return fitting[0]
