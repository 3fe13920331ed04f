"""Who may do what, asked by a template."""

from __future__ import annotations

from django import template

from accounts.access import is_project_admin
from accounts.models import Project, User

register = template.Library()


@register.filter
def administered_by(project: Project, user: User) -> bool:
    """`{% if project|administered_by:user %}`"""
    return is_project_admin(user, project)
