"""What people type to record a number."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.base.forms import SubmissionForm
from coordination.processes.edit_forms import DayField

from ..flag_access import Sides
from ..models import Bound

REPORTED, MEASURED = "reported", "measured"


class MeasurementForm(SubmissionForm):
    value = forms.DecimalField(
        label=_("Number"),
        max_digits=14,
        decimal_places=2,
        min_value=0,
        widget=forms.NumberInput(attrs={"step": "any"}),
        error_messages={
            "required": _("Write the number."),
            "min_value": _("Write 0 or a greater number."),
        },
    )
    on = DayField(
        label=_("Day"),
        help_text=_("When it was so, in the process’s time zone."),
        error_messages={"required": _("Say which day.")},
    )
    side = forms.ChoiceField(
        label=_("Who says so"), error_messages={"required": _("Say who says so.")}
    )
    source = forms.CharField(
        label=_("Source"),
        help_text=_("A report, a visit, a declaration."),
        required=False,
        max_length=160,
    )

    def __init__(self, data: Any = None, *, bound: Bound, may: Sides, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.verifier = bound.commitment.verifying_body
        words: dict[str, Any] = {}
        if may.reports:
            words[REPORTED] = _("Who owes it reports it")
        if may.verifies and self.verifier:
            words[MEASURED] = _("%(body)s measured it") % {"body": self.verifier.name}
        side: Any = self.fields["side"]
        side.choices = list(words.items())
        if len(words) > 1:
            side.choices = [("", _("Choose")), *words.items()]
        else:
            side.initial = next(iter(words), "")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        side = data.pop("side", "")
        return data | {"body": self.verifier if side == MEASURED else None}
