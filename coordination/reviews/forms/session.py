"""What the secretary types during a review."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from coordination.base.forms import SubmissionForm
from coordination.bodies.decisions import Vote
from coordination.bodies.forms.targets import TargetField, Targets
from coordination.bodies.models import Body, Protocol, Seat
from coordination.commitments.forms import LevelField
from coordination.commitments.forms.naming import People
from coordination.commitments.models import Level, Obligation
from coordination.processes.edit_forms import DayField
from coordination.processes.models import Party

from ..actions import Presence
from ..models import AgendaItem, Attendance, Outcome, Review


def _text(label: Any, *, required: bool = True, error: Any = None, rows: int = 2) -> Any:
    return forms.CharField(
        label=label,
        required=required,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={"required": error} if error else None,
    )


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
    text = _text(_("Finding, as it will stand in the minutes"), error=_("Write what was found."))

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


class DecisionForm(SubmissionForm):
    """What is decided, and how each seat that is present votes: for it, unless it says otherwise.

    Where the protocol names a silence procedure, the proposal can be put to all seats instead.
    """

    text = _text(_("Decision"), error=_("Write what was decided."))

    def __init__(
        self, protocol: Protocol | None, voting: list[Seat], *args: Any, **kwargs: Any
    ) -> None:
        kwargs["prefix"] = "decision"
        super().__init__(*args, **kwargs)
        self.protocol, self.voting = protocol, voting
        if protocol is not None and protocol.silence_hours:
            words = _now("Put it to all seats: carried if nobody objects within %(n)s hours")
            self.fields["by_silence"] = forms.BooleanField(
                label=words % {"n": protocol.silence_hours}, required=False
            )
        for seat in voting if protocol is not None and protocol.decision_rule else ():
            self.fields[f"vote-{seat.pk}"] = forms.ChoiceField(
                label=_label(seat), choices=Vote.choices, required=False, initial=Vote.YES
            )
            self.fields[f"words-{seat.pk}"] = forms.CharField(
                label=_now("What %(seat)s objects to") % {"seat": _label(seat)},
                required=False,
                max_length=300,
            )

    @property
    def seats(self) -> Iterator[tuple[str, Any, Any]]:
        for seat in self.voting:
            if f"vote-{seat.pk}" in self.fields:
                yield _label(seat), self[f"vote-{seat.pk}"], self[f"words-{seat.pk}"]

    @property
    def rule(self) -> str:
        if self.protocol is None or not self.protocol.decision_rule:
            return _now("No decision rule is entered: how it was carried is not recorded.")
        return capfirst(self.protocol.get_decision_rule_display())

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        start = self.add_prefix("vote-")
        sent = {name for name in self.data if name.startswith(start)}
        asked = {self.add_prefix(f"vote-{seat.pk}") for seat in self.voting}
        if sent and sent != asked and not data.get("by_silence"):
            # A vote would be lost, or taken for one that nobody was asked for.
            self.add_error(
                None,
                _("Who is present has changed meanwhile. Look at the votes again and send anew."),
            )
        return data

    def said(self) -> dict[str, Any]:
        data = self.cleaned_data
        votes = {seat.pk: data.get(f"vote-{seat.pk}") or Vote.YES for seat in self.voting}
        words = {seat.pk: data.get(f"words-{seat.pk}", "") for seat in self.voting}
        by_silence = bool(data.get("by_silence"))
        return {
            "text": data["text"],
            "submission": data["submission"],
            "votes": {} if by_silence else votes,
            "objections": {pk: said for pk, said in words.items() if said},
            "by_silence": by_silence,
        }


class ActionForm(SubmissionForm):
    """Who does what by when."""

    title = forms.CharField(
        label=_("What is to be done"),
        max_length=240,
        help_text=_("The verb first: “Send the list”"),
        error_messages={"required": _("Write what is to be done.")},
    )
    owner = TargetField(
        label=_("Owed by"),
        required=True,
        error_messages={"required": _("Name a party or a body by its code.")},
    )
    focal_point = forms.CharField(
        label=_("Who reports"),
        max_length=300,
        widget=forms.TextInput(attrs={"list": "people", "size": 20}),
        error_messages={"required": _("Name who reports for it.")},
    )
    due_on = DayField(label=_("Due"), error_messages={"required": _("Choose the day.")})

    def __init__(self, review: Review, *args: Any, **kwargs: Any) -> None:
        kwargs["prefix"] = "action"
        super().__init__(*args, **kwargs)
        process = review.body.process
        self.targets, self.people = Targets(process), People(process)
        owner = self.fields["owner"]
        assert isinstance(owner, TargetField)
        owner.targets = self.targets
        self.fields["due_on"].widget.attrs["min"] = process.today().isoformat()

    def clean_owner(self) -> Party | Body:
        found = self.cleaned_data["owner"]
        if not isinstance(found, Party | Body):
            raise ValidationError(_("A party or a body owes it, not a seat."))
        return found

    def clean_focal_point(self) -> Any:
        return self.people.find(self.cleaned_data["focal_point"])

    def said(self) -> dict[str, Any]:
        return self.cleaned_data


class OutcomeForm(SubmissionForm):
    """That an item is noted, or carried over."""

    ENDS = (Outcome.Kind.NOTED, Outcome.Kind.CARRIED_OVER)

    kind = forms.ChoiceField(
        label=_("Outcome"),
        choices=[(kind.value, capfirst(kind.label)) for kind in ENDS],
        widget=forms.RadioSelect,
        initial=Outcome.Kind.NOTED,
    )
    text = _text(_("In words"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["prefix"] = "outcome"
        super().__init__(*args, **kwargs)

    def said(self) -> dict[str, Any]:
        return self.cleaned_data


class WithdrawForm(SubmissionForm):
    """Why something that was recorded is taken back."""

    because = forms.CharField(
        label=_("Why"), max_length=300, error_messages={"required": _("Say why.")}
    )


class AttendanceForm(SubmissionForm):
    """Who sits in each seat that somebody holds: the holder or the alternate, near or far.

    The form carries what it showed, so that two people who mark at once overwrite nothing.
    """

    ABSENT = "absent"
    also_present = forms.CharField(label=_("Also in the room"), max_length=400, required=False)
    also_seen = forms.CharField(max_length=400, required=False, widget=forms.HiddenInput)

    def __init__(self, review: Review, seats: Any, *args: Any, **kwargs: Any) -> None:
        kwargs["prefix"] = "attendance"
        kwargs["initial"] = dict.fromkeys(("also_present", "also_seen"), review.also_present)
        super().__init__(*args, **kwargs)
        marked = {a.seat_id: a for a in review.attendance.all()}
        self.seats = {seat.pk: seat for seat in seats if seat.current_terms}
        for seat in self.seats.values():
            there = marked.get(seat.pk)
            value = _value(there.presence, there.person_id) if there else ""
            self.fields[str(seat.pk)] = forms.ChoiceField(
                label=_label(seat), choices=_choices(seat, there), required=False, initial=value
            )
            self.fields[f"{seat.pk}-seen"] = forms.CharField(
                required=False, initial=value, widget=forms.HiddenInput
            )

    @property
    def room_seen(self) -> str | None:
        """Who was in the room without a seat when the form was opened, where it says so."""
        sent = self.add_prefix("also_seen") in self.data
        return self.cleaned_data["also_seen"] if sent else None

    @property
    def rows(self) -> list[tuple[Any, Any]]:
        return [(self[str(pk)], self[f"{pk}-seen"]) for pk in self.seats]

    def presences(
        self, *, rest: bool = False
    ) -> tuple[dict[int, Presence], dict[int, tuple[str, int | None]]]:
        """What was changed, by seat, and what the form had shown of these. With `rest` the holders
        of seats of which nothing is said are there."""
        changed, seen = {}, {}
        for pk, seat in self.seats.items():
            value, was = self.cleaned_data[str(pk)], self.cleaned_data[f"{pk}-seen"]
            if rest and not value and not was:
                value = _value(Attendance.Presence.PRESENT, seat.current_terms[0].holder_id)
            if value == was:
                continue
            presence, person = _parts(value)
            changed[pk] = Presence(presence, _people(seat).get(person or 0))
            seen[pk] = _parts(was)
        return changed, seen


def _value(presence: str, person: int | None) -> str:
    return f"{presence} {person or ''}".strip()


def _parts(value: str) -> tuple[str, int | None]:
    presence, _space, person = value.partition(" ")
    return presence, int(person) if person.isdecimal() else None


def _label(seat: Any) -> str:
    """The seat as the list beside the agenda has it: whose it is, who holds it, as what."""
    whose = seat.party.code if seat.party else seat.number
    holder = f"{term.holder.name}, " if (term := next(iter(seat.current_terms), None)) else ""
    return f"{whose}: {holder}{seat.name}"


def _people(seat: Any) -> dict[int, Any]:
    term = seat.current_terms[0]
    return {one.pk: one for one in (term.holder, term.alternate) if one is not None}


def _choices(seat: Any, there: Attendance | None) -> list[tuple[str, Any]]:
    """Each who may sit there, present or from afar; and who is marked, whoever that is."""
    shows = Attendance.Presence
    found: list[tuple[str, Any]] = [("", _("not yet here"))]
    for pk, person in _people(seat).items():
        for presence in (shows.PRESENT, shows.REMOTE):
            words = _now("%(who)s, %(presence)s") % {"who": person, "presence": presence.label}
            found.append((_value(presence, pk), words))
    found.append((_value(shows.ABSENT, None), shows.ABSENT.label))
    marked = _value(there.presence, there.person_id) if there else ""
    if there is not None and marked not in dict(found):
        found.append((marked, there.get_presence_display()))
    return found
