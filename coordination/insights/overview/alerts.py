"""What is wrong with who does what: each a line that says what is so, and where one mends it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Min
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coordination.bodies.gaps.gap import seat_label
from coordination.bodies.queries import Found, found
from coordination.bodies.structure import SeatFacts, Structure
from coordination.commitments.register import Choices
from coordination.processes.models import Process
from coordination.reminders.models import Occurrence
from coordination.reviews.clashes import meeting_clashes

from .figures import Figure
from .rows import Row

#: Lines of one sort; the page that each sort links to has all of them.
SHOWN = 4
#: Commitments that a line names.
_NAMED = 6


@dataclass(frozen=True)
class Alert:
    """A mark with its word, what is so, and the page where one mends it."""

    mark: str
    symbol: str
    word: str
    title: str
    words: str
    href: str
    #: For coordinators, who can; everybody else opens the page.
    action: str


@dataclass(frozen=True)
class Alerts:
    lines: list[Alert]
    #: How many things there are, also those that no line names.
    count: int


def alerts_of(
    rows: Sequence[Row],
    figures: dict[str, Figure],
    structure: Structure,
    process: Process,
    as_of: date | None,
) -> Alerts:
    """Those of the structure and of the register; `as_of` is a past day, none for today.

    Meetings are planned for days to come: of a past day nobody asks whether they clash.
    """
    day = f"?as_of={as_of.isoformat()}" if as_of else ""
    open_gaps = [one for one in found(process, structure=structure) if one.is_open]
    named = {pk for one in open_gaps for pk in one.gap.seat_ids}
    vacant = [seat for seat in structure.seats.values() if _is_vacant(structure, seat.id, named)]
    clashes = [] if as_of else list(_clashes(process))
    register = reverse("register", args=[process.slug])
    lines = [
        *_gaps(open_gaps, process, day),
        *_counted(figures, register),
        *_both(rows, structure, register, as_of),
        *_vacant(vacant, structure, process, day),
        *clashes[:SHOWN],
    ]
    unseen = max(len(open_gaps) - SHOWN, 0) + max(len(vacant) - SHOWN, 0)
    more = [one for one in lines if one.symbol == ""]
    return Alerts(lines, len(lines) - len(more) + unseen + max(len(clashes) - SHOWN, 0))


def _gaps(gaps: Sequence[Found], process: Process, day: str) -> Iterator[Alert]:
    for one in gaps[:SHOWN]:
        gap = one.gap
        overlap = gap.is_overlap
        href = reverse("gap", args=[process.slug, gap.subject]) + day
        mark, symbol = ("risk", "dup") if overlap else ("over", "gap")
        yield Alert(mark, symbol, gap.short, gap.title, gap.why, href, _("Close it"))
    if more := max(len(gaps) - SHOWN, 0):
        words = ngettext(
            "%(n)s more gap or overlap is open.", "%(n)s more gaps and overlaps are open.", more
        )
        href = reverse("gaps", args=[process.slug]) + day
        yield Alert("none", "", _("More"), "", words % {"n": more}, href, _("See all"))


def _counted(figures: dict[str, Figure], register: str) -> Iterator[Alert]:
    if n := figures["unled"].count:
        words = ngettext(
            "No body leads %(n)s commitment.", "No body leads %(n)s commitments.", n
        ) % {"n": n}
        href = f"{register}?{figures['unled'].query}"
        yield Alert("over", "gap", _("Nobody leads"), "", words, href, _("Name who leads"))
    if n := figures["unverified"].count:
        words = ngettext(
            "No body verifies %(n)s commitment: what is reported of it stays a claim.",
            "No body verifies %(n)s commitments: what is reported of them stays a claim.",
            n,
        ) % {"n": n}
        href = f"{register}?{figures['unverified'].query}"
        yield Alert("risk", "gap", _("Nobody verifies"), "", words, href, _("Name who verifies"))


def _both(
    rows: Iterable[Row], structure: Structure, register: str, as_of: date | None
) -> Iterator[Alert]:
    """Bodies that verify what they lead themselves."""
    same = Counter(row.lead for row in rows if row.lead and row.lead == row.verifier)
    for key, n in same.most_common(SHOWN):
        body = structure.bodies[key]
        query = Choices(leads=body.code, verifies=body.code, as_of=as_of).query()
        words = ngettext(
            "It leads and verifies %(n)s commitment.", "It leads and verifies %(n)s commitments.", n
        )
        yield Alert(
            *("risk", "dup", _("Verifies itself"), body.name, words % {"n": n}),
            *(f"{register}?{query}", _("Name who verifies")),
        )


def _is_vacant(structure: Structure, key: int, named: set[int]) -> bool:
    seat = structure.seats[key]
    return seat.holder_id is None and structure.exists(seat.body_id) and key not in named


def _vacant(
    seats: Sequence[SeatFacts],
    structure: Structure,
    process: Process,
    day: str,
) -> Iterator[Alert]:
    """The longest vacant first; seats that a gap names already are left to it."""
    ordered = sorted(seats, key=lambda seat: (seat.vacant_since or date.min, seat.id))
    for seat in ordered[:SHOWN]:
        if seat.last_term_id and seat.vacant_since:
            since = date_format(seat.vacant_since, "SHORT_DATE_FORMAT")
            words = _("Vacant since %(day)s.") % {"day": since}
        else:
            words = _("Nobody has held it yet.")
        body = structure.bodies[seat.body_id]
        href = reverse("body", args=[process.slug, body.code]) + day
        title = seat_label(structure, seat)
        yield Alert("risk", "gap", _("Seat vacant"), title, words, href, _("Fill it"))
    if more := max(len(seats) - SHOWN, 0):
        words = ngettext("%(n)s more seat is vacant.", "%(n)s more seats are vacant.", more)
        href = reverse("vacancies", args=[process.slug]) + day
        yield Alert("none", "", _("More"), "", words % {"n": more}, href, _("See all"))


def _clashes(process: Process) -> Iterator[Alert]:
    for one in meeting_clashes(process):
        words = _("Belongs to %(first)s and to %(second)s, which meet at the same time.") % {
            "first": one.first,
            "second": one.second,
        }
        href = reverse("review", args=[process.slug, one.second.pk])
        yield Alert("over", "clash", _("Clash"), one.person, words, href, _("Move one of them"))


def missed_check_ins(process: Process, user: object) -> Alert | None:
    """Commitments whose owner was asked before today and has not answered; always of now."""
    missed = list(
        Occurrence.objects.visible_to(user)
        .filter(
            state=Occurrence.State.ASKED,
            local_date__lt=process.today(),
            obligation__withdrawn_at=None,
            obligation__commitment__process=process,
            obligation__commitment__withdrawn_at=None,
        )
        .values_list("obligation__commitment__number")
        .annotate(since=Min("local_date"))
        .order_by("since", "obligation__commitment__number")
    )
    if not missed:
        return None
    codes = ", ".join(f"C-{number}" for number, _since in missed[:_NAMED])
    words = ngettext(
        "The owner of %(n)s commitment was asked and has not answered: %(codes)s.",
        "The owners of %(n)s commitments were asked and have not answered: %(codes)s.",
        len(missed),
    ) % {"n": len(missed), "codes": codes if len(missed) <= _NAMED else f"{codes}, …"}
    href = reverse("commitment", args=[process.slug, missed[0][0]])
    return Alert("risk", "wait", _("Check-in missed"), "", words, href, _("Report for them"))
