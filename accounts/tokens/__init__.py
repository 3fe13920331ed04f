"""API tokens: their text, and who may have them."""

from __future__ import annotations
