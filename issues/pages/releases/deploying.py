"""The form that says that a release was deployed."""

from __future__ import annotations

from django import forms

from accounts.models import Project, User
from issues.models import Deploy
from issues.releases import tools
from issues.releases.rows import LONGEST_ENVIRONMENT, LONGEST_VERSION, BadRelease


class DeployForm(forms.Form):
    """A deploy that has just finished."""

    version = forms.CharField(
        label="Release", max_length=LONGEST_VERSION, help_text="As the SDK sends it, such as shop@2.4.1."
    )
    to = forms.CharField(label="Environment", max_length=LONGEST_ENVIRONMENT, help_text="Such as production.")
    url = forms.CharField(
        label="Address",
        max_length=tools.LONGEST_URL,
        required=False,
        help_text="Where more is to be read, such as the build.",
    )

    def save(self, project: Project, by: User) -> Deploy | None:
        """The deploy; None if something is wrong, which the form then says."""
        data = self.cleaned_data
        try:
            return tools.deploy(project, data["version"], data["to"], by=by, url=data["url"])[0]
        except BadRelease as bad:
            self.add_error(None, str(bad))
        return None
