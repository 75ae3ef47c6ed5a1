"""What a digest holds: its lines in the order of need, what changed, and what comes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.text import get_text_list
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, ngettext_lazy

from accounts.models import User
from coordination.base.spoken import week_day
from coordination.processes.models import Process

from .check_in_mail import Links
from .models import Reminder
from .news import news_for

Kind = Reminder.Kind

#: What one presses, by kind of reminder.
LABELS = {
    Kind.BREACH: _("Open the breach"),
    Kind.CHECK_IN: _("Check in"),
    Kind.ESCALATION: _("Read"),
    Kind.VERIFICATION: _("Verify"),
    Kind.MINUTES: _("Read the minutes"),
    Kind.COMMENT: _("Read and comment"),
    Kind.DISPUTE: _("Open the dispute"),
    Kind.SILENCE: _("Read the decision"),
    Kind.AGENDA: _("See the agenda"),
    Kind.ADDRESS: _("See the message"),
    Kind.VACANCY: _("See the seat"),
    Kind.DEADLINE: _("Read"),
}
#: What stands over the lines of a kind, in the order in which a digest shows them.
TITLES = {
    Kind.BREACH: _("Breaches: the next step is due"),
    Kind.CHECK_IN: _("Check-ins that you owe"),
    Kind.ESCALATION: _("Nobody reported: it has come to you"),
    Kind.VERIFICATION: _("Reports to verify"),
    Kind.MINUTES: _("Minutes to approve"),
    Kind.DISPUTE: _("Disputes that come to you"),
    Kind.SILENCE: _("Silence procedures"),
    Kind.COMMENT: _("Minutes to comment on"),
    Kind.AGENDA: _("Agendas that close"),
    Kind.ADDRESS: _("Addresses that no mail reaches"),
    Kind.VACANCY: _("Seats that fall vacant"),
    Kind.DEADLINE: _("Coming deadlines"),
}
ORDER = list(TITLES)
#: How many there are of a kind, in the subject of a digest.
COUNTS = {
    Kind.BREACH: ngettext_lazy("%(n)s breach", "%(n)s breaches", "n"),
    Kind.CHECK_IN: ngettext_lazy("%(n)s check-in", "%(n)s check-ins", "n"),
    Kind.ESCALATION: ngettext_lazy("%(n)s missing report", "%(n)s missing reports", "n"),
    Kind.VERIFICATION: ngettext_lazy("%(n)s report to verify", "%(n)s reports to verify", "n"),
    Kind.MINUTES: ngettext_lazy("minutes to approve", "%(n)s minutes to approve", "n"),
    Kind.DISPUTE: ngettext_lazy("a dispute", "%(n)s disputes", "n"),
    Kind.SILENCE: ngettext_lazy("a silence procedure", "%(n)s silence procedures", "n"),
    Kind.COMMENT: ngettext_lazy("minutes to comment on", "%(n)s minutes to comment on", "n"),
    Kind.AGENDA: ngettext_lazy("an agenda closes", "%(n)s agendas close", "n"),
    Kind.ADDRESS: ngettext_lazy("an address fails", "%(n)s addresses fail", "n"),
    Kind.VACANCY: ngettext_lazy("a seat falls vacant", "%(n)s seats fall vacant", "n"),
    Kind.DEADLINE: ngettext_lazy("a coming deadline", "%(n)s coming deadlines", "n"),
}
#: The subject of a mail that is about one thing alone.
SUBJECTS = {
    Kind.BREACH: _("Breach, the next step is due: %(title)s"),
    Kind.CHECK_IN: _("Check-in: %(title)s"),
    Kind.ESCALATION: _("No report came, please see to it: %(title)s"),
    Kind.VERIFICATION: _("To verify: %(title)s"),
    Kind.MINUTES: _("Minutes to approve: %(title)s"),
    Kind.DISPUTE: _("A dispute comes to you: %(title)s"),
    Kind.SILENCE: _("Silence procedure: %(title)s"),
    Kind.COMMENT: _("Minutes to comment on: %(title)s"),
    Kind.AGENDA: _("The agenda closes: %(title)s"),
    Kind.ADDRESS: _("No mail reaches %(title)s"),
    Kind.VACANCY: _("A seat falls vacant: %(title)s"),
    Kind.DEADLINE: _("Falls due soon: %(title)s"),
}
#: What a line says of its day.
DAYS = {
    Kind.BREACH: _("Next step due %(day)s"),
    Kind.COMMENT: _("Comments until %(day)s"),
    Kind.AGENDA: _("Closes %(day)s"),
    Kind.DISPUTE: _("Answer until %(day)s"),
    Kind.SILENCE: _("Objections until %(day)s"),
    Kind.VACANCY: _("Ends %(day)s"),
}
#: What asks its reader to do something; the rest is told.
NEEDS_YOU = frozenset(ORDER) - {Kind.DEADLINE, Kind.VACANCY}
#: Of what an owner owes, or the next step in a breach: others are not late because it is.
MAY_BE_LATE = frozenset({Kind.BREACH, Kind.CHECK_IN, Kind.ESCALATION})


@dataclass(frozen=True)
class Line:
    """One line of a digest: what it is about, and where one acts on it."""

    number: int
    reminder: Reminder
    url: str
    section: object
    label: object
    when: str
    in_days: str
    is_late: bool
    is_near: bool


@dataclass(frozen=True)
class Section:
    """The lines of one kind, of one process."""

    title: object
    lines: list[Line]


def digest_context(lines: Sequence[Reminder], recipient: User, links: Links) -> dict[str, object]:
    """What the templates of the digest show, in a constant number of queries."""
    now = links.now
    processes = list({one.process_id: one.process for one in lines}.values())
    with translation.override(recipient.language), timezone.override(recipient.zone):
        by_process: dict[Process, dict[str, list[Line]]] = {}
        places = {process.pk: place for place, process in enumerate(processes)}
        together = sorted(lines, key=lambda one: places[one.process_id])
        for number, one in enumerate(together, start=1):
            sections = by_process.setdefault(one.process, {})
            sections.setdefault(one.kind, []).append(_line(number, one, recipient, links))
        shown = [line for kinds in by_process.values() for rows in kinds.values() for line in rows]
        late = sum(line.is_late for line in shown)
        needed = sum(line.reminder.kind in NEEDS_YOU for line in shown)
        asked = {one.occurrence.obligation_id for one in lines if one.occurrence}
        return {
            "day": now,
            "processes": [
                (process, [Section(TITLES[Kind(kind)], rows) for kind, rows in kinds.items()])
                for process, kinds in by_process.items()
            ],
            "dn_today": processes[0].day_name(processes[0].today(now))
            if len(processes) == 1
            else "",
            "names": ", ".join(process.short_name for process in by_process),
            "markings": _markings(by_process),
            "subject": _subject(lines, late),
            "needed": needed,
            "late": late,
            "lines": shown,
            "alone": shown[0] if len(shown) == 1 else None,
            # What is sent by itself says one thing.
            "news": None if lines[0].urgent else news_for(recipient, processes, now, asked),
            "profile_url": settings.SITE_URL + reverse("profile"),
            "desk_url": settings.SITE_URL + reverse("desk"),
        }


def _markings(processes: Any) -> list[str]:
    usual = _now("Restricted to the members of the process")
    return sorted({process.marking or usual for process in processes})


def _subject(lines: Sequence[Reminder], late: int) -> str:
    """What needs the reader, so that the list of mails says it already."""
    first = lines[0]
    if len(lines) == 1:
        reference = f" ({first.reference})" if first.reference else ""
        return str(SUBJECTS[Kind(first.kind)]) % {"title": first.title + reference}
    counts: dict[str, int] = {}
    for one in lines:
        counts[one.kind] = counts.get(one.kind, 0) + 1
    words = [str(COUNTS[Kind(kind)] % {"n": number}) for kind, number in counts.items()]
    what = get_text_list(words, _now("and"))
    if late:
        words_late = ngettext("%(n)s is late", "%(n)s are late", late) % {"n": late}
        what = _now("%(what)s; %(late)s") % {"what": what, "late": words_late}
    names = {one.process.short_name for one in lines}
    if len(names) > 1:
        return what[:1].upper() + what[1:]
    return _now("%(process)s: %(what)s") % {"process": names.pop(), "what": what}


def _line(number: int, one: Reminder, recipient: User, links: Links) -> Line:
    url = settings.SITE_URL + one.path
    if one.occurrence:
        url = links.new(one.occurrence, recipient).form_url
    left = (one.due_on - one.process.today(links.now)).days if one.due_on else None
    may_be_late = one.kind in MAY_BE_LATE
    told = left is not None and (left >= 0 or may_be_late)
    return Line(
        number=number,
        reminder=one,
        url=url,
        section=TITLES[Kind(one.kind)],
        label=LABELS[Kind(one.kind)],
        when=_day(one),
        in_days=in_days(left) if left is not None and told else "",
        is_late=may_be_late and left is not None and left < 0,
        is_near=left in (0, 1),
    )


def _day(one: Reminder) -> str:
    if one.due_on is None:
        return ""
    pattern = str(DAYS.get(Kind(one.kind), _("Due %(day)s")))
    words = pattern % {"day": week_day(one.due_on)}
    name = one.process.day_name(one.due_on)
    return f"{words}, {name}" if name else words


def in_days(left: int) -> str:
    """How far off a day is: 26 days late, today, tomorrow, in 3 days."""
    if left < 0:
        return ngettext("%(days)s day late", "%(days)s days late", -left) % {"days": -left}
    if left < 2:
        return _now("tomorrow") if left else _now("today")
    return ngettext("in %(days)s day", "in %(days)s days", left) % {"days": left}
