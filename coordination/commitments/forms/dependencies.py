"""What people type about what a commitment waits on, and what they ask of its chain."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from coordination.base.forms import SubmissionForm

from ..models import Commitment

LEAST_DAYS, MOST_DAYS = 1, 3650


class DependencyForm(SubmissionForm):
    on = forms.CharField(
        label=_("Waits on"),
        help_text=_("The number in the register, as in C-14."),
        max_length=12,
        error_messages={"required": _("Write the number of a commitment, as in C-14.")},
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=240,
        help_text=_("Why it cannot go ahead before."),
    )
    source = forms.CharField(
        label=_("Source"), required=False, max_length=160, help_text=_("An article, a decision.")
    )

    def __init__(self, data: Any = None, *, commitment: Commitment, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.commitment = commitment

    def clean_on(self) -> Commitment:
        """A number is typed: a list of all commitments would be too long to choose from."""
        number = self.cleaned_data["on"].strip().upper().removeprefix("C-").strip()
        found = None
        if number.isascii() and number.isdigit() and len(number) < 9:
            rows = Commitment.objects.filter(process=self.commitment.process)
            found = rows.filter(number=int(number)).first()
        if found is None:
            raise forms.ValidationError(
                _now("There is no commitment %(code)s in the register: look its number up there."),
                params={"code": self.cleaned_data["on"].strip()},
            )
        found.process = self.commitment.process
        return found


class LateForm(forms.Form):
    """How late a commitment may be imagined to be; asked with GET."""

    late = forms.IntegerField(
        label=_("Days late"),
        min_value=LEAST_DAYS,
        max_value=MOST_DAYS,
        error_messages={
            name: _("Write a whole number of days, from 1 to 3650.")
            for name in ("required", "invalid", "min_value", "max_value")
        },
    )
