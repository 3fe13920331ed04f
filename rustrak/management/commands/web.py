from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from rustrak.lib.database import startup
from rustrak.lib.logs.output import say
from rustrak.run import assets, parts
from rustrak.run.listener import CannotListen, listen
from rustrak.run.web import serve
from rustrak.setting_urls import bracketed


class Command(BaseCommand):
    help = "Serve the pages, the API and the SDK endpoints with gunicorn. `up` runs this and the other parts."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        startup.require()
        try:
            listener = listen(settings.HOST, settings.PORT)
        except CannotListen as problem:
            raise CommandError(str(problem)) from None
        parts.close_files()
        assets.collect()
        say(f"Rustrak's web part is listening on {bracketed(settings.HOST)}:{settings.PORT}")
        serve(listener)
