"""What people type about who holds a seat."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from coordination.base.forms import SubmissionForm
from coordination.processes.edit_forms import DayField

from .vacancies import ONE_DAY, Holding


class PersonField(forms.TypedChoiceField):
    """One of the people who may sit; all forms of a page share their list."""

    def __init__(self, people: Sequence[User], nobody: Any, **kwargs: Any) -> None:
        by_key = {str(person.pk): person for person in people}
        super().__init__(
            choices=[("", nobody), *((key, _named(one)) for key, one in by_key.items())],
            coerce=lambda key: by_key[str(key)],
            empty_value=None,
            error_messages={
                "required": _("Choose a person."),
                "invalid_choice": _("Choose somebody of the list: others may not take the seat."),
            },
            **kwargs,
        )


def _named(person: User) -> str:
    return f"{person.name}, {person.function}" if person.function else person.name


def _day(label: Any, hint: Any = "", *, required: bool = True, initial: Any = None) -> DayField:
    words = {"required": _("Choose a day."), "invalid": _("Write a day as in 1996-02-14.")}
    return DayField(
        label=label, help_text=hint, required=required, initial=initial, error_messages=words
    )


def _last_day() -> DayField:
    return _day(_("Until"), _("The last day; empty where none is set."), required=False)


def _note(label: Any, hint: Any = "", *, required: bool = False, length: int = 4000) -> Any:
    return forms.CharField(
        label=label,
        help_text=hint,
        required=required,
        max_length=length,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": _("Write at most %(limit_value)d characters.")},
    )


class SeatForm(SubmissionForm):
    """A form of the seat's page; its fields' names begin with its own, since the page has several.

    `verb` is the value of its button. `held` is the seat as it stands today, `people` are those who
    may sit.
    """

    verb = ""

    def __init__(self, held: Holding, people: Sequence[User], data: Any = None) -> None:
        super().__init__(data, prefix=self.verb)
        self.held = held
        self.people = people
        self.arrange()

    def arrange(self) -> None:
        """Add what depends on the seat."""

    def add_person(self, name: str, label: Any, nobody: Any, required: bool = True) -> None:
        self.fields[name] = PersonField(self.people, nobody, label=label, required=required)


class _TermForm(SeatForm):
    """A new term: who, from when, and how long."""

    def arrange(self) -> None:
        fields = self.fields
        self.begin()
        fields["ends_on"] = _last_day()
        self.add_person("alternate", _("Alternate"), _("Nobody"), required=False)
        fields["tenure"] = forms.CharField(
            label=_("Tenure"),
            help_text=_("As in “while in command”."),
            required=False,
            max_length=120,
        )

    def begin(self) -> None:
        """Add the fields that come first."""


class FillForm(_TermForm):
    verb = "fill"

    def begin(self) -> None:
        self.add_person("holder", _("Holder"), _("Choose a person"))
        self.fields["starts_on"] = _day(_("From"), initial=self.held.day)


class HandOverForm(_TermForm):
    verb = "hand-over"

    def begin(self) -> None:
        vacant_on = self.held.falls_vacant_on
        self.add_person("to", _("Next holder"), _("Choose a person"))
        self.fields["on"] = _day(
            _("From"),
            _("The term that runs ends on the day before."),
            initial=vacant_on or self.held.day + ONE_DAY,
        )
        self.fields["handover"] = _note(
            _("Handover note"),
            _("What the next holder has to know. Members of the process see it."),
        )


class EndForm(SeatForm):
    verb = "end"

    def arrange(self) -> None:
        term = self.held.term
        ends_on = term.ends_on if term else None
        self.fields["ends_on"] = _day(_("Last day"), initial=ends_on or self.held.day)
        self.fields["handover"] = _note(
            _("Handover note"),
            _("What the next holder has to know. Members of the process see it."),
        )
        self.fields["handover"].initial = term.handover if term else ""


class AlternateForm(SeatForm):
    verb = "alternate"

    def arrange(self) -> None:
        self.add_person("alternate", _("Alternate"), _("Nobody"), required=False)
        if self.held.term:
            self.fields["alternate"].initial = self.held.term.alternate_id


class AskForm(SeatForm):
    verb = "ask"

    words = _note(_("Message"), _("Stands in the mail, under your name."), length=1000)


class NominateForm(SeatForm):
    verb = "nominate"

    def arrange(self) -> None:
        fields = self.fields
        fields["name"] = forms.CharField(
            label=_("Name"),
            max_length=160,
            error_messages={"required": _("Write the name.")},
        )
        fields["function"] = forms.CharField(
            label=_("Function"),
            help_text=_("Office or rank, as signed."),
            required=False,
            max_length=160,
        )
        fields["email"] = forms.EmailField(
            label=_("E-mail"),
            help_text=_("Seen by the coordinators, who keeps the body, and your party."),
            error_messages={
                "required": _("Write the e-mail address."),
                "invalid": _("Write an address like name@example.org."),
            },
        )
        fields["starts_on"] = _day(_("From"), initial=self.held.falls_vacant_on or self.held.day)
        fields["ends_on"] = _last_day()
        fields["alternate_email"] = forms.EmailField(
            label=_("Alternate’s e-mail"),
            required=False,
            error_messages={"invalid": _("Write an address like name@example.org.")},
        )


class SettlingForm(SeatForm):
    """About the nomination that the person saw, which may not be the one that is open now."""

    def arrange(self) -> None:
        self.fields["nomination"] = forms.IntegerField(
            widget=forms.HiddenInput,
            initial=self.held.nomination.pk if self.held.nomination else None,
        )

    def clean(self) -> dict[str, Any]:
        """The nomination itself; what is hidden and spoilt is told of above the form."""
        nominations = self.held.seat.nominations.select_related("seat__body__process")
        nomination = nominations.filter(pk=self.cleaned_data.get("nomination") or 0).first()
        if nomination is None:
            raise forms.ValidationError(_("This nomination is not of this seat."))
        return self.cleaned_data | {"nomination": nomination}


class AcceptForm(SettlingForm):
    verb = "accept"


class WithdrawForm(SettlingForm):
    verb = "withdraw"


class DeclineForm(SettlingForm):
    verb = "decline"

    def arrange(self) -> None:
        super().arrange()
        self.fields["reason"] = forms.CharField(
            label=_("Reason"),
            help_text=_("The party and all members of the process see it."),
            max_length=300,
            error_messages={"required": _("Say why, so that the party can name somebody else.")},
        )
