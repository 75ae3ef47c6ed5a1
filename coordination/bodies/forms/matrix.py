"""What people type about responsibilities and about what was found."""

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.base.forms import SubmissionForm
from coordination.processes.edit_forms import EditForm

from ..models import Acceptance, Claim, Responsibility


class TakeOnForm(forms.Form):
    """A responsibility that a body takes on, new or known."""

    name = forms.CharField(
        label=_("Add a responsibility, verb first"),
        max_length=Responsibility._meta.get_field("name").max_length,
        error_messages={"required": _("Say what has to be done, verb first.")},
    )
    source = forms.CharField(
        label=_("Article"),
        required=False,
        max_length=Claim._meta.get_field("source").max_length,
    )


class ResponsibilityForm(EditForm):
    class Meta:
        model = Responsibility
        fields = ("name", "source", "description")


class AcceptForm(SubmissionForm):
    """Why something is meant to be so; `facts` are those that the page showed."""

    facts = forms.CharField(widget=forms.HiddenInput, max_length=64)
    reason = forms.CharField(
        label=_("Why is it meant to be so?"),
        help_text=_(
            "Every member reads it. The gap is left out of the count until its facts change."
        ),
        max_length=Acceptance._meta.get_field("reason").max_length,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Say why it is meant to be so.")},
    )
