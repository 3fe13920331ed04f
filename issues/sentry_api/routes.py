"""The addresses of Sentry's web API."""

from __future__ import annotations
