"""Reads the text of one environment variable as a value. Each reader raises ValueError with what is wrong.

rustrak.settings adds the variable's name and an example to that message. Nothing here reads the environment.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from rustrak.lib.database import options
from rustrak.lib.http.hosts import declared


def number(least: int = 0, most: int = 2**63 - 1) -> Callable[[str], int]:
    """A reader of whole numbers from `least` to `most`, both included."""

    def read(raw: str) -> int:
        try:
            value = int(raw)
        except ValueError:
            raise ValueError("must be a whole number") from None
        if not least <= value <= most:
            raise ValueError(f"must be from {least} to {most}")
        return value

    return read


def boolean(raw: str) -> bool:
    """True for 1, true, yes and on; False for 0, false, no and off, in any case of letters."""
    word = raw.lower()
    if word in {"1", "true", "yes", "on"}:
        return True
    if word in {"0", "false", "no", "off"}:
        return False
    raise ValueError("must be true or false")


def choice(*words: str) -> Callable[[str], str]:
    """A reader of one of `words`, which are in lower case; the text may be in any case of letters."""

    def read(raw: str) -> str:
        if raw.lower() not in words:
            raise ValueError(f"must be one of {', '.join(words)}")
        return raw.lower()

    return read


def url(raw: str) -> str:
    """An http or https URL with an optional port and path, without a slash at its end."""
    parts = urlsplit(raw)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an http or https address")
    if parts.query or parts.fragment or parts.username:
        raise ValueError("must have no user, query or fragment")
    return raw.rstrip("/")


def networks(raw: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """Addresses and networks, separated by commas."""
    return [ipaddress.ip_network(part.strip(), strict=False) for part in raw.split(",") if part.strip()]


def host_names(raw: str) -> list[str]:
    """Host names, separated by commas, as rustrak.lib.http.hosts.declared returns them."""
    return [declared(part.strip()) for part in raw.split(",") if part.strip()]


def class_path(raw: str) -> str:
    """The dotted path of a class, such as `storages.backends.s3.S3Storage`. It is not imported."""
    if not re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+", raw):
        raise ValueError("must be the dotted path of a class")
    return raw


def json_object(raw: str) -> dict[str, Any]:
    """A JSON object."""
    try:
        value = json.loads(raw)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise ValueError("must be a JSON object")
    return value


def database(raw: str) -> dict[str, Any]:
    """The URL of a SQLite file or a PostgreSQL database, as an entry of Django's DATABASES."""
    if raw.split(":", 1)[0] not in {"sqlite", "postgres", "postgresql"}:
        raise ValueError("only sqlite and postgres are supported")
    config: dict[str, Any] = environ.Env.db_url_config(raw)
    return options.of_sqlite(config) if raw.startswith("sqlite") else options.of_postgresql(config)


def stored_secret(directory: Path) -> str:
    """The secret in the file `secret_key` of `directory`, which only its owner can read; generated the first time.

    Raises ImproperlyConfigured when it cannot be stored or is empty.
    """
    path = directory / "secret_key"
    try:
        if not path.exists():
            # Written under another name first: a process that starts at the same time must not read an empty file.
            draft = directory / f".secret_key.{os.getpid()}"
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(48))
            try:
                os.link(draft, path)
            except FileExistsError:
                pass
            draft.unlink()
        secret = path.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"RUSTRAK_DATA={str(directory)!r}: {path.name} cannot be stored there ({error.strerror}). "
            "Example: RUSTRAK_DATA=./data"
        ) from None
    if not secret:
        raise ImproperlyConfigured(f"{path} is empty. Delete it, and the next start generates a new secret.")
    return secret
