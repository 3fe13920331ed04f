"""URLs for operators and their monitoring. rustrak.asgi answers /health and /health/ready without Django."""

from __future__ import annotations

from django.urls import path

from rustrak.ops import documentation, metrics, probe

urlpatterns = [
    path("docs/", documentation.index, name="documentation"),
    path("docs/<path:name>/", documentation.page, name="document"),
    path("health/probe", probe.probe, name="health_probe"),
    path("metrics", metrics.metrics, name="metrics"),
]
