from __future__ import annotations

import sys
from getpass import getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from accounts import audit, projects
from accounts.models import User


class Command(BaseCommand):
    help = "Create a user. The password is read from a prompt or, without a terminal, from the first line of stdin."
    requires_system_checks = []  # the server makes them when it starts; here they take half the time

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument(
            "--admin", action="store_true", help="make the user an admin of the whole installation"
        )

    def handle(self, *args: Any, email: str, admin: bool, **options: Any) -> None:
        email = email.strip().lower()
        try:
            validate_email(email)
        except ValidationError:
            raise CommandError(f"{email!r} is not an e-mail address.") from None
        if len(email) > 254:
            raise CommandError("The e-mail address is longer than 254 characters.")
        if User.objects.filter(email=email).exists():
            raise CommandError(f"The user {email} already exists.")
        password = _read_password()
        try:
            validate_password(password, User(email=email))
        except ValidationError as weak:
            raise CommandError(" ".join(weak.messages)) from None
        create = User.objects.create_superuser if admin else User.objects.create_user
        try:
            with transaction.atomic(), audit.by_command("create_user"):
                user = create(email, password)
                projects.join_awaited(user)
                audit.record(audit.Action.PERSON_CREATE, user, details={"admin": admin})
        except IntegrityError:
            raise CommandError(f"The user {email} already exists.") from None
        self.stdout.write(f"Created the {'admin' if admin else 'user'} {email}.")


def _read_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass("Password: ")
    if getpass("Password again: ") != password:
        raise CommandError("The passwords do not match.")
    return password
