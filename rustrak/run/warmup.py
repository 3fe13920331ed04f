"""Loads what a request would load first, so that processes forked afterwards share it and answer at once."""

from __future__ import annotations

from importlib import import_module

from django.conf import settings
from django.template import TemplateSyntaxError, loader
from django.urls import get_resolver


def load() -> None:
    """Import the application and the digest, resolve the URLs, compile our templates."""
    import_module("rustrak.asgi")
    import_module("ingest.digest.loop")
    get_resolver().reverse_dict  # noqa: B018  builds the tables for look-up and reverse
    root = settings.BASE_DIR / "templates"
    for path in sorted(root.rglob("*.html")):
        try:
            loader.get_template(str(path.relative_to(root)))
        except TemplateSyntaxError:
            continue  # its own page says so; the others must start
