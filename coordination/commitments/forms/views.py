"""What is typed to keep a view of the register."""

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.base.forms import SubmissionForm


class ViewForm(SubmissionForm):
    name = forms.CharField(
        label=_("Name"),
        max_length=60,
        error_messages={
            "required": _("Give the view a name."),
            "max_length": _("Write at most %(limit_value)d characters."),
        },
    )
    shared = forms.BooleanField(
        label=_("Share it with everybody in the process"),
        required=False,
        help_text=_("Everybody finds it beside their own, and sees in it what they may see."),
    )
