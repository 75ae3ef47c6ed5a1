"""Naming a body, a party or a seat in one text field, whose list of proposals a page holds once.

Three selects a row, each with every body, party and seat, would make a page of many rows heavy.
"""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from coordination.processes.models import Party, Process

from ..models import Body, Seat


class Targets:
    """What can be named: "JMC", or "body JMC" where a party has the same code; "seat 3" of the body
    itself, "OHR/1" of another.
    """

    def __init__(self, process: Process, body: Body | None = None) -> None:
        named: list[tuple[str, str, Any]] = []
        self._elsewhere: dict[str, int] = {}
        named += [(_("body"), one.code, one) for one in process.bodies.order_by("code")]
        named += [(_("party"), one.code, one) for one in process.parties.order_by("code")]
        codes = [code.casefold() for _kind, code, _one in named]
        if body is not None:
            for seat in body.seats.order_by("number"):
                seat.body = body
                named.append((_("seat"), str(seat.number), seat))
            elsewhere = Seat.objects.filter(body__process=process).exclude(body=body)
            self._elsewhere = {
                f"{code}/{number}": pk
                for pk, code, number in elsewhere.values_list("pk", "body__code", "number")
            }
        self.options: list[tuple[str, str]] = []  # seats of other bodies would be too many
        self._by_name: dict[str, Any] = {}
        self._names: dict[tuple[type, int], str] = {}
        for kind, code, one in named:
            alone = not isinstance(one, Seat) and codes.count(code.casefold()) == 1
            name = code if alone else f"{kind} {code}"
            self._by_name[f"{kind} {code}".casefold()] = one
            self._by_name[name.casefold()] = one
            self._names[type(one), one.pk] = name
            self.options.append((name, one.name))
        self._names |= {(Seat, pk): name for name, pk in self._elsewhere.items()}

    def name_of(self, model: type, pk: int) -> str:
        return self._names.get((model, pk), "")

    def find(self, typed: str) -> Body | Party | Seat:
        name = " ".join(typed.split()).casefold()
        if name in self._by_name:
            return self._by_name[name]
        seats = {code.casefold(): pk for code, pk in self._elsewhere.items()}
        if name in seats:
            return Seat.objects.select_related("body").get(pk=seats[name])
        if any(key.endswith(f" {name}") for key in self._by_name):
            words = _("“%(typed)s” can be several: write “body %(typed)s” or “party %(typed)s”.")
        else:
            words = _("“%(typed)s” is not known here: write one of the codes of the list.")
        raise ValidationError(words % {"typed": typed})


class TargetField(forms.CharField):
    """The name of a target; the form that has the field says which ones there are."""

    targets: Targets

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"list": "targets", "size": 12}))
        super().__init__(required=False, max_length=40, **kwargs)

    def clean(self, value: Any) -> Body | Party | Seat | None:
        typed = super().clean(value)
        return self.targets.find(typed) if typed else None
