"""Who asks, and what they may see: the token, the organization, its projects and people."""

from __future__ import annotations
