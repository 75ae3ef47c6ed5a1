"""What the secretary types during a review."""

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from coordination.base.forms import SubmissionForm
from coordination.commitments.forms import LevelField
from coordination.commitments.models import Level, Obligation

from .models import AgendaItem, Attendance, Outcome, Review


class OwedByField(forms.ModelChoiceField):
    """One of the obligations of a commitment, by the name of who owes it."""

    def label_from_instance(self, obj: Any) -> str:
        return obj.owner_name


class FindingForm(SubmissionForm):
    """A level that the meeting finds for one of those who owe the commitment."""

    obligation = OwedByField(
        queryset=Obligation.objects.none(),
        label=_("Owed by"),
        empty_label=_("Choose who owes it"),
        error_messages={"required": _("Choose whose part of the commitment this is about.")},
    )
    level = LevelField(label=_("Level that the meeting finds"))
    text = forms.CharField(
        label=_("Finding, as it will stand in the minutes"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Write what was found.")},
    )

    def __init__(self, item: AgendaItem, *args: Any, **kwargs: Any) -> None:
        kwargs["prefix"] = "finding"
        super().__init__(*args, **kwargs)
        field = self.fields["obligation"]
        assert isinstance(field, OwedByField)
        field.queryset = Obligation.objects.filter(commitment=item.commitment_id).select_related(
            "party", "body"
        )

    @property
    def level_options(self) -> list[tuple[int, Any, bool]]:
        chosen = str(self["level"].value())
        return [(one.value, one.label, str(one.value) == chosen) for one in Level]


class OutcomeForm(SubmissionForm):
    """A decision, or that an item is noted or carried over."""

    kind = forms.ChoiceField(
        label=_("Outcome"),
        choices=[
            (kind.value, capfirst(kind.label))
            for kind in Outcome.Kind
            if kind != Outcome.Kind.FINDING
        ],
    )
    text = forms.CharField(
        label=_("In words"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["prefix"] = "outcome"
        super().__init__(*args, **kwargs)


class AttendanceForm(forms.Form):
    """A presence for each seat that somebody holds."""

    def __init__(self, review: Review, seats: Any, *args: Any, **kwargs: Any) -> None:
        kwargs["prefix"] = "attendance"
        super().__init__(*args, **kwargs)
        recorded = {a.seat_id: a.presence for a in review.attendance.all()}
        self.seats = {seat.pk: seat for seat in seats if seat.current_terms}
        for seat in self.seats.values():
            self.fields[str(seat.pk)] = forms.ChoiceField(
                label=str(seat),
                choices=[("", _("not yet here")), *Attendance.Presence.choices],
                required=False,
                initial=recorded.get(seat.pk, ""),
            )

    def presences(self) -> dict[int, tuple[str, Any]]:
        """For each seat: the presence ("" for none any more), and who holds it today."""
        return {
            int(name): (presence, self.seats[int(name)].current_terms[0].holder)
            for name, presence in self.cleaned_data.items()
        }
