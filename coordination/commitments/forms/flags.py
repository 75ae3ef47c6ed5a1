"""What people type to flag a commitment, and to take a flag down."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.base.forms import SubmissionForm

from ..flag_access import Flaggable
from ..models import Flag, Obligation


class OwnerField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return obj.owner_name


class FlagForm(SubmissionForm):
    kind = forms.ChoiceField(
        label=_("Flag"),
        choices=[("", _("Choose")), *Flag.Kind.choices],
        help_text=_("While something is suspended nobody is asked, and nothing is late."),
        error_messages={"required": _("Choose one of the flags.")},
    )
    obligation = OwnerField(
        label=_("Owed by"),
        queryset=Obligation.objects.none(),
        required=False,
        empty_label=_("all who owe it"),
    )
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Every member of the process reads it."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Say why.")},
    )

    def __init__(self, data: Any = None, *, may: Flaggable, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        if may.whole and len(may.obligations) == 1:
            del self.fields["obligation"]
            return
        field: Any = self.fields["obligation"]
        field.queryset = Obligation.objects.filter(
            pk__in=[one.pk for one in may.obligations]
        ).select_related("party", "body")
        field.required = not may.whole
        if not may.whole:
            field.empty_label = _("Choose")


class BecauseForm(SubmissionForm):
    """Why something is taken back."""

    because = forms.CharField(
        label=_("Reason"),
        help_text=_("It stays in the record with this reason."),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Say why.")},
    )
