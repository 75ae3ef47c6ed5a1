"""What people type about who holds a seat."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from coordination.base.errors import Overtaken, Refused
from coordination.base.forms import SubmissionForm
from coordination.processes.edit_forms import DayField

from .models import Term
from .vacancies import ONE_DAY, Holding, shown


class PersonField(forms.TypedChoiceField):
    """One of the people who may sit; all forms of a page share their list.

    `gone` are those who may only have sat, in a term that is over.
    """

    def __init__(
        self, people: Sequence[User], nobody: Any, gone: Sequence[User] = (), **kwargs: Any
    ) -> None:
        by_key = {str(person.pk): person for person in (*people, *gone)}
        choices: list[Any] = [("", nobody), *((str(one.pk), _named(one)) for one in people)]
        if gone:
            left = [(str(one.pk), _named(one)) for one in gone]
            choices.append((_("For a term that is over"), left))
        super().__init__(
            choices=choices,
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
    may sit, `gone` those who may only have sat.
    """

    verb = ""
    of_past_terms = False
    overtaken = False

    def __init__(
        self,
        held: Holding,
        people: Sequence[User],
        data: Any = None,
        gone: Sequence[User] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(data, prefix=self.verb, **kwargs)
        self.held, self.people, self.gone = held, people, gone
        self.arrange()

    def refuse(self, refused: Refused) -> None:
        self.overtaken = isinstance(refused, Overtaken)
        super().refuse(refused)

    def arrange(self) -> None:
        """Add what depends on the seat."""

    def show(self, held: Holding) -> None:
        """Be about the seat as the page shows it now, so that the form can be sent again."""

    def add_person(self, name: str, label: Any, nobody: Any, required: bool = True) -> None:
        gone = self.gone if self.of_past_terms else ()
        self.fields[name] = PersonField(self.people, nobody, gone, label=label, required=required)


class _AboutTermForm(SeatForm):
    """About the term that the person saw, which may be another or otherwise by now."""

    def arrange(self) -> None:
        for name, value in self.about(self.held).items():
            self.fields[name] = forms.CharField(
                widget=forms.HiddenInput, required=False, initial=value
            )

    @staticmethod
    def about(held: Holding) -> dict[str, Any]:
        return {"term": held.term.pk if held.term else "", "seen": shown(held)}

    def show(self, held: Holding) -> None:
        about = {self.add_prefix(name): str(value) for name, value in self.about(held).items()}
        self.data = {**self.data.dict(), **about}  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The term itself, where it is one of the seat."""
        return self.cleaned_data | {"term": term_of(self.held, self.cleaned_data.get("term"))}


def term_of(held: Holding, key: Any) -> Term | None:
    """A term of the seat, withdrawn ones too, by what a hidden field says."""
    terms = Term.every.select_related("seat__body__process", "holder").filter(seat=held.seat)
    return terms.filter(pk=key).first() if str(key).isdecimal() else None


class _NewTerm(SeatForm):
    """A new term: who, from when, and how long."""

    def arrange(self) -> None:
        super().arrange()
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


class FillForm(_NewTerm):
    verb = "fill"
    of_past_terms = True

    def begin(self) -> None:
        self.add_person("holder", _("Holder"), _("Choose a person"))
        self.fields["starts_on"] = _day(_("From"), initial=self.held.day)


class HandOverForm(_NewTerm, _AboutTermForm):
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


class EndForm(_AboutTermForm):
    verb = "end"

    def arrange(self) -> None:
        super().arrange()
        term = self.held.term
        ends_on = term.ends_on if term else None
        self.fields["ends_on"] = _day(_("Last day"), initial=ends_on or self.held.day)
        self.fields["handover"] = _note(
            _("Handover note"),
            _("What the next holder has to know. Members of the process see it."),
        )
        self.fields["handover"].initial = term.handover if term else ""


class AlternateForm(_AboutTermForm):
    verb = "alternate"

    def arrange(self) -> None:
        super().arrange()
        self.add_person("alternate", _("Alternate"), _("Nobody"), required=False)
        if self.held.term:
            self.fields["alternate"].initial = self.held.term.alternate_id


class WithdrawTermForm(SeatForm):
    """In the row of a term in the history; the page has one for each."""

    verb = "withdraw-term"

    def __init__(self, *args: Any, term: Term | None = None, **kwargs: Any) -> None:
        self.term = term
        super().__init__(*args, auto_id=f"id_%s_{term.pk}" if term else "id_%s", **kwargs)

    def arrange(self) -> None:
        self.fields["term"] = forms.CharField(
            widget=forms.HiddenInput, initial=self.term.pk if self.term else "", required=False
        )
        self.fields["reason"] = forms.CharField(
            label=_("Reason"),
            help_text=_("Stays in the ledger."),
            max_length=300,
            error_messages={"required": _("Say why: the reason stays in the ledger.")},
        )

    def clean(self) -> dict[str, Any]:
        term = term_of(self.held, self.cleaned_data.get("term"))
        if term is None:
            raise forms.ValidationError(_("This term is not of this seat."))
        return self.cleaned_data | {"term": term}


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
            widget=forms.EmailInput(attrs={"autocomplete": "off"}),  # another's
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
            widget=forms.EmailInput(attrs={"autocomplete": "off"}),
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
