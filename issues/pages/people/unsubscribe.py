"""Where the links in messages lead: a page with a button, and the one click of a mail program (RFC 8058).

The link is signed and works without a sign-in. Who has it can stop this mail, and learns nothing: the page is the same
whether the person and the project are still there.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.access import public
from accounts.models import Project, User
from issues.alerts.mail import links
from issues.alerts.mail.links import Subscription
from issues.alerts.people import choices


# Without a CSRF token, because a mail program posts from its own server. Whoever can forge the request has the link.
@csrf_exempt
@public("the link in a message is signed, and does nothing but stop this mail")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """A POST unsubscribes, whatever its body; mail programs send `List-Unsubscribe=One-Click`. Again does no harm."""
    subscription = links.read(token)
    if subscription is None:
        context: dict[str, object] = {"is_broken": True, "no_referrer": True}
    else:
        if request.method == "POST":
            _stop(subscription)
        context = {
            "done": request.method == "POST",
            "of_summary": subscription.project_id is None,
            "name": _name(subscription),
            "no_referrer": True,
        }
    status = 200 if subscription else 404
    response = render(request, "issues/alerts/people/unsubscribe.html", context, status=status)
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


def _stop(subscription: Subscription) -> None:
    if subscription.project_id is None:
        choices.stop_summaries(subscription.user_id)
    elif (
        User.objects.filter(pk=subscription.user_id).exists()
        and Project.objects.filter(pk=subscription.project_id).exists()
    ):
        choices.opt_out(subscription.user_id, subscription.project_id)


def _name(subscription: Subscription) -> str:
    """The project's name, while the person may see the project."""
    user = User.objects.filter(pk=subscription.user_id, is_active=True).first()
    if user is None or subscription.project_id is None:
        return ""
    project = Project.objects.visible_to(user).filter(pk=subscription.project_id).first()
    return project.name if project else ""
