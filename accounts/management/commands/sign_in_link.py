from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.sign_in import links


class Command(BaseCommand):
    help = (
        "Print a link that signs a person in once, within 15 minutes, without password, provider or second factor: for when "
        "the provider is down, or a password or a device is lost."
    )
    requires_system_checks = []  # the server makes them when it starts; here they take half the time

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="The address with which the person signs in.")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        user = User.objects.filter(email=email.strip().lower()).first()
        if user is None:
            raise CommandError(f"There is no account with the address {email}. Create it with create_user.")
        if not user.is_active:
            raise CommandError(f"The account of {email} is disabled, so nobody can sign in to it.")
        with audit.by_command("sign_in_link"), transaction.atomic():
            audit.record(audit.Action.PERSON_SIGN_IN_LINK, user)
        self.stdout.write(links.link(user))
