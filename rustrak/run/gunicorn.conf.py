"""How gunicorn serves Rustrak; `manage.py web` adds the socket it listens on."""

from __future__ import annotations

import gc
import signal
from typing import Any

from django.conf import settings

from rustrak.run.processes import die_with_parent

worker_class = "rustrak.run.worker.Worker"
workers = settings.WEB_WORKERS
# The application is loaded once, in the master: workers share its memory and start at once.
preload_app = True
# Per worker. A slow connection costs some kilobytes; past this a client gets a 503 and comes back.
worker_connections = 4000
# Longer than the proxies in front of us keep theirs (nginx: 60 s), so that they, not we, hang up first.
keepalive = 75
# A worker whose event loop stands still this long is replaced; also how long a body may pause.
timeout = 60
graceful_timeout = 5
# Proxies are believed in rustrak.proxies, by TRUSTED_PROXIES; gunicorn itself believes none.
forwarded_allow_ips = ""
accesslog = None
loglevel = "warning"
logger_class = "rustrak.run.web.Log"
proc_name = "rustrak web"
control_socket_disable = True


def when_ready(server: Any) -> None:
    """What was loaded is left out of garbage collection, which would copy shared pages by touching them."""
    gc.collect()
    gc.freeze()


def post_fork(server: Any, worker: Any) -> None:
    """No worker outlives its master, which may be killed without a word to them."""
    die_with_parent(signal.SIGTERM)
