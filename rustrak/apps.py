from __future__ import annotations

from django.apps import AppConfig


class RustrakConfig(AppConfig):
    name = "rustrak"

    def ready(self) -> None:
        from rustrak import checks  # noqa: F401
