"""The ledger as minutes: what happened on each day, in words, for one reader."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import models
from django.urls import reverse
from django.utils import formats
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from coordination.agreements.models import Agreement, Provision
from coordination.bodies.models import Body, Nomination, Responsibility, Seat, Term
from coordination.commitments.models import (
    Breach,
    CheckIn,
    Commitment,
    Deadline,
    Dependency,
    Evidence,
    Flag,
    Obligation,
    Verification,
)
from coordination.ledger.actions import Origin
from coordination.ledger.models import Chain, Entry
from coordination.processes.models import Party, Process
from coordination.reviews.models import (
    Dispute,
    Minutes,
    Report,
    ReportFile,
    ReportSection,
    Review,
)

from .deeds import BY_HAND, DEEDS

#: Entries on one page.
PAGE = 30
#: Of a change, how many fields its line names, and how much of each; its own page has all.
FIELDS, WORDS = 5, 120
NOTHING = "—"
#: How many choices a filter offers.
CHOICES = 300

#: Where a thing is shown, and what of it stands in the address.
_PAGES: dict[type[models.Model], tuple[str, tuple[str, ...]]] = {
    Agreement: ("agreement", ("key",)),
    Body: ("body", ("code",)),
    Breach: ("breach", ("obligation__commitment__number", "pk")),
    CheckIn: ("reports", ("obligation__commitment__number", "obligation_id")),
    Commitment: ("commitment", ("number",)),
    Deadline: ("commitment", ("commitment__number",)),
    Dependency: ("commitment", ("commitment__number",)),
    Dispute: ("dispute", ("number",)),
    Evidence: ("evidence", ("commitment__number", "number")),
    Flag: ("commitment", ("commitment__number",)),
    Minutes: ("minutes", ("review_id", "version")),
    Nomination: ("seat", ("seat_id",)),
    Obligation: ("commitment", ("commitment__number",)),
    Party: ("party", ("pk",)),
    Provision: ("provision", ("agreement__key", "pk")),
    Report: ("implementation-report", ("pk",)),
    ReportFile: ("implementation-report-files", ("report_id",)),
    ReportSection: ("implementation-report", ("report_id",)),
    Responsibility: ("responsibility", ("pk",)),
    Review: ("review", ("pk",)),
    Seat: ("seat", ("pk",)),
    Term: ("seat", ("seat_id",)),
    Verification: ("verification", ("obligation__commitment__number", "pk")),
}
#: What stands for a row that an entry names by its id.
_NAMES: dict[type[models.Model], tuple[str, str]] = {
    Agreement: ("{}", "name"),
    Body: ("{}", "code"),
    Commitment: ("C-{}", "number"),
    Party: ("{}", "code"),
    Provision: ("{}", "citation"),
    Review: ("{}", "number"),
    Seat: ("{}", "name"),
}
#: What entries about other things keep of an obligation: how it stood before and after.
_OF_OBLIGATIONS = ("reported_level", "verified_level", "completed_on", "next_check_in_on")
#: What tells nothing: every entry is about a row of its process.
_SAME = ("id", "process_id", "process")

OUR_APPS = ("coordination", "accounts")


@dataclass(frozen=True)
class Change:
    """One field, before and after, in words."""

    label: str
    before: str
    after: str


@dataclass
class Line:
    """A place in the chain, with its entry where the reader may see it."""

    sequence: int
    hash: str
    entry: Entry | None = None
    url: str = ""
    changes: list[Change] = field(default_factory=list)
    more: int = 0
    origin: str = ""


@dataclass
class Page:
    """Lines by the day they are of, newest first; `before` leads to those that are earlier."""

    days: list[tuple[date | None, list[Line]]]
    total: int
    before: int | None


def read_page(process: Process, user: Any, chosen: dict[str, Any], before: int | None) -> Page:
    """A page of the ledger, in a constant number of queries, wherever in the chain it begins.

    Without a filter it has every place of the chain: what the reader may not see is there as a
    number and a hash, and as nothing else.
    """
    entries = Entry.objects.visible_to(user).filter(process=process)
    places = process.ledger_entries.order_by("-sequence")
    if before is not None:
        entries, places = (rows.filter(sequence__lt=before) for rows in (entries, places))
    if chosen:
        found = list(filtered(entries, process, chosen).order_by("-sequence")[: PAGE + 1])
        lines = [Line(entry.sequence, entry.hash, entry) for entry in found]
    else:
        lines = [Line(*place) for place in places.values_list("sequence", "hash")[: PAGE + 1]]
        if lines:
            span = (lines[-1].sequence, lines[0].sequence)
            shown = {entry.sequence: entry for entry in entries.filter(sequence__range=span)}
            for line in lines:
                line.entry = shown.get(line.sequence)
    more = len(lines) > PAGE
    lines = lines[:PAGE]
    fill(lines, process, user, FIELDS)
    total = Chain.objects.filter(process=process).values_list("count", flat=True).first()
    return Page(_by_day(lines, process), total or 0, lines[-1].sequence if more else None)


def filtered(entries: Any, process: Process, chosen: dict[str, Any]) -> Any:
    """The entries that fit what was asked for; days are those of the process."""
    same = ("object_type", "verb", "actor")
    lookups: dict[str, Any] = {name: chosen[name] for name in same if name in chosen}
    if lookups.get("actor") == 0:
        lookups["actor"] = None
    for name, lookup, clock in (("since", "at__gte", time.min), ("until", "at__lte", time.max)):
        if name in chosen:
            lookups[lookup] = datetime.combine(chosen[name], clock, tzinfo=process.zone)
    return entries.filter(**lookups)


def offered(process: Process, user: Any) -> dict[str, list[tuple[str, str]]]:
    """What the filters offer: what stands in the entries that the reader may see, and no more."""
    entries = Entry.objects.visible_to(user).filter(process=process).order_by()
    found = list(entries.values_list("actor", "actor_name", "verb", "object_type").distinct())
    # Whoever changed their name is one person all the same.
    people = {str(actor or 0): name for actor, name, _verb, _type in found}
    verbs = {verb: capfirst(verb_words(verb)) for _actor, _name, verb, _type in found}
    kinds = {kind: capfirst(kind_words(kind)) for _actor, _name, _verb, kind in found}
    return {
        "actor": _sorted(people),
        "verb": _sorted(verbs),
        "object_type": _sorted(kinds),
    }


def _sorted(choices: dict[str, str]) -> list[tuple[str, str]]:
    return sorted(choices.items(), key=lambda choice: choice[1].casefold())[:CHOICES]


def fill(lines: list[Line], process: Process, user: Any, limit: int | None) -> None:
    """Put into the lines what their entries come to in words, and where their things are shown."""
    entries = [line.entry for line in lines if line.entry is not None]
    addresses = _addresses(entries, process, user)
    names = _names(entries, user)
    for line in lines:
        if line.entry is None:
            continue
        line.url = addresses.get((line.entry.object_type, line.entry.object_id), "")
        line.origin = _origin(line.entry.origin)
        if limit and not line.entry.before:
            continue  # what was entered is the thing itself, and its own page has it
        changes = _changes(line.entry, names, process, WORDS if limit else None)
        line.changes, line.more = changes[:limit], len(changes[limit:]) if limit else 0


def plain_changes(entry: Entry, process: Process) -> list[tuple[str, Change]]:
    """The fields of a change by their names, without those that name other rows: no query."""
    found: list[tuple[str, Change]] = []
    for name in sorted((entry.before.keys() | entry.after.keys()).difference(_SAME)):
        known = _field(entry, name)
        values = (entry.before.get(name), entry.after.get(name))
        plain = known is not None or all(
            value is None or isinstance(value, str) for value in values
        )
        if not plain or name.endswith("_id") or getattr(known, "related_model", None):
            continue
        found += [(name, one) for one in _changes_of([name], entry, {}, process, WORDS)]
    return found


def _by_day(lines: list[Line], process: Process) -> list[tuple[date | None, list[Line]]]:
    """A place that is not shown stays under the heading before it: its own day is not told."""
    days: list[tuple[date | None, list[Line]]] = []
    for line in lines:
        day = process.today(line.entry.at) if line.entry else None
        if not days or (day is not None and day != days[-1][0]):
            days.append((day, []))
        days[-1][1].append(line)
    return days


def _model(object_type: str) -> type[models.Model] | None:
    for model in apps.get_models():
        if model._meta.app_label in OUR_APPS and model._meta.model_name == object_type:
            return model
    return None


def kind_words(object_type: str) -> str:
    model = _model(object_type)
    return str(model._meta.verbose_name) if model else object_type


def verb_words(verb: str) -> str:
    """`commitment.owners-changed` for people."""
    if verb in DEEDS:
        return str(DEEDS[verb])
    thing, _dot, deed = verb.partition(".")
    if deed in BY_HAND:
        return str(BY_HAND[deed]) % {"kind": kind_words(thing)}
    return verb.replace(".", ": ").replace("-", " ").replace("_", " ")


def _origin(origin: str) -> str:
    return str(Origin(origin).label) if origin in Origin.values else origin


def _addresses(entries: list[Entry], process: Process, user: Any) -> dict[tuple[str, int], str]:
    """The page of each thing that the reader may open, a query a kind."""
    wanted = defaultdict(set)
    for entry in entries:
        wanted[entry.object_type].add(entry.object_id)
    found = {}
    for model, (page, paths) in _PAGES.items():
        kind = str(model._meta.model_name)
        if kind in wanted:
            rows = model._default_manager.visible_to(user)  # type: ignore[attr-defined]
            for pk, *where in rows.filter(pk__in=wanted[kind]).values_list("pk", *paths):
                found[kind, pk] = reverse(page, args=[process.slug, *where])
    return found


def _names(entries: list[Entry], user: Any) -> dict[tuple[type[models.Model], int], str]:
    """What stands for rows named by id in the states before and after."""
    wanted = defaultdict(set)
    for entry in entries:
        for name, value in [*entry.before.items(), *entry.after.items()]:
            related = getattr(_field(entry, name), "related_model", None)
            if related and isinstance(value, int):
                wanted[related].add(value)
    found: dict[tuple[type[models.Model], int], str] = {}
    for model, (words, path) in _NAMES.items():
        if model in wanted:
            rows = model._default_manager.visible_to(user)  # type: ignore[attr-defined]
            for pk, value in rows.filter(pk__in=wanted[model]).values_list("pk", path):
                found[model, pk] = words.format(value)
    people: Any = get_user_model()
    if people in wanted:
        rows = people.objects.filter(pk__in=wanted[people])
        found |= {(people, pk): name for pk, name in rows.values_list("pk", "name")}
    return found


def _field(entry: Entry, name: str) -> Any:
    """The field of the thing that a state names, by its name or its column; None for another."""
    model = _model(entry.object_type)
    if model is None:
        return None
    own = (one for one in model._meta.concrete_fields if name in (one.name, one.attname))
    kept = Obligation._meta.get_field(name) if name in _OF_OBLIGATIONS else None
    return next(own, kept)


def _changes(
    entry: Entry,
    names: dict[tuple[type[models.Model], int], str],
    process: Process,
    width: int | None,
) -> list[Change]:
    names_of_fields = sorted((entry.before.keys() | entry.after.keys()).difference(_SAME))
    return _changes_of(names_of_fields, entry, names, process, width)


def _changes_of(
    fields: list[str],
    entry: Entry,
    names: dict[tuple[type[models.Model], int], str],
    process: Process,
    width: int | None,
) -> list[Change]:
    changes = []
    for name in fields:
        known = _field(entry, name)
        label = str(known.verbose_name) if known else name.removesuffix("_id").replace("_", " ")
        before, after = (
            _shortened(_in_words(state.get(name), known, names, process), width)
            for state in (entry.before, entry.after)
        )
        if (before, after) != (NOTHING, NOTHING):
            changes.append(Change(label, before, after))
    return changes


def _shortened(words: str, width: int | None) -> str:
    return words if width is None or len(words) <= width else f"{words[: width - 1]}…"


def _in_words(value: Any, known: Any, names: dict[Any, str], process: Process) -> str:
    if value is None or value == "" or value == [] or value == {}:
        return NOTHING
    if isinstance(value, bool):
        return _("yes") if value else pgettext("as an answer", "no")
    if isinstance(value, list):
        return "; ".join(_in_words(one, known, names, process) for one in value)
    if isinstance(value, dict):
        parts = (
            f"{name.replace('_', ' ')}: {_in_words(one, None, names, process)}"
            for name, one in value.items()
        )
        return ", ".join(parts)
    if known is not None:
        if known.related_model:
            return names.get((known.related_model, value), str(value))
        if known.flatchoices:
            return str(dict(known.flatchoices).get(value, value))
    return _day_or_moment(value, process) if isinstance(value, str) else str(value)


def _day_or_moment(value: str, process: Process) -> str:
    """A day or a moment as people write it; any other text as it is."""
    if len(value) > 32 or not value[:4].isdecimal():
        return value
    try:
        if (day := parse_date(value)) is not None:
            return formats.date_format(day, "j M Y")
        if (moment := parse_datetime(value)) is not None and moment.tzinfo:
            return formats.date_format(localtime(moment, process.zone), "j M Y, H:i T")
    except ValueError:
        pass
    return value
