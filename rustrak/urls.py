"""Every address that Django answers. SDK addresses never come here: rustrak.asgi sends them to ingest.intake."""

from __future__ import annotations

from importlib import import_module

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [path("admin/", admin.site.urls)]
for module in ("issues.api.urls", "issues.urls", "accounts.urls", "ingest.urls"):
    try:
        import_module(module)
    except ModuleNotFoundError as missing:
        if missing.name != module:
            raise
        continue
    urlpatterns.append(path("", include(module)))
