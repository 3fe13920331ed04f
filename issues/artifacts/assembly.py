"""From pieces to artifacts: the states of an upload, and the work between them."""

from __future__ import annotations
