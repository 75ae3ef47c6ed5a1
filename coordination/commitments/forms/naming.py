"""Naming commitments, provisions, people and what a deadline counts from in one text field each.

A select in every row of a table, with every commitment of the process, would make a page heavy: the
page holds a list of proposals once, and whatever is typed is looked up.
"""

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from coordination.agreements.models import Provision
from coordination.bodies.forms.targets import Targets
from coordination.bodies.models import Body
from coordination.processes.models import AnchorEvent, Process

from ..models import Commitment, Trigger

#: Proposals of commitments and of people that a page holds; more are found by what is typed.
PROPOSED = 40

_CODE = re.compile(r"c?\s*-?\s*([0-9]{1,9})", re.IGNORECASE)

TRIGGER = "trigger"


def find_commitment(process: Process, typed: str) -> Commitment:
    """The commitment with a code as in “C-14”; raises `ValidationError`."""
    hit = _CODE.fullmatch(typed.strip())
    rows = Commitment.objects.filter(process=process)
    found = rows.filter(number=int(hit[1])).first() if hit else None
    if found is None:
        words = _("“%(typed)s” is no commitment here: write its number, as in C-14.")
        raise ValidationError(words % {"typed": typed})
    return found


def proposed_commitments(process: Process) -> list[tuple[str, str]]:
    """Code and title of those that were entered last."""
    rows = Commitment.objects.filter(process=process).order_by("-number")
    rows = rows.values_list("number", "title")
    return [(f"C-{number}", title) for number, title in rows[:PROPOSED]]


class CommitmentField(forms.CharField):
    """The code of a commitment; `given` of the form looks the commitment up."""

    process: Process

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"list": "commitments", "size": 12})
        super().__init__(required=False, max_length=40, widget=widget, **kwargs)

    def clean(self, value: Any) -> str:
        typed = super().clean(value)
        return find_commitment(self.process, typed).code if typed else ""


class BodyField(forms.CharField):
    """The code of a body; `given` of the form looks the body up."""

    targets: Targets

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"list": "targets", "size": 12})
        super().__init__(required=False, max_length=40, widget=widget, **kwargs)

    def clean(self, value: Any) -> str:
        typed = super().clean(value)
        if not typed:
            return ""
        found = self.targets.find(typed)
        if not isinstance(found, Body):
            raise ValidationError(_("“%(typed)s” is no body.") % {"typed": typed})
        return self.targets.name_of(Body, found.pk)


class Bases:
    """What a term can count from: anchor events, other commitments, and for what is triggered its
    trigger, which its own name and key stand for too where nothing else bears them."""

    def __init__(
        self, process: Process, *, triggered: bool, trigger: Trigger | None = None
    ) -> None:
        self.process, self.triggered = process, triggered
        anchors = list(process.anchors.all())
        names = [anchor.name.casefold() for anchor in anchors]
        self._found: dict[str, Any] = {}
        self._names: dict[int, str] = {}
        for anchor in anchors:
            alone = names.count(anchor.name.casefold()) == 1
            name = anchor.name if alone else f"{anchor.name} ({anchor.key})"
            self._names[anchor.pk] = name
            self._found |= {name: anchor, name.casefold(): anchor}
            self._found.setdefault(anchor.key.casefold(), anchor)
        self.trigger = _("the trigger")
        if triggered:
            self._found |= {self.trigger: TRIGGER, self.trigger.casefold(): TRIGGER}
            for name in (trigger.name, trigger.key) if trigger else ():
                self._found.setdefault(" ".join(name.split()).casefold(), TRIGGER)

    @property
    def options(self) -> list[tuple[str, str]]:
        """The proposals of the page: names, and what more there is to say of each."""
        own = [(self.trigger, "")] if self.triggered else []
        anchors = [(name, _("anchor")) for name in self._names.values()]
        return own + anchors + proposed_commitments(self.process)

    def name_of_anchor(self, pk: int) -> str:
        return self._names.get(pk, "")

    def find(self, typed: str) -> str:
        """What was typed as it is written; raises `ValidationError`."""
        name = " ".join(typed.split())
        found = self._found.get(name) or self._found.get(name.casefold())
        if isinstance(found, Commitment):
            return found.code
        if isinstance(found, AnchorEvent):
            return self._names[found.pk]
        if found == TRIGGER:
            return self.trigger
        if name.casefold() == self.trigger.casefold():
            raise ValidationError(_("Only what is triggered counts from its trigger."))
        if not _CODE.fullmatch(name):
            words = _(
                "“%(typed)s” is not known here: write the name of an anchor event, or the number "
                "of a commitment, as in C-14."
            )
            if self.triggered:
                words = _(
                    "“%(typed)s” is not known here: leave it empty for the trigger, or write the "
                    "name of an anchor event, or the number of a commitment, as in C-14."
                )
            raise ValidationError(words % {"typed": typed})
        commitment = find_commitment(self.process, name)
        self._found[commitment.code] = commitment
        return commitment.code

    def fields_of(self, name: str) -> dict[str, Any]:
        """The fields of a term that counts from what `find` has found."""
        found = self._found[name]
        return {
            "anchor": found if isinstance(found, AnchorEvent) else None,
            "after_commitment": found if isinstance(found, Commitment) else None,
            "from_opening": found == TRIGGER,
        }


