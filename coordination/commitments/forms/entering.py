"""What is typed to enter a commitment, and to change what it says and who owes it."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.bodies.forms.targets import Targets
from coordination.bodies.models import Body
from coordination.ledger.models import Entry
from coordination.processes.tables import State, Table

from ..models import Commitment, Obligation
from .kinds import BODIES, DEADLINE, RHYTHM, KindForm, TableForm, fields_of
from .naming import People, name_of_provision
from .rows import (
    BoundRow,
    OwnerRow,
    TermRow,
    bounds_given,
    bounds_of,
    owed_given,
    owners_of,
    terms_given,
    terms_of,
)

_SAID = ("kind", "text", "reference", "title", *RHYTHM, "trigger", "otherwise")
_KEPT = ("track", "priority", "check_in_rhythm", "remarks")


class WordsForm(KindForm):
    """What both forms below ask of a commitment."""

    class Meta:
        model = Commitment
        fields = (*_SAID, *_KEPT)
        labels = {
            "text": _("Passage"),
            "every_amount": _("Every"),
        }
        help_texts = {
            "text": _("The words of the agreement that it comes from."),
            "every_amount": "",
            "times": _("As in “twice a month”."),
            "otherwise": _("What applies where it is not met."),
        }
        error_messages = {
            "every_amount": {"required": _("A recurring commitment says how often it recurs.")},
            "every_unit": {"required": _("Choose the unit of its rhythm.")},
        }

    @property
    def words(self) -> list[Any]:
        return [self[name] for name in ("reference", "title")]

    @property
    def kept(self) -> list[Any]:
        names = (*BODIES, "track", "priority", "check_in_rhythm")
        return [self[name] for name in names]

    @property
    def asked(self) -> list[Any]:
        return [self[name] for name in ("otherwise", "remarks")]


class NewCommitmentForm(WordsForm):
    """All of a new commitment in one step."""

    tables = {
        "terms": (TermRow, _("Dates")),
        "bounds": (BoundRow, _("Bounds")),
        "owed": (OwnerRow, _("Owners")),
    }

    def __init__(self, *args: Any, rows: Sequence[State] = (), **kwargs: Any) -> None:
        self.owed = list(rows)
        super().__init__(*args, **kwargs)
        self.fields["track"].help_text = _("Empty: that of the lead body.")
        if self.is_bound and not self.data.get("track"):
            self._take_track_of_lead_body()

    def _take_track_of_lead_body(self) -> None:
        typed = self.data.get("lead_body", "").strip()
        try:
            body = self.targets.find(typed) if typed else None
        except forms.ValidationError:
            return  # said beside the field of the body
        if isinstance(body, Body):
            self.data["track"] = body.track

    def _table(self, name: str, data: Any, rows: list[State]) -> Table:
        return super()._table(name, data, self.owed if name == "owed" else rows)

    def given(self) -> State:
        """As `create_commitment` takes it."""
        said = super().given()
        own = fields_of(self.kind)
        said["deadline"] = {name: said[name] for name in DEADLINE if name in own}
        for name in DEADLINE:
            del said[name]
        said["owed"] = owed_given(self.lists["owed"].typed)
        if "terms" in self.own_tables:
            said["terms"] = terms_given(said["terms"], self.bases)
        if "bounds" in self.own_tables:
            said["bounds"] = bounds_given(self.lists["bounds"].typed)
        return said


class CommitmentForm(WordsForm):
    """What a commitment says; with another kind, also when that is due."""

    thing: Commitment

    def __init__(self, data: Any = None, *, process: Any, thing: Commitment, **kwargs: Any) -> None:
        # What is stored of the dates is part of what was seen, in case that they are asked for.
        other = data is not None and data.get("kind", thing.kind) != thing.kind
        self.with_dates = data is None or other
        tables: dict[str, Any] = {"bounds": (BoundRow, _("Bounds"))}
        if self.with_dates:
            tables["terms"] = (TermRow, _("Dates"))
        self.tables = tables  # type: ignore[misc]
        super().__init__(data, process=process, thing=thing, **kwargs)

    @property
    def shows_dates(self) -> bool:
        return self.with_dates and self.is_bound

    def shown_before(self, kind: str) -> set[str]:
        return super().shown_before(kind) - set(DEADLINE if kind == self.thing.kind else ())

    def _has_table(self, name: str) -> bool:
        return super()._has_table(name) and (name != "terms" or self.shows_dates)

    def deadline_fields(self) -> Mapping[str, forms.Field]:
        return super().deadline_fields() if self.with_dates else {}

    def state_of(self, thing: Commitment) -> State:
        state = super().state_of(thing)
        state["provision"] = name_of_provision(thing.provision, self.process)
        for name in BODIES:
            body = getattr(thing, name)
            state[name] = self.targets.name_of(Body, body.pk) if body else ""
        state["follows"] = thing.follows.code if thing.follows else ""
        state["bounds"] = bounds_of(thing)
        if self.with_dates:
            own = thing.deadline.terms.filter(reading=None)
            state["terms"] = terms_of(own, self.bases, TermRow)
            state |= {name: getattr(thing.deadline, name) for name in DEADLINE}
        if not hasattr(self, "lists"):  # everything is seen; only what is shown is compared
            return state
        return {name: value for name, value in state.items() if self._has_table(name)}

    def given(self) -> State:
        """As `rewrite_commitment` takes it."""
        said = super().given()
        if "bounds" in self.own_tables:
            said["bounds"] = bounds_given(self.lists["bounds"].typed)
        if self.with_dates:
            own, stored = fields_of(self.kind), self.thing.deadline
            said["deadline"] = {
                name: said[name] if name in own else getattr(stored, name) for name in DEADLINE
            }
            for name in DEADLINE:
                del said[name]
            said["terms"] = terms_given(said.get("terms", []), self.bases)
        return said


class OwnersForm(TableForm):
    """Who owes a commitment, each with their share and who reports for them."""

    tables = {"owed": (OwnerRow, _("Owners"))}

    class Meta:
        model = Commitment
        fields = ()

    def __init__(self, data: Any = None, *, process: Any, thing: Commitment, **kwargs: Any) -> None:
        stored = Obligation.objects.filter(commitment=thing, focal_point__isnull=False)
        also = [one.focal_point for one in stored.select_related("focal_point")]
        self.targets, self.people = Targets(process), People(process, also)
        super().__init__(data, process=process, thing=thing, **kwargs)

    def state_of(self, thing: Commitment) -> State:
        return {"owed": owners_of(thing)}

    def given(self) -> State:
        return {"owed": owed_given(self.lists["owed"].typed)}

    def _author(self, name: str) -> str:
        """The entry names the owners, and not the table."""
        entries = Entry.objects.filter(process=self.process, verb="commitment.owners-changed")
        last = entries.about(self.thing).order_by("-sequence").first()
        return last.actor_name if last else ""
