from __future__ import annotations

from django.urls import path

from ingest import health, pages

urlpatterns = [
    path("health", health.health, name="health"),
    path("health/ready", health.ready, name="health_ready"),
    path("projects/<slug:slug>/setup/test-event/", pages.send_test_event, name="send_test_event"),
]
