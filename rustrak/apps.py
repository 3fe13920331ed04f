from __future__ import annotations

from django.apps import AppConfig

from rustrak.lib.text import unicode_case


class RustrakConfig(AppConfig):
    name = "rustrak"

    def ready(self) -> None:
        unicode_case.connect()
        # At start-up, once all apps are loaded: importing it registers the checks.
        from rustrak import checks  # noqa: F401
