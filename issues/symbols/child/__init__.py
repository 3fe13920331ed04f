"""The child process: `python -m issues.symbols.child`. Imports no Django."""

from __future__ import annotations
