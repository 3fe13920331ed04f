"""System checks: what must hold before anything is served."""

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
# Views that wear no decorator of ours, and who guards them instead.
GUARDED_ELSEWHERE = {
    "allauth.account": "sign-in and password reset are for strangers; the rest asks for a user itself",
    "ninja": "each API operation names its auth; tests.house calls every one as a stranger",
}


def views(patterns: Iterable[Any], prefix: str = "") -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every (route, view) below `patterns` but the admin's."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            # AdminSite.admin_view wraps them all, also those of other modules: staff only.
            if pattern.app_name == "admin":
                continue
            yield from views(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route, pattern.callback


def _home(view: Callable[..., Any]) -> str:
    """The module a view was written in; partials and class-based views are looked through."""
    view = getattr(view, "view_class", None) or getattr(view, "func", None) or view
    return str(getattr(view, "__module__", None) or type(view).__module__)


@register
def every_view_has_a_policy(app_configs: Iterable[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """A view of ours without one of accounts.access's decorators is open to anyone by mistake."""
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
                f"The view of /{route} says not who may enter.",
                hint="Decorate it with one of accounts.access: @public(why), @signed_in or @member.",
                obj=f"{module}.{getattr(view, '__name__', view)}",
                id="rustrak.E001",
            )
        )
    return found


@register
def directories_are_ours(app_configs: Iterable[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """RUSTRAK_DATA and INGEST_DIR can be written, and the secret is nobody else's to read."""
    found: list[CheckMessage] = []
    for name, path in (("RUSTRAK_DATA", settings.DATA_DIR), ("INGEST_DIR", settings.INGEST_DIR)):
        if not _writable(path):
            found.append(
                Error(
                    f"{name}={str(path)!r} cannot be written.",
                    hint=f"Give it to the user that runs Rustrak, or set another. Example: {name}=/var/lib/rustrak",
                    id="rustrak.E002",
                )
            )
    secret = settings.DATA_DIR / "secret_key"
    if secret.exists() and stat.S_IMODE(secret.stat().st_mode) & 0o077:
        found.append(
            Warning(
                f"{secret} can be read by other users of this machine.",
                hint=f"chmod 600 {secret}",
                id="rustrak.W001",
            )
        )
    return found


def _writable(path: Path) -> bool:
    """Whether files can be made in `path`, or `path` itself can be made."""
    while not path.exists():
        path = path.parent
    return path.is_dir() and os.access(path, os.W_OK | os.X_OK)
