from __future__ import annotations

import logging
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import connections

from rustrak.ops import doctor
from rustrak.ops.doctor import Level, database, report


class Command(BaseCommand):
    help = (
        "Check this installation and print each problem with its fix. Exits with 1 when there is a problem."
    )
    requires_system_checks = []  # their results are among the findings

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the findings as JSON")
        parser.add_argument(
            "--body",
            action="store_true",
            help="also send a body of MAX_ENVELOPE_COMPRESSED_BYTES through PUBLIC_URL: a proxy may refuse it",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        # The findings say everything; log lines would be mixed up with them.
        logging.disable(logging.CRITICAL)
        database.be_quick()
        try:
            findings = doctor.examine(bodies=options["body"])
        finally:
            logging.disable(logging.NOTSET)
            connections.close_all()
        if options["json"]:
            self.stdout.write(report.as_json(findings))
        else:
            colours = self.stdout.isatty() and not options["no_color"]
            for line in report.lines(findings, colours=colours):
                self.stdout.write(line)
        if any(finding.level == Level.PROBLEM for finding in findings):
            sys.exit(1)
