"""What is typed about dates: when something is due, its extensions and readings, and anchors."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from coordination.base.dates import in_words, local_moment
from coordination.ledger.models import Entry
from coordination.processes.edit_forms import EditForm
from coordination.processes.models import AnchorDate
from coordination.processes.tables import State

from ..expected import is_open
from ..models import (
    Commitment,
    Deadline,
    DeadlineTerm,
    ExpectedOccurrence,
    Extension,
    Reading,
    Trigger,
)
from .kinds import DEADLINE, TableForm, fields_of
from .naming import proposed_commitments
from .rows import ReadTermRow, TermRow, terms_given, terms_of

#: Times that can be chosen where one of them is extended; they are asked for in their order.
TIMES = 60

_CLOCK: dict[str, Any] = {
    "required": False,
    "widget": forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
}


class TermsForm(TableForm):
    """A form with terms, which count from anchors and from other commitments."""

    def __init__(
        self, data: Any = None, *, process: Any, commitment: Commitment, **kw: Any
    ) -> None:
        self.commitment, self.kind = commitment, commitment.kind
        super().__init__(data, process=process, **kw)

    def trigger_of(self, data: Any, process: Any, thing: Any) -> Trigger | None:
        return self.commitment.trigger

    def ledger_thing(self) -> Any:
        return self.commitment

    @property
    def commitments(self) -> list[tuple[str, str]]:
        return proposed_commitments(self.process)


class DatesForm(TermsForm):
    """When the agreement itself says that it is due; `thing` is the deadline."""

    tables = {"terms": (TermRow, _("Dates"))}

    class Meta:
        model = Deadline
        fields = DEADLINE

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in set(DEADLINE) - set(fields_of(self.kind)):
            del self.fields[name]

    def state_of(self, thing: Deadline) -> State:
        state = super().state_of(thing)
        own = thing.terms.filter(reading=None)
        said = {name: value for name, value in state.items() if name in fields_of(self.kind)}
        return said | {"terms": terms_of(own, self.bases, TermRow)}

    def given(self) -> State:
        said = super().given()
        stored = DeadlineTerm.objects.filter(deadline=self.thing, reading=None)
        return said | {"terms": terms_given(said["terms"], self.bases, stored)}


class ExtensionForm(EditForm):
    """A new date in force, or a time by which the one before is prolonged; of the deadline."""

    clock = forms.TimeField(label=_("Time"), **_CLOCK)

    class Meta:
        model = Extension
        fields = (
            *("expected", "on", "clock", "amount", "unit"),
            *("agreed_by", "agreed_on", "source", "reason"),
        )
        labels = {"amount": _("Or prolonged by"), "expected": _("Which time")}
        help_texts = {"expected": _("One of those at which it is expected.")}

    bounds = {"amount": (1, 9999)}

    def __init__(self, *args: Any, commitment: Commitment, **kwargs: Any) -> None:
        self.commitment = commitment
        super().__init__(*args, **kwargs)
        expected: Any = self.fields["expected"]
        if commitment.kind in Commitment.EXPECTED:
            expected.required, expected.empty_label = True, _now("Choose")
            expected.queryset = self._open_times()
            expected.label_from_instance = _name_of_time
        else:
            del self.fields["expected"]

    def _open_times(self) -> Any:
        rows = ExpectedOccurrence.objects.filter(
            obligation__commitment=self.commitment, due_on__isnull=False
        ).select_related("obligation__party", "obligation__body", "opened_by")
        open_ones = [row.pk for row in rows.order_by("-due_at", "pk") if is_open(row)][:TIMES]
        return rows.filter(pk__in=open_ones).order_by("due_at", "pk")

    def state_of(self, thing: Deadline) -> State:
        """Not what is typed here, but the date in force that it is typed in view of."""
        times = ExpectedOccurrence.objects.filter(obligation__commitment=thing.commitment_id)
        dates = [thing.due_on, *times.order_by("pk").values_list("due_on", flat=True)]
        return {"date": dates}

    def ledger_thing(self) -> Any:
        return self.commitment

    def given(self) -> State:
        said = super().given()
        clock, on = said.pop("clock"), said["on"]
        moment = local_moment(on, clock, self.process.zone) if on and clock else None
        return said | {"at": moment}

    def clean(self) -> State:
        data = super().clean()
        if data.get("clock") and not data.get("on") and "on" not in self.errors:
            self.add_error("clock", _now("A time goes with a day of the calendar."))
        return data


def _name_of_time(row: ExpectedOccurrence) -> str:
    due = in_words(row.due_on) if row.due_on else ""
    what = f", {row.opened_by.what}" if row.opened_by else ""
    return f"{row.obligation.owner_name}, {due}{what}"[:120]


class ReadingForm(TermsForm):
    """How a party reads a deadline."""

    tables = {"terms": (ReadTermRow, _("Dates"))}

    class Meta:
        model = Reading
        fields = ("party", "rule", "argument", "source")

    def state_of(self, thing: Reading) -> State:
        return super().state_of(thing) | {
            "terms": terms_of(thing.terms.all(), self.bases, ReadTermRow)
        }

    def given(self) -> State:
        said = super().given()
        stored = DeadlineTerm.objects.filter(reading=self.thing) if self.thing else ()
        return said | {"terms": terms_given(said["terms"], self.bases, stored)}


class InForceForm(EditForm):
    """Which reading of a deadline decides the date in force; `thing` is the deadline."""

    class Meta:
        model = Deadline
        fields = ()

    decided_by = forms.CharField(
        label=_("Decided by"),
        max_length=160,
        help_text=_("Who decided it, and where."),
        error_messages={"required": _("Say who decided it, and where.")},
    )

    def __init__(self, *args: Any, commitment: Commitment, **kwargs: Any) -> None:
        self.commitment = commitment
        super().__init__(*args, **kwargs)

    def more_fields(self) -> Mapping[str, forms.Field]:
        self.readings = list(self.commitment.deadline.readings.select_related("party"))
        read = [
            (str(one.pk), _now("as %(party)s reads it") % {"party": one.party.name})
            for one in self.readings
        ]
        return {
            "reading": forms.ChoiceField(
                label=_("In force"),
                choices=[("own", _("as the agreement itself says")), *read],
                widget=forms.RadioSelect,
            )
        }

    @property
    def options(self) -> list[tuple[str, str, Any, bool]]:
        """Value, label, day and whether it was chosen, for the agreement and each reading."""
        chosen, own = str(self["reading"].value()), self.commitment.deadline
        labels = dict(self.fields["reading"].choices)  # type: ignore[attr-defined]
        days = {"own": own.original_on} | {str(one.pk): one.due_on for one in self.readings}
        return [(key, labels[key], days[key], key == chosen) for key in labels]

    def state_of(self, thing: Deadline) -> State:
        row = thing.readings.filter(in_force=True).first()
        return {"reading": str(row.pk) if row else "own"}

    def ledger_thing(self) -> Any:
        return self.commitment

    def _author(self, name: str) -> str:
        entries = Entry.objects.filter(process=self.process, verb="reading.in-force")
        last = entries.about(self.commitment).order_by("-sequence").first()
        return last.actor_name if last else ""

    def given(self) -> State:
        said = super().given()
        chosen = said["reading"]
        found = next((one for one in self.readings if str(one.pk) == chosen), None)
        return said | {"reading": found}


class AnchorDateForm(EditForm):
    """A date for an anchor event; earlier ones stay in its record."""

    clock = forms.TimeField(
        label=_("Time"),
        help_text=_("Where hours count from it; in the process’s time zone."),
        **_CLOCK,
    )

    not_happened = forms.BooleanField(label=_("It has not happened after all"), required=False)

    class Meta:
        model = AnchorDate
        fields = ("status", "on", "clock", "decided_by", "decided_on", "not_happened")
        labels = {"status": _("This date is")}
        error_messages = {"on": {"required": _("Say which day.")}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["status"] = (
            AnchorDate.Status.RESCHEDULED if self.thing.on else AnchorDate.Status.PLANNED
        )
        if self.thing.has_happened:
            self.initial["status"] = AnchorDate.Status.ACTUAL
        else:
            del self.fields["not_happened"]

    def state_of(self, thing: Any) -> dict[str, Any]:
        """Not what is typed here, but the date in force that it is typed in view of."""
        return {"date": [thing.on, thing.at, thing.has_happened]}

    def given(self) -> dict[str, Any]:
        said = super().given()
        clock, on = said.pop("clock"), said["on"]
        return said | {"at": local_moment(on, clock, self.process.zone) if clock else None}
