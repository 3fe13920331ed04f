"""The web part: gunicorn, run in this process."""

from __future__ import annotations

import resource
import socket
from pathlib import Path
from typing import Any

from gunicorn.app.base import Application
from gunicorn.glogging import Logger


class Log(Logger):  # type: ignore[misc]
    """gunicorn's messages through our logging, in LOG_FORMAT."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


class _Server(Application):  # type: ignore[misc]
    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        super().__init__()

    def load_config(self) -> None:
        self.load_config_from_file(str(Path(__file__).with_name("gunicorn.conf.py")))
        self.cfg.set("bind", f"fd://{self._descriptor}")

    def load(self) -> Any:
        from rustrak.asgi import application

        return application


def serve(listener: socket.socket) -> None:
    """Serve on `listener` until SIGTERM or SIGINT; leaves by SystemExit."""
    _allow_many_files()
    # gunicorn takes the descriptor over and closes it.
    _Server(listener.detach()).run()


def _allow_many_files() -> None:
    """Raises the soft limit of open files: a thousand connections don't fit into the usual 1024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65536 if hard == resource.RLIM_INFINITY else min(hard, 65536)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
