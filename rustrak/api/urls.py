"""The API's URLs, mounted at the root: its routes contain the whole path."""

from __future__ import annotations

from django.urls import path, re_path

from rustrak.api.pages import docs, docs_of, missing
from rustrak.api.whole import api

app_name = "api"
urlpatterns = [
    *api.patterns,
    path("api/docs", docs, name="docs"),
    path("api/docs/", docs),
    path("api/docs/<slug:subject>/", docs_of, name="docs_of"),
    re_path(r"^(?:api|auth)(?:/[\s\S]*)?\Z", missing),  # also with line breaks
]
