"""Outcomes, rejections and accepted requests in words for people. Pure: no database, no requests."""

from __future__ import annotations

from ingest.words.explanation import Explanation
from ingest.words.rejections import explain

__all__ = ["Explanation", "explain"]
