from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        # At start-up: models cannot be imported before the apps are loaded.
        from accounts.sign_in import reset_mail, second_factors, sessions

        sessions.connect()
        second_factors.connect()
        reset_mail.register()
