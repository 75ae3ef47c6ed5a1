"""What is typed to open a restricted record to others."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.base.forms import SubmissionForm
from coordination.processes.models import Party

from .models import Audience


class ReleaseForm(SubmissionForm):
    party = forms.ModelChoiceField(
        label=_("Release it to"),
        queryset=Party.objects.none(),
        empty_label=_("Choose"),
        help_text=_("Everybody who acts for the party reads it from then on."),
        error_messages={
            "required": _("Choose a party."),
            "invalid_choice": _("Choose a party of the list."),
        },
    )
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("It stands in the ledger, for those who may read the record."),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Say why it is released.")},
    )

    def __init__(self, data: Any = None, *, parties: Any, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["party"].queryset = parties  # type: ignore[attr-defined]


class AudienceForm(SubmissionForm):
    audience = forms.ChoiceField(
        label=_("Read by"),
        help_text=_("What was released to a party besides stays released."),
        error_messages={
            "required": _("Choose who reads it."),
            "invalid_choice": _("Choose one of the list."),
        },
    )

    def __init__(self, data: Any = None, *, choices: list[Audience], now: str) -> None:
        super().__init__(data, initial={"audience": now})
        self.fields["audience"].choices = [(one.value, one.label) for one in choices]  # type: ignore[attr-defined]


class TakeBackForm(SubmissionForm):
    """The button that takes a release back."""
