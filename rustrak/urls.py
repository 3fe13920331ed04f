"""All URLs that Django answers. rustrak.asgi sends requests to SDK endpoints to ingest.edge.intake instead."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("rustrak.ops.urls")),
    path("", include("ingest.urls")),
    path("", include("issues.sentry_api.routes")),
    path("", include("rustrak.api.urls")),
    path("", include("accounts.urls")),
    path("", include("issues.urls")),
    path("admin/", admin.site.urls),
]

handler500 = "rustrak.middleware.server_error"
