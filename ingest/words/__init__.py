"""Outcomes and refusals in words for people. Pure: takes codes and what was noted, returns sentences."""

from __future__ import annotations

from ingest.words.requests import Explanation, explain

__all__ = ["Explanation", "explain"]
