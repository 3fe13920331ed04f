"""/metrics: what Prometheus may read of this installation.

view.py          who may read it
exposition.py    what there is to read, from the database, the spool and the files of those who run
"""

from __future__ import annotations

from rustrak.ops.metrics.view import metrics

__all__ = ["metrics"]
