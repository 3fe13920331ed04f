"""URLs for operators and their monitoring. rustrak.asgi answers /health and /health/ready without Django."""

from __future__ import annotations

from django.urls import path

from rustrak.ops import metrics, probe

urlpatterns = [
    path("health/probe", probe.probe, name="health_probe"),
    path("metrics", metrics.metrics, name="metrics"),
]
