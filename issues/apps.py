from __future__ import annotations

from django.apps import AppConfig


class IssuesConfig(AppConfig):
    name = "issues"

    def ready(self) -> None:
        # At start-up: models cannot be imported before the apps are loaded.
        from issues import assignees
        from issues.alerts.mail import summaries

        assignees.connect()
        summaries.register()
