"""Where the pages about what arrives are."""

from __future__ import annotations

from django.urls import path

from ingest.pages import filters, ledger, limits, requests, setup, test_event

urlpatterns = [
    path("projects/<slug:slug>/intake/", ledger.intake, name="intake"),
    path("projects/<slug:slug>/intake/requests/", requests.intake_requests, name="intake_requests"),
    path("projects/<slug:slug>/settings/filters/", filters.project_filters, name="project_filters"),
    path("projects/<slug:slug>/settings/limits/", limits.project_limits, name="project_limits"),
    path("projects/<slug:slug>/setup/", setup.setup, name="project_setup"),
    path("projects/<slug:slug>/setup/status", setup.setup_status, name="setup_status"),
    path("projects/<slug:slug>/setup/advice/", setup.close_advice, name="advice_close"),
    path("projects/<slug:slug>/setup/test-event/", test_event.send_test_event, name="send_test_event"),
]
