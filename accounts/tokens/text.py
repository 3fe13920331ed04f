"""The text of tokens: 40 hex digits, or `sntrys_…`, which tells clients where the server is. Source: docs/sentry-api.md."""

from __future__ import annotations
