"""The API's URLs, mounted at the root: its routes contain the whole path."""

from __future__ import annotations

from django.urls import path, re_path

from issues.api import api
from issues.api.pages import docs, missing

app_name = "api"
urlpatterns = [
    *api.patterns,
    path("api/docs", docs, name="docs"),
    path("api/docs/", docs),
    re_path(r"^(?:api|auth)(?:/.*)?$", missing),
]
