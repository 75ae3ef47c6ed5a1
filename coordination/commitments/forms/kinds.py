"""What the forms of a commitment ask of each kind, and no more."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from coordination.agreements.citation import find_passage
from coordination.base.errors import Refused
from coordination.bodies.forms.targets import Targets
from coordination.processes.edit_forms import EditForm
from coordination.processes.tables import BLANK_ROWS, State, Table, plain

from ..models import Commitment, Deadline, Trigger
from .naming import (
    Bases,
    BodyField,
    CommitmentField,
    People,
    ProvisionField,
    find_commitment,
    proposed_commitments,
)

Kind = Commitment.Kind

HINTS = {
    Kind.DATED: _("One act by a day or a moment."),
    Kind.STANDING: _("To be kept up, or refrained from: a ceasefire."),
    Kind.UNTIL: _("A prohibition or duty that ends."),
    Kind.NOT_BEFORE: _("Permitted from a day on, and not earlier."),
    Kind.RECURRING: _("Again and again: every month, twice a year."),
    Kind.LIMIT: _("Never more, or never fewer, than a number of something."),
    Kind.QUANTITY: _("A number of something to be reached."),
    Kind.TRIGGERED: _("Each time that something happens, or somebody asks for it."),
    Kind.UNDATED: _("No day is agreed and none follows."),
}

RHYTHM = ("every_amount", "every_unit", "times")
OPENED = ("trigger", "follows")
DEADLINE = ("wording", "precision", "rule", "extendable")

BODIES = ("lead_body", "verifying_body")

#: A button of this name has the form shown again as it was typed, and saves nothing.
AGAIN = "again"


def fields_of(kind: str) -> tuple[str, ...]:
    """The fields that a kind has and others do not."""
    fields: tuple[str, ...] = ()
    if kind == Kind.RECURRING:
        fields = RHYTHM
    if kind == Kind.TRIGGERED:
        fields = OPENED
    if kind in (Kind.STANDING, Kind.LIMIT):
        return (*fields, "wording", "precision")
    return fields if kind == Kind.UNDATED else (*fields, *DEADLINE)


def tables_of(kind: str) -> tuple[str, ...]:
    terms = () if kind == Kind.UNDATED else ("terms",)
    return (*terms, "bounds") if kind in Commitment.MEASURED else terms


_BY_KIND = frozenset((*RHYTHM, *OPENED, *DEADLINE))


class TableForm(EditForm):
    """A form with tables of names; what is wrong with a table as a whole stands above it."""

    kind: str = Kind.DATED

    def __init__(self, data: Any = None, *, process: Any, thing: Any = None, **kwargs: Any) -> None:
        self.is_asked_again = data is not None and self.asks_again(data)
        triggered = self.kind == Kind.TRIGGERED
        trigger = self.trigger_of(data, process, thing) if triggered else None
        self.bases = Bases(process, triggered=triggered, trigger=trigger)
        self.table_errors: dict[str, str] = {}
        super().__init__(data, process=process, thing=thing, **kwargs)

    def trigger_of(self, data: Any, process: Any, thing: Any) -> Trigger | None:
        """The trigger whose name can stand for “the trigger”."""
        return None

    def asks_again(self, data: Any) -> bool:
        """Whether the form is to be shown again as it was typed, and nothing to be saved."""
        return AGAIN in data

    def _table(self, name: str, data: Any, rows: list[State]) -> Table:
        """Where a form is shown again, a table that it did not have yet, or with blank rows."""
        prefix = f"{self.prefix}-{name}" if self.prefix else name
        if data is None or not self.is_asked_again:
            return super()._table(name, data, rows)
        if f"{prefix}-count" not in data:
            return super()._table(name, None, rows)
        table = super()._table(name, data, rows)
        blank = BLANK_ROWS if data.get(AGAIN) == "rows" else table.form.blank_rows
        if sum(not row.has_changed() for row in table) >= blank:
            return table
        more = data.copy()
        more[f"{prefix}-{len(table.forms) + blank - 1}-"] = ""
        return super()._table(name, more, rows)

    def refuse(self, refused: Refused) -> None:
        if refused.field in self.lists:
            self.table_errors[refused.field] = refused.message
            label = str(self.tables[refused.field][1])
            refused = Refused(f"{label}: {refused.message}")
        super().refuse(refused)

    @property
    def kind_shown(self) -> str:
        """For templates, where `kind` is the field."""
        return self.kind

    @property
    def parts(self) -> dict[str, dict[str, Any]]:
        """The tables as the page shows them, by name."""
        return {
            name: {
                "table": table,
                "caption": self.tables[name][1],
                "error": self.table_errors.get(name, ""),
            }
            for name, table in self.lists.items()
            if self._has_table(name)
        }

    def _has_table(self, name: str) -> bool:
        """Not a table of another kind; fields are no tables."""
        return True

    def _author(self, name: str) -> str:
        """The entry on owners names them, and not the table."""
        return super()._author("commitment" if name == "owed" else name)


class KindForm(TableForm):
    """What a commitment says, with the fields of its kind.

    The fields of another kind that were typed before are carried along unseen, so that choosing a
    kind and the one before again loses nothing.
    """

    shown_kind = forms.CharField(required=False, widget=forms.HiddenInput)
    bounds = {"every_amount": (1, 999), "times": (1, 999)}

    def __init__(self, data: Any = None, *, process: Any, thing: Any = None, **kwargs: Any) -> None:
        chosen = data.get("kind", "") if data is not None else kwargs.get("initial", {}).get("kind")
        chosen = chosen or (thing.kind if thing is not None else Kind.DATED)
        self.kind = chosen if chosen in Kind.values else Kind.DATED
        self.targets, self.people = Targets(process), People(process)
        super().__init__(data, process=process, thing=thing, **kwargs)
        self.initial["kind"] = self.initial["shown_kind"] = self.kind
        if data is not None:
            self.data = data.copy()
            self.were_shown = self.shown_before(data.get("shown_kind", ""))
            if self.is_asked_again:
                self._show_first()
            self.data["shown_kind"] = self.kind
        for field in self.fields.values():
            if isinstance(field, CommitmentField | ProvisionField):
                field.process = process
            elif isinstance(field, BodyField):
                field.targets = self.targets
        for name in self.fields.keys() & (_BY_KIND - set(fields_of(self.kind))):
            self.fields[name].required = False
        if self.kind == Kind.RECURRING:
            self.fields["every_amount"].required = self.fields["every_unit"].required = True

    def trigger_of(self, data: Any, process: Any, thing: Any) -> Trigger | None:
        if data is None:
            return thing.trigger if thing is not None else None
        key = data.get("trigger", "")
        if not key.isdecimal() or len(key) > 18:
            return None
        return Trigger.objects.filter(process=process, pk=key).first()

    def _show_first(self) -> None:
        """Fields that were not shown before begin as on a new page."""
        new = set(fields_of(self.kind)) - self.were_shown
        for name in new & self.fields.keys() - self.data.keys():
            value = plain(self.get_initial_for_field(self.fields[name], name))
            if value is not False:
                self.data[name] = "on" if value is True else str(value)

    def shown_before(self, kind: str) -> set[str]:
        """The fields that were shown with a kind."""
        return set(fields_of(kind))

    def asks_again(self, data: Any) -> bool:
        return super().asks_again(data) or self.is_of_other_kind(data)

    def is_of_other_kind(self, data: Any) -> bool:
        """Another kind was chosen, and what it asks for was not shown yet."""
        return data.get("shown_kind", self.kind) != self.kind

    def more_fields(self) -> Mapping[str, forms.Field]:
        return {
            "provision": ProvisionField(
                label=_("Provision"), help_text=_("Its citation, where its text is entered.")
            ),
            "follows": CommitmentField(
                label=_("Or by each fulfilment of"), help_text=_("A commitment, as in C-14.")
            ),
            "lead_body": BodyField(label=_("Lead body")),
            "verifying_body": BodyField(label=_("Verifying body")),
            "quoted_anyway": forms.BooleanField(
                label=_("Quote it as typed"),
                required=False,
                help_text=_("Though the text of the provision does not have it so."),
            ),
            **self.deadline_fields(),
        }

    def deadline_fields(self) -> Mapping[str, forms.Field]:
        return forms.fields_for_model(Deadline, DEADLINE)

    @property
    def kinds(self) -> list[tuple[str, Any, Any, bool]]:
        """Value, label, hint and whether it was chosen, for each kind."""
        chosen = self["kind"].value()  # what somebody else chose meanwhile may differ from `kind`
        return [(one.value, one.label, HINTS[one], one.value == chosen) for one in Kind]

    @property
    def commitments(self) -> list[tuple[str, str]]:
        return proposed_commitments(self.process) if self.kind == Kind.TRIGGERED else []

    def own(self, *names: str) -> list[Any]:
        """Those of some fields that the kind has."""
        has = fields_of(self.kind)
        return [self[name] for name in names if name in self.fields and name in has]

    @property
    def rhythm(self) -> list[Any]:
        return self.own(*RHYTHM)

    @property
    def opened(self) -> list[Any]:
        return self.own(*OPENED)

    @property
    def deadline(self) -> list[Any]:
        return self.own(*DEADLINE)

    @property
    def own_tables(self) -> tuple[str, ...]:
        return tuple(name for name in tables_of(self.kind) if name in self.lists)

    @property
    def carried(self) -> list[Any]:
        """What was typed into fields and tables of other kinds."""
        if not self.is_bound:
            return []
        typed = self.were_shown | self.data.keys()  # a box that was not ticked sends nothing
        hidden = self.fields.keys() & _BY_KIND & typed - set(fields_of(self.kind))
        cells = [self[name] for name in sorted(hidden)]
        for name, table in self.lists.items():
            if not self._has_table(name) and table.is_bound:
                cells += [cell for row in table.typed for cell in row]
        return cells

    def full_clean(self) -> None:
        super().full_clean()
        for name in _BY_KIND - set(fields_of(self.kind)):
            self.errors.pop(name, None)

    def clean(self) -> State:
        every = self.lists
        self.lists = {n: table for n, table in every.items() if self._has_table(n)}
        try:
            data = super().clean()
        finally:
            self.lists = every
        self._look_for_passage(data)
        return data

    def typed(self) -> State:
        return {n: said for n, said in super().typed().items() if self._has_table(n)}

    def _has_table(self, name: str) -> bool:
        return name not in ("terms", "bounds") or name in self.own_tables

    def _look_for_passage(self, data: State) -> None:
        """Say so where a passage that is quoted is not in the text of its provision."""
        text = data.get("text", "")
        if not text or not data.get("provision") or data.get("quoted_anyway"):
            return
        quoted = ("text", "provision")
        if self.thing and all(plain(data[n]) == plain(self.initial[n]) for n in quoted):
            return
        field: Any = self.fields["provision"]
        provision = field.find(data["provision"])
        if provision.text and find_passage(provision.text, text) is None:
            words = _now(
                "It does not stand so in %(citation)s. Write what stands there, with “…” for what "
                "is left out, or tick below that it is quoted as typed."
            )
            self.add_error("text", words % {"citation": provision.citation})

    @property
    def offers_to_quote(self) -> bool:
        return "text" in self.errors or bool(self["quoted_anyway"].value())

    def given(self) -> State:
        """The fields of a commitment; what its kind does not have is empty."""
        said = super().given()
        for name in ("quoted_anyway", "shown_kind"):
            del said[name]
        provision: Any = self.fields["provision"]
        said["provision"] = provision.find(said["provision"])
        said["kind"] = self.kind
        for name in BODIES:
            said[name] = self.targets.find(said[name]) if said[name] else None
        if self.kind == Kind.TRIGGERED:
            found = said["follows"]
            said["follows"] = find_commitment(self.process, found) if found else None
        else:
            said |= {"trigger": None, "follows": None}
        if self.kind == Kind.RECURRING:
            said["times"] = said["times"] or 1
        else:
            said |= {"every_amount": None, "every_unit": "", "times": 1}
        return said
