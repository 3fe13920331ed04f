"""A provider in this process that signs what a test says, also what no provider should. `send` is a stand-in for
rustrak.outbound.client.send."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client

from rustrak.openid.provider import Provider, configured
from rustrak.outbound.messages import Request, Response

ISSUER, CLIENT_ID, SECRET = "https://id.example.org", "rustrak", "a secret of the client"


@cache
def private_key(name: str) -> rsa.RSAPrivateKey:
    """A key of the provider; another one for another name."""
    return rsa.generate_private_key(65537, 2048)


def public(name: str = "first", /, **more: Any) -> dict[str, Any]:
    """The public part as a JWK, whose `kid` is the name."""
    jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(private_key(name).public_key()))
    return {**jwk, "kid": name, "use": "sig", "alg": "RS256", **more}


def signed(claims: dict[str, Any], key: str = "first", algorithm: str = "RS256") -> str:
    return jwt.encode(claims, private_key(key), algorithm, {"kid": key})


@dataclass
class OpenIdProvider:
    """`claims` of the person are laid over the usual ones; `write` makes the token of them. `asked` are the addresses so far."""

    claims: dict[str, Any] = field(default_factory=dict)
    write: Callable[[dict[str, Any]], str] = signed
    user_info: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    keys: list[dict[str, Any]] = field(default_factory=lambda: [public()])
    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    posted: list[dict[str, str]] = field(default_factory=list)
    nonce: str = ""

    def usual(self) -> dict[str, Any]:
        now = int(time.time())
        person = {"sub": "7", "email": "bo@example.org", "email_verified": True, "name": "Bo"}
        about = {"iss": ISSUER, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": self.nonce}
        return {**about, **person}

    def send(self, request: Request, seconds: float = 10.0) -> Response:
        path = urlsplit(request.url).path
        self.asked.append(path)
        if path in self.answers:
            answer = self.answers[path]
        elif path == "/.well-known/openid-configuration":
            answer = {
                "issuer": ISSUER,
                "authorization_endpoint": f"{ISSUER}/authorize",
                "token_endpoint": f"{ISSUER}/token",
                "jwks_uri": f"{ISSUER}/keys",
                "userinfo_endpoint": f"{ISSUER}/user-info",
                **self.metadata,
            }
        elif path == "/keys":
            answer = {"keys": self.keys}
        elif path == "/user-info":
            answer = self.user_info
        elif path == "/token":
            self.posted.append({name: values[0] for name, values in parse_qs(request.body.decode()).items()})
            claims = {
                name: value for name, value in {**self.usual(), **self.claims}.items() if value is not None
            }
            answer = {"access_token": "access", "token_type": "Bearer", "id_token": self.write(claims)}
        else:
            return Response(404)
        return answer if isinstance(answer, Response) else Response(200, {}, json.dumps(answer).encode())

    def sign_in(self, client: Client, next_page: str = "", **sent: str) -> Any:
        """The answer to a browser that comes back from here, having begun at `start`."""
        begun = client.get("/accounts/oidc/start/", {"next": next_page} if next_page else {})
        query = {name: values[0] for name, values in parse_qs(urlsplit(begun["Location"]).query).items()}
        self.nonce = query.get("nonce", "")
        back = {"code": "a code", "state": query["state"], **sent}
        return client.get("/accounts/oidc/callback/", back)


def provider(kind: str = "generic", **more: Any) -> Provider:
    """What the settings would make of it."""
    found = configured(
        kind, **{"issuer": ISSUER, "client_id": CLIENT_ID, "client_secret": SECRET, "name": "Company", **more}
    )
    assert found is not None
    return found
