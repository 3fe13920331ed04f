"""Loads what a first request would load, so that processes forked afterwards share it and answer at once."""

from __future__ import annotations

from django.conf import settings
from django.template import TemplateSyntaxError, loader
from django.urls import get_resolver
from django.utils.module_loading import import_string


def load_urls() -> None:
    """Import all views, and build the tables for matching and reversing URLs."""
    get_resolver().reverse_dict  # noqa: B018  builds the tables


def load() -> None:
    """Import the application, resolve the URLs and compile Rustrak's own templates."""
    # Not before start-up has collected the static files: the application's middleware lists them.
    import_string(settings.ASGI_APPLICATION)
    load_urls()
    root = settings.BASE_DIR / "templates"
    for path in sorted(root.rglob("*.html")):
        try:
            loader.get_template(str(path.relative_to(root)))
        except TemplateSyntaxError:
            continue  # reported when its page is shown; the server must start
