"""Naming a body, a party or a seat in one text field, whose list of proposals a page holds once.

Three selects a row, each with every body, party and seat, would make a page of many rows heavy.
"""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from coordination.processes.models import Party, Process

from ..models import Body, Seat


class Targets:
    """What can be named: "JMC", or "body JMC" where a party has the same code; "seat 3" of the body
    itself, "OHR/1" of another.
    """

    def __init__(self, process: Process, body: Body | None = None, parties: bool = True) -> None:
        bodies = process.bodies.only("code", "name", "process", "ended_on")
        named: list[tuple[str, Any]] = [("body", one) for one in bodies.order_by("code")]
        if parties:
            named += [("party", one) for one in process.parties.order_by("code")]
        self._elsewhere: dict[str, int] = {}
        exact = [one.code for _kind, one in named]
        codes = [code.casefold() for code in exact]
        if body is not None:
            for seat in body.seats.order_by("number"):
                seat.body = body
                named.append(("seat", seat))
            elsewhere = Seat.objects.filter(body__process=process).exclude(body=body)
            self._elsewhere = {
                f"{code}/{number}": pk
                for pk, code, number in elsewhere.values_list("pk", "body__code", "number")
            }
        self.options: list[tuple[str, str]] = []  # seats of other bodies would be too many
        self._exact: dict[str, Any] = {}
        self._folded: dict[str, set[Any]] = {}
        self._names: dict[tuple[type, int], str] = {}
        words = {"body": _("body"), "party": _("party"), "seat": _("seat")}
        for kind, one in named:
            code = str(one.number) if isinstance(one, Seat) else one.code
            alone = kind != "seat" and codes.count(code.casefold()) == 1
            name = code if alone else f"{words[kind]} {code}"
            # The words of the page's language, and those of a file or of somebody else's page.
            once = code if kind != "seat" and exact.count(code) == 1 else name
            for said in {name, once, f"{words[kind]} {code}", f"{kind} {code}"}:
                self._exact[said] = one
                self._folded.setdefault(said.casefold(), set()).add(one)
            self._names[type(one), one.pk] = name
            self.options.append((name, one.name))
        self._names |= {(Seat, pk): name for name, pk in self._elsewhere.items()}

    def name_of(self, model: type, pk: int) -> str:
        return self._names.get((model, pk), "")

    def find(self, typed: str) -> Body | Party | Seat:
        name = " ".join(typed.split())
        if name in self._exact:
            return self._exact[name]
        found = self._folded.get(name.casefold(), set())
        if len(found) == 1:
            return next(iter(found))
        seats = {code.casefold(): pk for code, pk in self._elsewhere.items()}
        if name.casefold() in seats:
            return Seat.objects.select_related("body").get(pk=seats[name.casefold()])
        folded = name.casefold()
        said = sorted(key for key in self._exact if f" {key.casefold()}".endswith(f" {folded}"))
        if said:
            words = _("“%(typed)s” can be several: write %(either)s.")
            if len(said) == 1:
                words = _("“%(typed)s” alone is not clear: write %(either)s.")
            either = get_text_list([f"“{one}”" for one in said], _("or"))
            raise ValidationError(words % {"typed": typed, "either": either})
        words = _("“%(typed)s” is not known here: write one of the codes of the list.")
        raise ValidationError(words % {"typed": typed})


class TargetField(forms.CharField):
    """The name of a target; the form that has the field says which ones there are."""

    targets: Targets

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"list": "targets", "size": 12}))
        kwargs.setdefault("required", False)
        super().__init__(max_length=40, **kwargs)

    def clean(self, value: Any) -> Body | Party | Seat | None:
        typed = super().clean(value)
        return self.targets.find(typed) if typed else None
