"""What all addresses of Sentry's web API have in common: errors, what an address names, pages of lists."""

from __future__ import annotations
