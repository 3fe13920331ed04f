"""Sentry's web API, as far as the clients use it that people already have: /api/0/… Source: docs/sentry-api.md."""

from __future__ import annotations
