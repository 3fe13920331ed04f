#!/usr/bin/env python
"""Run one of Rustrak's commands: `manage.py help` lists them."""

from __future__ import annotations

import os
import sys

from rustrak.lib.logs.output import open_missing


def main() -> None:
    open_missing()
    if sys.argv[1:] in (["--version"], ["version"]):
        # Django would name its own version. Nothing else is imported: this must work before anything is set up.
        from rustrak.lib.version import version

        print(f"Rustrak {version()}")
        return
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rustrak.settings")
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import Error

    try:
        settings.INSTALLED_APPS  # noqa: B018  reads the environment
    except ImproperlyConfigured as problem:
        sys.exit(f"Rustrak cannot start: {problem}")
    try:
        execute_from_command_line(sys.argv)
    except Error as error:
        from rustrak.lib.database import refusal

        if (sentence := refusal.of_command(error)) is None:
            raise
        sys.exit(sentence)


if __name__ == "__main__":
    main()
