"""Reads the text of one environment variable as a value. Each reader raises ValueError with what is wrong.

rustrak.settings adds the variable's name and an example to that message. Nothing here reads the environment.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from rustrak import setting_urls
from rustrak.lib.database import options
from rustrak.lib.http.hosts import declared

# A file with the value of a variable may not be longer.
_LONGEST_FILE = 64 * 1024
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:_[0-9]+)*")
_DOTENV_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")


def dotenv(text: str) -> str:
    """The text of a `.env` file as environ reads it: without blanks around `=`. Raises ValueError with the line's number.

    environ itself skips what it cannot read, and logs it with the secrets in it.
    """
    lines = []
    for number_of_line, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        found = _DOTENV_LINE.fullmatch(line)
        if found is None:
            raise ValueError(f"line {number_of_line} must be NAME=value, a comment or empty")
        lines.append(f"{found[1]}={found[2]}")
    return "\n".join(lines)


def given(environment: Mapping[str, str], name: str) -> str:
    """The text of the variable `name`, or of the file that `NAME_FILE` names, without blanks around it. Empty if unset.

    Raises ValueError, whose message never repeats the text.
    """
    direct, path = environment.get(name, "").strip(), environment.get(f"{name}_FILE", "").strip()
    if not path:
        return direct
    try:
        with open(path, "rb") as file:
            read = file.read(_LONGEST_FILE + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a path"
        raise ValueError(f"{path!r} cannot be read ({reason})") from None
    if len(read) > _LONGEST_FILE:
        raise ValueError(f"{path!r} is larger than {_LONGEST_FILE // 1024} KiB")
    try:
        text = read.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise ValueError(f"{path!r} is not UTF-8 text") from None
    if not text:
        raise ValueError(f"{path!r} is empty")
    if direct and direct != text:
        raise ValueError(f"{name} is set too, to another value: remove one of the two")
    return text


def unquoted(raw: str) -> str:
    """`raw` without quotes around it: `docker run --env-file` passes them on, while shells and Compose remove them."""
    return raw[1:-1].strip() if len(raw) > 1 and raw[0] == raw[-1] and raw[0] in "'\"" else raw


def text(raw: str) -> str:
    """Text in one line."""
    if _CONTROL.search(raw):
        raise ValueError("must be one line of UTF-8 text without control characters")
    return raw


def number(least: int = 0, most: int = 2**63 - 1) -> Callable[[str], int]:
    """A reader of whole numbers from `least` to `most`, both included."""

    def read(raw: str) -> int:
        if not _NUMBER.fullmatch(raw):
            raise ValueError("must be a whole number in the digits 0 to 9, without a unit")
        value = int(raw) if len(raw) < 100 else most + 1
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


def networks(raw: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """Addresses and networks, separated by commas."""
    return [_network(part.strip()) for part in raw.split(",") if part.strip()]


def _network(part: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    bare = part[1:-1] if part.startswith("[") and part.endswith("]") else part
    try:
        return ipaddress.ip_network(bare, strict=False)
    except ValueError:
        raise ValueError(
            f"{part[:80]!r} is not an address or a network: no names, no ports, and commas between them"
        ) from None


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
    if raw.split(":", 1)[0].lower() not in {"sqlite", "postgres", "postgresql"}:
        raise ValueError("only sqlite and postgres are supported")
    if raw.lower().startswith("sqlite:"):
        return _sqlite(raw)
    parts = setting_urls.split(raw)
    config: dict[str, Any] = environ.Env.db_url_config(parts.encoded())
    if not config["NAME"] and "service" not in config.get("OPTIONS", {}):
        raise ValueError("must end with a slash and the name of the database")
    return options.of_postgresql(config)


def _sqlite(raw: str) -> dict[str, Any]:
    """Raises ValueError for what environ would cut off or ignore."""
    if raw.partition(":")[2] in {"//", "//:memory:", "///", "///:memory:"}:
        raise ValueError("must name a file, which several processes share")
    parts = setting_urls.split(raw.replace("@", "%40"))
    if parts.places != (("", None),) or parts.query:
        raise ValueError("must be sqlite:/// and the path of a file, without host and options")
    config: dict[str, Any] = environ.Env.db_url_config(parts.encoded())
    return options.of_sqlite(config)


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
