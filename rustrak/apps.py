from __future__ import annotations

from django.apps import AppConfig


class RustrakConfig(AppConfig):
    name = "rustrak"

    def ready(self) -> None:
        # At start-up, once all apps are loaded: importing it registers the checks.
        from rustrak import checks  # noqa: F401
