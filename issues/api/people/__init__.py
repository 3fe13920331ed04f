"""The API of what people have to do with issues: comments, who watches, and who looks after what."""

from __future__ import annotations