class People:
    """The members of a process by name, with the address where two bear the same."""

    def __init__(self, process: Process, also: Iterable[Any] = ()) -> None:
        members = process.memberships.current().select_related("user").order_by("user__name")
        there = {one.user_id: one.user for one in members} | {one.pk: one for one in also}
        names = [one.name.casefold() for one in there.values()]
        self._names: dict[int, str] = {}
        self._found: dict[str, Any] = {}
        for one in there.values():
            alone = names.count(one.name.casefold()) == 1
            name = one.name if alone else f"{one.name} <{one.email}>"
            self._names[one.pk] = name
            self._found |= {name.casefold(): one, one.email.casefold(): one}

    @property
    def options(self) -> list[str]:
        return list(self._names.values())[:PROPOSED]

    def name_of(self, pk: int | None) -> str:
        return self._names.get(pk or 0, "")

    def find(self, typed: str) -> Any:
        found = self._found.get(" ".join(typed.split()).casefold())
        if found is None:
            words = _("“%(typed)s” is no member of the process: write the name of one.")
            raise ValidationError(words % {"typed": typed})
        return found


def name_of_provision(provision: Provision | None, process: Process) -> str:
    """Its citation, with the agreement's key where another agreement has the same."""
    if provision is None:
        return ""
    same = Provision.objects.filter(agreement__process=process, citation=provision.citation)
    if same.count() == 1:
        return provision.citation
    return f"{provision.agreement.key}: {provision.citation}"


class ProvisionField(forms.CharField):
    """A provision by its citation: a list of them all would be too long."""

    process: Process

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=170, **kwargs)

    def clean(self, value: Any) -> str:
        typed = " ".join(super().clean(value).split())
        return name_of_provision(self.find(typed), self.process)

    def find(self, typed: str) -> Provision | None:
        if not typed:
            return None
        rows = Provision.objects.filter(agreement__process=self.process)
        rows = rows.select_related("agreement").order_by("pk")
        found = list(rows.filter(citation__iexact=typed)[:2])
        key, colon, citation = typed.partition(": ")
        if colon and len(found) != 1:
            one = rows.filter(agreement__key=key, citation__iexact=citation).first()
            found = [one] if one else found
        if len(found) > 1:
            words = _("Several agreements have “%(typed)s”: write as in “%(key)s: %(typed)s”.")
            raise ValidationError(words % {"typed": typed, "key": found[0].agreement.key})
        if not found:
            words = _("“%(typed)s” is in no agreement: write a citation as it stands there.")
            raise ValidationError(words % {"typed": typed})
        return found[0]
