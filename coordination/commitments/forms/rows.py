"""Rows of the tables in which a commitment is entered: owners, terms and bounds."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from coordination.base.dates import Unit, local_moment
from coordination.bodies.forms.targets import TargetField, Targets
from coordination.bodies.models import Body
from coordination.processes.edit_forms import DayField
from coordination.processes.models import Party
from coordination.processes.tables import RowForm, State

from ..actions.entering import Bounded, Owed
from ..models import Bound, Commitment, DeadlineTerm, Obligation
from .naming import Bases

Kind = Commitment.Kind
Purpose = DeadlineTerm.Purpose

#: What the terms of each kind say; the first stands for a row in which nothing else is chosen.
_STARTS = ((Purpose.START, _("it starts")), (Purpose.END, _("it ends")))
_LIMITS = ((Purpose.NOT_BEFORE, _("not before")), (Purpose.LATEST, _("latest permitted")))
_DUE = ((Purpose.DUE, _("it is due")), *_LIMITS)
_PURPOSES = dict.fromkeys(Kind, _DUE) | {
    Kind.STANDING: _STARTS,
    Kind.LIMIT: _STARTS,
    Kind.RECURRING: _STARTS,
    Kind.UNTIL: ((Purpose.DUE, _("it ends")), *_LIMITS),
    Kind.NOT_BEFORE: ((Purpose.DUE, _("permitted from")), *_LIMITS),
}


def purposes(kind: str) -> tuple[Any, ...]:
    return _PURPOSES[Kind(kind)]


def _with_default(choices: Iterable[tuple[Any, Any]]) -> list[tuple[str, Any]]:
    """The first choice stands for nothing chosen, so that an empty row is one."""
    first, *others = choices
    return [("", first[1]), *((str(value), label) for value, label in others)]


def _cell(size: int, **attributes: str) -> forms.TextInput:
    return forms.TextInput(attrs={"size": size, **attributes})


class _Row(RowForm):
    """One spare row is enough: the page has a button for more."""

    blank_rows = 1


# --- Who owes it -----------------------------------------------------------------------------


class OwnerRow(_Row):
    by = TargetField(
        label=_("Party or body"),
        required=True,
        error_messages={"required": _("Say who owes it, or empty the row.")},
    )
    share = forms.CharField(label=_("Share"), max_length=120, required=False)
    focal_point = forms.CharField(
        label=_("Focal point"),
        max_length=300,
        required=False,
        help_text=_("Empty: nobody is asked"),
        widget=_cell(16, list="people"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["by"].targets = self.owner.targets  # type: ignore[attr-defined]

    @property
    def hint(self) -> str:
        """Of an owner for whom nobody reports yet."""
        if self["by"].value() and not self["focal_point"].value():
            return _now("Nobody is asked for this owner until a focal point is named.")
        return ""

    def clean_focal_point(self) -> Any:
        typed = self.cleaned_data["focal_point"]
        return self.owner.people.find(typed) if typed else None

    @classmethod
    def shown(cls, row: State, owner: Any) -> State:
        return {
            "by": _name_of(row["by"], owner.targets),
            "share": row["share"],
            "focal_point": owner.people.name_of(row["focal_point"]),
        }

    def row(self) -> State:
        person = self.cleaned_data["focal_point"]
        return {
            "by": _key(self.cleaned_data["by"]),
            "share": self.cleaned_data["share"],
            "focal_point": person.pk if person else None,
        }


def _key(owner: Party | Body) -> str:
    return f"{owner._meta.model_name} {owner.pk}"


def _name_of(key: str, targets: Targets) -> str:
    kind, _space, pk = key.partition(" ")
    return targets.name_of(Party if kind == "party" else Body, int(pk)) if pk else ""


def owners_of(commitment: Commitment) -> list[State]:
    rows = Obligation.objects.filter(commitment=commitment).select_related("party", "body")
    return [
        {"by": _key(one.owner), "share": one.share, "focal_point": one.focal_point_id}
        for one in rows.order_by("pk")
    ]


def owed_by(parties: Iterable[Party]) -> list[State]:
    """Rows in which each of some parties owes it, with nobody who reports for it yet."""
    return [{"by": _key(one), "share": "", "focal_point": None} for one in parties]


def owed_given(rows: Iterable[RowForm]) -> list[Owed]:
    said = [row.cleaned_data for row in rows]
    return [Owed(one["by"], one["share"], one["focal_point"]) for one in said]


# --- When -------------------------------------------------------------------------------------


class TermRow(_Row):
    """One date, or one time that is counted; its first choices are those that are mostly meant."""

    purpose = forms.ChoiceField(label=_("Says when"), required=False)
    amount = forms.IntegerField(
        label=_("How many"),
        required=False,
        min_value=0,
        max_value=32_000,
        widget=_cell(4, inputmode="numeric"),
    )
    unit = forms.ChoiceField(label=_("Unit"), required=False)
    direction = forms.ChoiceField(label=_("Before or after"), required=False)
    base = forms.CharField(
        label=_("Counted from"),
        max_length=220,
        required=False,
        help_text=_("Anchor, or a commitment’s completion"),
        widget=_cell(18, list="bases"),
    )
    on = DayField(label=_("Or on the day"), required=False)
    clock = forms.TimeField(
        label=_("Time"),
        required=False,
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        days, units = Unit.DAYS, [one for one in Unit if one != Unit.DAYS]
        choices: dict[str, Any] = {
            "purpose": purposes(self.owner.kind),
            "unit": [(one, one.label) for one in (days, *units)],
            "direction": DeadlineTerm.Direction.choices,
        }
        for name in choices.keys() & self.fields.keys():
            self.fields[name].choices = _with_default(choices[name])  # type: ignore[attr-defined]
        if self.owner.bases.triggered:
            self.fields["base"].help_text = _(
                "Empty: the trigger. Else an anchor, or a commitment’s completion"
            )

    def clean_base(self) -> str:
        typed = self.cleaned_data["base"]
        return self.owner.bases.find(typed) if typed else ""

    def clean_clock(self) -> str:
        clock = self.cleaned_data["clock"]
        return clock.isoformat("seconds" if clock.second else "minutes") if clock else ""

    def clean(self) -> State:
        said = self.cleaned_data
        wrong = self.errors
        base, on = said.get("base"), said.get("on")
        if "base" in wrong or "on" in wrong:
            return said
        if not base and not on and self.owner.bases.triggered:
            base = said["base"] = self.owner.bases.trigger
        if not base and not on:
            self.add_error("base", _now("Say what it counts from, or on which day it is."))
        elif base and on:
            self.add_error("on", _now("Count it from something or give the day, not both."))
        elif on and said.get("amount"):
            self.add_error("amount", _now("A day is not counted: leave the number empty."))
        elif base and said.get("clock"):
            self.add_error("clock", _now("A time goes with a day of the calendar."))
        return said

    @classmethod
    def shown(cls, row: State, owner: Any) -> State:
        first = purposes(owner.kind)[0][0]
        defaults = {"purpose": first, "unit": Unit.DAYS, "direction": "after", "amount": 0}
        return {name: "" if value == defaults.get(name) else value for name, value in row.items()}

    def row(self) -> State:
        said = self.cleaned_data
        amount = 0 if said["on"] else said["amount"] or 0
        row = {
            "purpose": said.get("purpose") or str(purposes(self.owner.kind)[0][0]),
            "amount": amount,
            "unit": (said["unit"] if amount else "") or str(Unit.DAYS),
            "direction": (said["direction"] if amount else "") or "after",
            "base": said["base"],
            "on": said["on"],
            "clock": said["clock"],
        }
        return {name: row[name] for name in self.base_fields}


class ReadTermRow(TermRow):
    """Of a reading: it says when it is due, and nothing else."""

    purpose = None  # type: ignore[assignment]


def terms_of(terms: QuerySet[DeadlineTerm], bases: Bases, form: type[TermRow]) -> list[State]:
    """The rows of a table for terms as they are stored."""
    rows = terms.select_related("after_commitment").order_by("pk")
    states = [_state_of(term, bases) for term in rows]
    return [{name: state[name] for name in form.base_fields} for state in states]


def _state_of(term: DeadlineTerm, bases: Bases) -> State:
    clock = ""
    if term.at:
        local = term.at.astimezone(bases.process.zone)
        clock = local.time().isoformat("seconds" if local.second else "minutes")
    if term.from_opening:
        base = bases.trigger
    elif term.after_commitment is not None:
        base = term.after_commitment.code
    else:
        base = bases.name_of_anchor(term.anchor_id) if term.anchor_id else ""
    return {
        "purpose": term.purpose,
        "amount": term.amount,
        "unit": term.unit if term.amount else str(Unit.DAYS),
        "direction": term.direction if term.amount else "after",
        "base": base,
        "on": term.on,
        "clock": clock,
    }


def terms_given(
    rows: Iterable[State], bases: Bases, stored: Iterable[DeadlineTerm] = ()
) -> list[dict[str, Any]]:
    """What actions are told of terms. A moment that stays as it was is the one that was stored:
    of an hour that the clock shows twice it could be the second."""
    zone = bases.process.zone
    moments = {(term.on, _state_of(term, bases)["clock"]): term.at for term in stored if term.at}
    given = []
    for row in rows:
        term = {name: row[name] for name in ("amount", "unit", "direction", "on")}
        if "purpose" in row:
            term["purpose"] = row["purpose"]
        if row["base"]:
            term |= bases.fields_of(row["base"])
        if row["clock"]:
            clock = datetime.fromisoformat(f"2000-01-01T{row['clock']}").time()
            moment = moments.get((row["on"], row["clock"]))
            term["at"] = moment or local_moment(row["on"], clock, zone)
        given.append(term)
    return given


# --- Numbers ----------------------------------------------------------------------------------

_MOST, _LEAST = Bound.Comparison.AT_MOST, Bound.Comparison.AT_LEAST


class BoundRow(_Row):
    comparison = forms.ChoiceField(label=_("Bound"), required=False)
    value = forms.DecimalField(
        label=_("Number"),
        max_digits=14,
        decimal_places=2,
        min_value=0,
        widget=_cell(8, inputmode="decimal"),
        error_messages={"min_value": _("Write 0 or a greater number.")},
    )
    of_what = forms.CharField(
        label=_("Of what"),
        max_length=120,
        help_text=_("“personnel”, “km”"),
        error_messages={"required": _("Say what is counted.")},
    )
    whose = TargetField(label=_("Whose"), help_text=_("Empty: of all together"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        both = [(one, one.label) for one in comparisons(self.owner.kind)]
        self.fields["comparison"].choices = _with_default(both)  # type: ignore[attr-defined]
        self.fields["whose"].targets = self.owner.targets  # type: ignore[attr-defined]

    @classmethod
    def shown(cls, row: State, owner: Any) -> State:
        first = comparisons(owner.kind)[0]
        comparison = "" if row["comparison"] == first else row["comparison"]
        whose = _name_of(row["whose"], owner.targets)
        return row | {"comparison": comparison, "whose": whose}

    def row(self) -> State:
        said = self.cleaned_data
        return {
            "comparison": said["comparison"] or str(comparisons(self.owner.kind)[0]),
            "value": _plainly(said["value"]),
            "of_what": said["of_what"],
            "whose": _key(said["whose"]) if said["whose"] else "",
        }


def comparisons(kind: str) -> tuple[Bound.Comparison, Bound.Comparison]:
    """A quantity has to be reached; a limit is mostly one from above."""
    return (_LEAST, _MOST) if kind == Kind.QUANTITY else (_MOST, _LEAST)


def _plainly(value: Decimal) -> str:
    return f"{value.normalize():f}"


def bounds_of(commitment: Commitment) -> list[State]:
    rows = Bound.objects.filter(commitment=commitment).order_by("pk")
    return [
        {
            "comparison": one.comparison,
            "value": _plainly(one.value),
            "of_what": one.of_what,
            "whose": _key(one.obligation.owner) if one.obligation else "",
        }
        for one in rows.select_related("obligation__party", "obligation__body")
    ]


def bounds_given(rows: Iterable[RowForm]) -> list[Bounded]:
    return [
        Bounded(
            row["comparison"], Decimal(row["value"]), row["of_what"], form.cleaned_data["whose"]
        )
        for form in rows
        for row in [form.row()]
    ]
