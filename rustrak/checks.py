"""System checks: conditions for serving anything."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.urls import URLPattern, URLResolver, get_resolver

OURS = {"rustrak", "accounts", "ingest", "issues"}
# Modules whose views have no decorator of ours, and what protects them instead.
GUARDED_ELSEWHERE = {
    "allauth.account": "sign-in and password reset are for everyone; the other views require a user themselves",
    "ninja": "each API operation names its auth; tests/house calls each one without",
}


def views(patterns: Iterable[Any], prefix: str = "") -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every (route, view) in `patterns`, without the admin's."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            # AdminSite.admin_view wraps them all: staff only.
            if pattern.app_name == "admin":
                continue
            yield from views(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route, pattern.callback


def _home(view: Callable[..., Any]) -> str:
    """The module in which a view is defined, also behind a partial or a class-based view."""
    view = getattr(view, "view_class", None) or getattr(view, "func", None) or view
    return str(getattr(view, "__module__", None) or type(view).__module__)


@register
def every_view_has_a_policy(app_configs: Iterable[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """Every view of ours needs a decorator of accounts.access: without one, anyone can use it."""
    found: list[CheckMessage] = []
    for route, view in views(get_resolver().url_patterns):
        module = _home(view)
        if getattr(view, "access", None):
            continue
        if module.split(".")[0] not in OURS and any(
            module == known or module.startswith(known + ".") for known in GUARDED_ELSEWHERE
        ):
            continue
        found.append(
            Error(
                f"The view of /{route} does not say who may use it.",
                hint="Add a decorator from accounts.access: @public(reason), @signed_in or @member.",
                obj=f"{module}.{getattr(view, '__name__', view)}",
                id="rustrak.E001",
            )
        )
    return found


@register
def directories_are_ours(app_configs: Iterable[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """RUSTRAK_DATA and INGEST_DIR must be writable, and only the owner may read the secret."""
    found: list[CheckMessage] = []
    for name, path in (("RUSTRAK_DATA", settings.DATA_DIR), ("INGEST_DIR", settings.INGEST_DIR)):
        if not _writable(path):
            found.append(
                Error(
                    f"{name}={str(path)!r} is not writable.",
                    hint=f"Make the user that runs Rustrak its owner, or set another directory. Example: {name}=/var/lib/rustrak",
                    id="rustrak.E002",
                )
            )
    secret = settings.DATA_DIR / "secret_key"
    if secret.exists() and stat.S_IMODE(secret.stat().st_mode) & 0o077:
        found.append(
            Warning(
                f"Other users of this machine can read {secret}.",
                hint=f"chmod 600 {secret}",
                id="rustrak.W001",
            )
        )
    return found


def _writable(path: Path) -> bool:
    """Whether files can be created in `path`, or, if it does not exist, whether it can be created."""
    while not path.exists():
        path = path.parent
    return path.is_dir() and os.access(path, os.W_OK | os.X_OK)
