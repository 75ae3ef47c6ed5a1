"""What changed since somebody last looked: entries of the ledger, for people."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import CharField, F, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from coordination.agreements.models import Agreement
from coordination.bodies.models import (
    Body,
    Nomination,
    Protocol,
    ReportingLine,
    Responsibility,
    Seat,
    Term,
)
from coordination.commitments.models import (
    Breach,
    CheckIn,
    Commitment,
    Deadline,
    Dependency,
    Evidence,
    Flag,
    Measurement,
    Note,
    Obligation,
    Verification,
)
from coordination.ledger.models import Chain, Entry
from coordination.processes.models import Membership, Party, Process
from coordination.reviews.models import Dispute, Minutes, Outcome, Report, Review

from .. import minutes
from ..models import LastLook

#: Lines on the desk; the ledger has all.
SHOWN = 12
#: How far back the first look goes, and how many of the last places of a chain any look.
FIRST_LOOK = timedelta(days=7)
PLACES = 500
#: What keeps the machinery going, and is no news of the process itself.
_MACHINERY = (
    *("message.", "outbox.", "feed.", "ledger.", "escalation.", "address."),
    *("invitation.", "process.exported", "report.file-asked", "reminder-policy."),
)
#: Fields that say most, first; and how a level among them is drawn.
_TELLING = ("verified_level", "reported_level", "level", "state", "due_on")
_VOICES = {"reported_level": "r", "verified_level": "v"}
#: The mark of what an entry is about, where the design language has one.
_MARKS = {
    "check-in.submitted": "rep",
    "check-in.revised": "rep",
    "verification.released": "ok",
    "verification.recorded": "ok",
    "evidence.contradicted": "contra",
    "breach.alleged": "breach",
    "breach.confirmed": "breach",
    "breach.cured": "ok",
    "flag.raised": "risk",
    "gap.accepted": "gap",
}


@dataclass(frozen=True)
class Change:
    """One entry: when, what it is about, what was done, the field that says most, and by whom."""

    entry: Entry
    process: Process
    title: str
    url: str
    words: str
    mark: str
    is_today: bool
    label: str = ""
    voice: str = ""
    before: Any = ""
    after: Any = ""
    party: Party | None = None


@dataclass(frozen=True)
class Changes:
    since: datetime
    rows: list[Change]
    total: int
    #: Up to when they are seen, once the reader says so.
    until: datetime | None
    #: Where there are more than are looked through.
    is_more: bool = False
    #: How many of each process are not among the rows.
    left: list[tuple[Process, int]] = field(default_factory=list)

    @property
    def since_day(self) -> str:
        """As the filter of the ledger takes it."""
        return localtime(self.since).date().isoformat()


def changes_for(user: Any, processes: dict[int, Process], now: datetime) -> Changes:
    """By others, since the person last looked; in a constant number of queries."""
    look = LastLook.objects.visible_to(user).values("at")
    chains = Chain.objects.filter(process__in=processes).annotate(look=Subquery(look[:1]))
    ends = list(chains.values_list("process", "count", "look"))
    since = next((look for _process, _count, look in ends if look), now - FIRST_LOOK)
    found = list(_entries(user, ends, since)[: PLACES + 1]) if ends else []
    first = Entry.objects.filter(pk__in=[entry.pk for entry in found[:SHOWN]])
    shown = list(first.order_by("-at", "-pk"))
    things = _things(shown)
    people = _parties(shown)
    today = localtime(now).date()
    rows = []
    for entry in shown:
        process = processes[entry.process_id]
        title, url = _about(entry, process, things)
        rows.append(
            Change(
                entry=entry,
                process=process,
                title=title,
                url=url,
                words=capfirst(minutes.verb_words(entry.verb)),
                mark=_MARKS.get(entry.verb, ""),
                is_today=localtime(entry.at).date() == today,
                party=people.get((entry.process_id, entry.actor_id)),
                **_telling(entry, process),
            )
        )
    until = max((entry.at for entry in found), default=None)
    rest = Counter(entry.process_id for entry in found[SHOWN:])
    left = [(processes[key], n) for key, n in rest.most_common()]
    return Changes(since, rows, min(len(found), PLACES), until, len(found) > PLACES, left)


def _entries(
    user: Any, ends: list[tuple[int, int, datetime | None]], since: datetime
) -> QuerySet[Entry]:
    """Looks through the end of each chain, which is in order, and not through all that ever was."""
    places = Q(pk__in=[])
    for process, count, _look in ends:
        places |= Q(process=process, sequence__gt=count - PLACES)
    machinery = Q()
    for verb in _MACHINERY:
        machinery |= Q(verb__startswith=verb)
    rows = Entry.objects.visible_to(user).filter(places, at__gt=since).exclude(machinery)
    # Who did it knows; what nobody did, the clock did.
    rows = rows.filter(Q(actor=None) | ~Q(actor=user))
    return rows.only("pk", "at", "process_id").order_by("-at", "-pk")


def _telling(entry: Entry, process: Process) -> dict[str, Any]:
    """The one field that says most of a change, before and after."""
    names = [name for name in _TELLING if entry.before.get(name) != entry.after.get(name)]
    if names and names[0] in _VOICES:
        name = names[0]
        return {
            "voice": _VOICES[name],
            "before": entry.before.get(name),
            "after": entry.after.get(name),
        }
    if not entry.before:
        return {}
    found = minutes.plain_changes(entry, process)
    best = next((one for name in names for key, one in found if key == name), None)
    best = best or next((one for _key, one in found), None)
    return {"label": best.label, "before": best.before, "after": best.after} if best else {}


# --- What an entry is about ---------------------------------------------------------------------


class _Thing(NamedTuple):
    kind: str
    pk: int
    where: str
    key: str
    title: str


#: By the model of an entry: the way to the commitment, the body or the review that it is about.
_COMMITMENTS = {
    **dict.fromkeys((CheckIn, Verification, Breach), "obligation__commitment"),
    **dict.fromkeys((Obligation, Deadline, Evidence, Dependency, Flag, Note), "commitment"),
    Measurement: "bound__commitment",
}
_BODIES = {
    **dict.fromkeys((Seat, Protocol, ReportingLine), "body"),
    **dict.fromkeys((Term, Nomination), "seat__body"),
}
_REVIEWS = {Minutes: "review", Outcome: "item__review"}


def _things(entries: list[Entry]) -> dict[tuple[str, int], _Thing]:
    """What the entries are about, with its name and its address, in one query for all kinds."""
    wanted: dict[str, set[int]] = {}
    for entry in entries:
        wanted.setdefault(entry.object_type, set()).add(entry.object_id)
    parts = [part for part in _parts() if part[0]._meta.model_name in wanted]
    queries = []
    for model, where, path, key, title in parts:
        name = str(model._meta.model_name)
        rows = getattr(model, "every", model._default_manager).filter(pk__in=wanted[name])
        if where == "commitment":
            rows = rows.filter(**{f"{path}withdrawn_at": None})
        queries.append(
            rows.order_by()
            .annotate(
                c_kind=Value(name, output_field=CharField()),
                c_where=Value(where, output_field=CharField()),
                c_key=Cast(f"{path}{key}", CharField()),
                c_title=title(path),
            )
            .values_list("c_kind", "pk", "c_where", "c_key", "c_title")
        )
    if not queries:
        return {}
    first, *others = queries
    return {(row[0], row[1]): _Thing(*row) for row in first.union(*others, all=True)}


def _parts() -> list[tuple[Any, str, str, str, Any]]:
    def named(column: str) -> Any:
        return lambda path: F(f"{path}{column}")

    def numbered(path: str) -> Any:
        number = Cast(f"{path}number", CharField())
        space = Value(" ", output_field=CharField())
        return Concat(f"{path}body__code", space, number, output_field=CharField())

    parts: list[tuple[Any, str, str, str, Any]] = [
        (Commitment, "commitment", "", "number", named("title")),
        (Body, "body", "", "code", named("name")),
        (Review, "review", "", "pk", numbered),
        (Party, "party", "", "pk", named("name")),
        (Agreement, "agreement", "", "key", named("name")),
        (Dispute, "dispute", "", "number", named("subject")),
        (Report, "implementation-report", "", "pk", named("title")),
        (Responsibility, "responsibility", "", "pk", named("name")),
    ]
    for ways, where, key, title in (
        (_COMMITMENTS, "commitment", "number", named("title")),
        (_BODIES, "body", "code", named("name")),
        (_REVIEWS, "review", "pk", numbered),
    ):
        for model, path in ways.items():
            parts.append((model, where, f"{path}__", key, title))
    return parts


def _about(
    entry: Entry, process: Process, things: dict[tuple[str, int], _Thing]
) -> tuple[str, str]:
    """The name and the address; those of the entry itself, where its thing has no page."""
    thing = things.get((entry.object_type, entry.object_id))
    if thing is None:
        page = reverse("ledger-entry", args=[process.slug, entry.sequence])
        return entry.object_label or entry.summary, page
    title = thing.title
    if thing.where == "review":
        code, number = title.rsplit(" ", 1)
        title = _("%(body)s, review %(n)s") % {"body": code, "n": number}
    return title, reverse(thing.where, args=[process.slug, thing.key])


def _parties(entries: list[Entry]) -> dict[tuple[int, int | None], Party]:
    """For whom the people act who did something."""
    actors = {entry.actor_id for entry in entries if entry.actor_id}
    if not actors:
        return {}
    rows = Membership.objects.current().filter(
        user__in=actors, process__in={entry.process_id for entry in entries}, party__isnull=False
    )
    return {
        (one.process_id, one.user_id): one.party
        for one in rows.select_related("party")
        if one.party is not None
    }
