from __future__ import annotations

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from rustrak.lib.database import startup
from rustrak.run import assets, parts
from rustrak.run.listener import CannotListen, listen
from rustrak.run.processes import say
from rustrak.run.web import serve


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
        say(f"Rustrak's web part is listening on {settings.HOST}:{settings.PORT}", sys.stdout)
        serve(listener)
