"""/metrics: figures of this installation for Prometheus.

view.py          who may read them
exposition.py    the figures, from the database, the spool and the state files of the running processes
"""

from __future__ import annotations

from rustrak.ops.metrics.view import metrics

__all__ = ["metrics"]
