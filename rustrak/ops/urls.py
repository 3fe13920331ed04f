"""URLs for operators and their monitoring: health checks and metrics."""

from __future__ import annotations

from django.urls import path

from rustrak.ops import health, metrics, probe

urlpatterns = [
    path("health", health.health, name="health"),
    path("health/ready", health.ready, name="health_ready"),
    path("health/probe", probe.probe, name="health_probe"),
    path("metrics", metrics.metrics, name="metrics"),
]
