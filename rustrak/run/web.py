"""The web part: gunicorn, run inside this process."""

from __future__ import annotations

import resource
import socket
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from gunicorn.app.base import Application
from gunicorn.glogging import Logger


class Log(Logger):  # type: ignore[misc]
    """Sends gunicorn's messages through Rustrak's logging, in LOG_FORMAT."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


class _Server(Application):  # type: ignore[misc]
    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        super().__init__()

    def load_config(self) -> None:
        self.load_config_from_file(str(Path(__file__).with_name("gunicorn_conf.py")))
        self.cfg.set("bind", f"fd://{self._descriptor}")

    def load(self) -> Any:
        # Not before start-up has collected the static files: the application's middleware lists them.
        return import_string(settings.ASGI_APPLICATION)


def serve(listener: socket.socket) -> None:
    """Serve on `listener` until SIGTERM or SIGINT, then raise SystemExit."""
    _allow_many_files()
    # gunicorn owns the descriptor from here on, and closes it.
    _Server(listener.detach()).run()


def _allow_many_files() -> None:
    """Raise the soft limit of open files: the usual 1024 are too few for a thousand connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65536 if hard == resource.RLIM_INFINITY else min(hard, 65536)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
