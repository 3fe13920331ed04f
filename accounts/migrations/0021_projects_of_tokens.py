from __future__ import annotations

from typing import Any

from django.db import migrations
from django.db.models import Count, Q


def bind(apps: Any, editor: Any) -> None:
    """A token that was for one project stays for it."""
    tokens = apps.get_model("accounts", "ApiToken")
    links = tokens.projects.through
    bound = tokens.objects.filter(project__isnull=False)
    rows = bound.values_list("pk", "project_id").iterator(500)
    links.objects.bulk_create((links(apitoken_id=pk, project_id=project) for pk, project in rows), 500)
    bound.update(is_for_projects=True)


def unbind(apps: Any, editor: Any) -> None:
    """What there was before: tokens for one project or for all. Tokens with other limits would get stronger, so they are deleted."""
    tokens = apps.get_model("accounts", "ApiToken")
    counted = tokens.objects.annotate(number=Count("projects"))
    other = Q(capabilities__isnull=False) | Q(expires_at__isnull=False) | (Q(is_for_projects=True) & ~Q(number=1))
    tokens.objects.filter(pk__in=counted.filter(other).values("pk")).delete()
    for link in tokens.projects.through.objects.iterator(500):
        tokens.objects.filter(pk=link.apitoken_id).update(project_id=link.project_id)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0020_limits_of_tokens")]

    operations = [migrations.RunPython(bind, unbind)]
