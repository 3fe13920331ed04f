"""The names of artifacts, and which of them a frame's URL can mean. Pure.

Source: docs/source-maps.md, "Names of artifacts".
"""

from __future__ import annotations
