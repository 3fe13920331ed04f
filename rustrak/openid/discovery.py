"""What the provider publishes about itself: its addresses and its keys, remembered for an hour in each process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from rustrak.openid import asking
from rustrak.openid.asking import Failed

KEPT_SECONDS = 3600.0
#: Of a failure, so that a provider that is down does not hold up a thread for each person; and between two looks for a
#: new key, so that nobody can have us ask all the time.
FAILED_SECONDS, NEW_KEYS_SECONDS = 10.0, 60.0
MOST_KEYS = 50


@dataclass(frozen=True, slots=True)
class Metadata:
    """`user_info` is empty if there is none. With `names_itself` the provider says who it is when people come back."""

    authorization: str
    token: str
    keys: str
    user_info: str
    takes_basic: bool
    names_itself: bool


class _Memory:
    """Values by address, and failures, for a while."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, Any]] = {}

    def get(self, url: str, fetch: Callable[[str], Any], newer_than: float = KEPT_SECONDS) -> Any:
        """The value of `url`, at most `newer_than` seconds old. Raises Failed."""
        with self._lock:
            kept = self._kept.get(url)
            if kept is not None:
                age = time.monotonic() - kept[0]
                if isinstance(kept[1], Failed) and age < FAILED_SECONDS:
                    raise Failed(kept[1].message, kept[1].detail)
                if not isinstance(kept[1], Failed) and age < newer_than:
                    return kept[1]
        # Without the lock: who comes meanwhile asks as well, rather than waiting for a provider that does not answer.
        try:
            value = fetch(url)
        except Failed as error:
            value = error
        with self._lock:
            self._kept[url] = (time.monotonic(), value)
        if isinstance(value, Failed):
            raise value
        return value

    def forget(self) -> None:
        with self._lock:
            self._kept.clear()


_memory = _Memory()


def forget() -> None:
    """Ask the provider again."""
    _memory.forget()


def metadata(issuer: str) -> Metadata:
    """What the issuer says of itself. Raises Failed."""

    def fetch(url: str) -> Metadata:
        return _metadata(issuer, asking.read(url))

    found: Metadata = _memory.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration", fetch)
    return found


def keys(url: str, *, newer: bool = False) -> list[dict[str, Any]]:
    """The public keys at `url`, as JWKs; with `newer`, asked for again unless that was done a moment ago. Raises Failed."""
    found: list[dict[str, Any]] = _memory.get(url, _keys, NEW_KEYS_SECONDS if newer else KEPT_SECONDS)
    return found


def _keys(url: str) -> list[dict[str, Any]]:
    value = asking.read(url)
    listed = value.get("keys") if isinstance(value, dict) else None
    if not isinstance(listed, list):
        raise Failed("The provider’s keys cannot be read.", f"{url} has no list of keys")
    return [key for key in listed[:MOST_KEYS] if isinstance(key, dict)]


def _metadata(issuer: str, value: Any) -> Metadata:
    if not isinstance(value, dict) or value.get("issuer") != issuer:
        said = value.get("issuer") if isinstance(value, dict) else None
        raise Failed(
            "The provider calls itself something else than OIDC_ISSUER says.",
            f"OIDC_ISSUER is {issuer!r}, the provider says {said!r:.200}: they must be equal, also in slashes",
        )
    secure = urlsplit(issuer).scheme == "https"

    def address(name: str) -> str:
        url = value.get(name)
        if not isinstance(url, str) or urlsplit(url).scheme not in (
            {"https"} if secure else {"https", "http"}
        ):
            raise Failed("The provider’s addresses cannot be used.", f"{name} is {url!r:.200}")
        return url

    methods = value.get("token_endpoint_auth_methods_supported")
    return Metadata(
        authorization=address("authorization_endpoint"),
        token=address("token_endpoint"),
        keys=address("jwks_uri"),
        user_info=address("userinfo_endpoint") if value.get("userinfo_endpoint") else "",
        # Basic is the default: Discovery 1.0, section 3.
        takes_basic=not isinstance(methods, list) or "client_secret_basic" in methods,
        names_itself=value.get("authorization_response_iss_parameter_supported") is True,
    )
