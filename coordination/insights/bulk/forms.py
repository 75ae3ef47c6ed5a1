"""What people choose to do to many commitments at once, and the confirmation of what was shown."""

import re
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.sentences import PlainForm
from coordination.base.forms import SubmissionForm
from coordination.bodies.models import Body
from coordination.commitments.models import BulkChange, Commitment
from coordination.processes.models import Process
from coordination.reviews.access import may_propose
from coordination.reviews.agenda import is_open
from coordination.reviews.models import Review

from .plans import What, standing_bodies

Kind = BulkChange.Kind
#: Meetings that are offered; later ones are far away.
MEETINGS = 20
#: How a rhythm is written that a commitment does not set itself.
USUAL = "usual"

_ROW = re.compile(r"([0-9]{1,9}):([0-9a-z-]{1,20})")


def open_reviews(process: Process, user: Any) -> list[Review]:
    """The next meetings for which the person may propose something still."""
    now = timezone.now()
    rows = Review.objects.visible_to(user).filter(
        body__process=process, state=Review.State.PLANNED, agenda_closed_at=None, starts_at__gt=now
    )
    rows = rows.select_related("body__protocol").order_by("starts_at")
    found, may = [], dict[int, bool]()
    for review in rows[: MEETINGS * 2]:
        review.body.process = process
        if not is_open(review, now):
            continue
        if review.body_id not in may:
            may[review.body_id] = process.viewer.is_coordinator or may_propose(user, review)
        if may[review.body_id]:
            found.append(review)
    return found[:MEETINGS]


class WhatForm(PlainForm, forms.Form):
    """What is to be done: a kind, and of it the one thing that it is set to."""

    kind = forms.ChoiceField(choices=Kind.choices, widget=forms.HiddenInput)
    lead = forms.ModelChoiceField(Body.objects.none(), label=_("Lead body"), required=False)
    verifier = forms.ModelChoiceField(
        Body.objects.none(), label=_("Verifying body"), required=False
    )
    rhythm = forms.ChoiceField(label=_("Check-ins"), required=False)
    priority = forms.TypedChoiceField(label=_("Priority"), required=False, coerce=int)
    agenda = forms.ChoiceField(label=_("Review"), required=False)

    def __init__(self, data: Any = None, *, process: Process, user: Any, **kwargs: Any) -> None:
        super().__init__(data, auto_id="id_%s", **kwargs)
        standing = standing_bodies(process)
        fields: Any = self.fields
        for name in ("lead", "verifier"):
            fields[name].queryset = standing.order_by("code")
            fields[name].empty_label = _now("Choose")
        self.reviews = {str(one.pk): one for one in open_reviews(process, user)}
        choose = ("", _now("Choose"))
        usual = (USUAL, _now("as usual for its kind"))
        fields["rhythm"].choices = [choose, *Commitment.Rhythm.choices, usual]
        fields["priority"].choices = [choose, *Commitment.Priority.choices]
        fields["agenda"].choices = [
            choose,
            *((key, meeting(one)) for key, one in self.reviews.items()),
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        kind = data.get("kind")
        if kind and kind != Kind.REMIND and kind not in self.errors and not data.get(kind):
            self.add_error(kind, _now("Choose one."))
        return data

    @property
    def what(self) -> What:
        """What was chosen, of a form that is right."""
        kind = self.cleaned_data["kind"]
        to: Any = self.cleaned_data.get(kind)
        if kind == Kind.RHYTHM:
            to = "" if to == USUAL else to
        elif kind == Kind.AGENDA:
            to = self.reviews[to]
        return What(kind, to)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """What was chosen, for a form that carries it on."""
        kind = self.data["kind"]
        return [("kind", kind), (kind, self.data.get(kind, ""))]


def meeting(review: Review) -> str:
    on = date_format(review.held_on, "SHORT_DATE_FORMAT")
    return _now("%(review)s, %(day)s") % {"review": review, "day": on}


class ConfirmForm(WhatForm, SubmissionForm):
    """The same together with what was shown of each commitment."""

    rows = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean_rows(self) -> dict[int, str]:
        return {int(number): mark for number, mark in _ROW.findall(self.cleaned_data["rows"])}

    def clean(self) -> dict[str, Any]:
        """As the action takes it."""
        data = super().clean()
        if self.errors:
            return data
        return {"submission": data["submission"], "what": self.what, "seen": data["rows"]}
