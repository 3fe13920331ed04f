"""How gunicorn serves Rustrak; `manage.py web` adds the socket it listens on."""

from __future__ import annotations

import gc
import signal
import sys
from typing import Any

from django.conf import settings

from rustrak.lib.disk import private
from rustrak.run.processes import die_with_parent

worker_class = "rustrak.run.worker.Worker"
workers = settings.WEB_WORKERS
# The application is loaded once, in the master: workers share its memory and start at once.
preload_app = True
# Per worker. A slow connection costs a few kilobytes; beyond this number a client gets a 503 with Retry-After.
worker_connections = 4000
# Longer than proxies keep an idle connection (nginx: 60 s): the side that closes first must not be this one.
keepalive = 75
# Seconds. A worker whose event loop is blocked for longer is replaced; also the longest pause within a body.
timeout = 60
graceful_timeout = 5
# rustrak.proxies decides by TRUSTED_PROXIES which proxies are trusted; gunicorn itself trusts none.
forwarded_allow_ips = ""
# As in rustrak.settings: gunicorn's default would let everybody write to what it creates.
umask = private.UMASK
accesslog = None
loglevel = "warning"
logger_class = "rustrak.run.web.Log"
proc_name = "rustrak web"
control_socket_disable = True
# How long a page may keep the interpreter from the event loop, in seconds; Python's default is 5 ms, and each event
# waits for it several times. docs/decisions/0016 has the measurements.
SWITCH_SECONDS = 0.0005


def when_ready(server: Any) -> None:
    """Exclude what is loaded from garbage collection, which would write to the shared pages and so copy them."""
    gc.collect()
    gc.freeze()


def post_fork(server: Any, worker: Any) -> None:
    """Have the kernel stop the worker when its master is killed, and the event loop run soon beside busy pages."""
    die_with_parent(signal.SIGTERM)
    sys.setswitchinterval(SWITCH_SECONDS)
