"""The words that a report begins with: what the figures say, for people to go on from."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from django.utils import translation
from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..models import ReportSection
from .languages import installed

Part = ReportSection.Part

#: Commitments that a list in words names at most; the table has all of them.
MOST = 40


def draft(part: str, figures: dict[str, Any]) -> str:
    """A section as the figures say it, in the report's language where the product speaks it.

    Paragraphs are parted by an empty line; a line that begins with a dash is one of a list.
    """
    with translation.override(installed(figures["language"])):
        return "\n\n".join(one for one in _WRITERS[Part(part)](figures) if one)


def in_words(day: str) -> str:
    """A day of the figures, as the language of the page writes it."""
    return date_format(date.fromisoformat(day), "j M Y") if day else ""


def state_words(state: str) -> str:
    """What a commitment counts as, in words."""
    return {
        "complete": _("complete"),
        "ongoing": _("ongoing"),
        "pending": _("pending"),
    }.get(state, _("not in the register"))


def sentence(figures: dict[str, Any]) -> str:
    """The sentence that a report is quoted with."""
    now = figures["now"]
    words = ngettext(
        "At the end of the period %(complete)s of %(total)s commitment was complete, "
        "%(ongoing)s was ongoing and %(pending)s was pending.",
        "At the end of the period %(complete)s of %(total)s commitments were complete, "
        "%(ongoing)s were ongoing and %(pending)s were pending.",
        now["total"],
    )
    return words % now


def _summary(figures: dict[str, Any]) -> Iterator[str]:
    if not figures["now"]["total"]:
        yield _("At the end of the period no commitment was in the register.")
        return
    yield sentence(figures)
    then = figures["then"]
    if then["total"]:
        yield (
            _(
                "At the end of the period before, %(complete)s of %(total)s were complete, "
                "%(ongoing)s ongoing and %(pending)s pending."
            )
            % then
        )


def _context(figures: dict[str, Any]) -> Iterator[str]:
    meetings = figures["meetings"]
    period = {"from": in_words(figures["from"]), "until": in_words(figures["until"])}
    if not meetings:
        yield _("No meeting was held from %(from)s to %(until)s.") % period
        return
    words = ngettext(
        "%(n)s meeting was held from %(from)s to %(until)s.",
        "%(n)s meetings were held from %(from)s to %(until)s.",
        len(meetings),
    )
    yield words % ({"n": len(meetings)} | period)
    yield _listed(
        _("%(body)s, review %(n)s, %(day)s")
        % {"body": one["body"], "n": one["number"], "day": in_words(one["on"])}
        for one in meetings
    )
    decisions = [(one["body"], words) for one in meetings for words in one["decisions"]]
    if decisions:
        yield _("They decided:")
        yield _listed(f"{body}: {words}" for body, words in decisions)


def _progress(figures: dict[str, Any]) -> Iterator[str]:
    for body in figures["bodies"]:
        now, name = body["now"], body["name"] or _("Without a lead body")
        if not now["total"]:
            continue
        words = _(
            "%(name)s: %(complete)s complete, %(ongoing)s ongoing and %(pending)s pending of "
            "%(total)s."
        ) % ({"name": name} | now)
        rows = [one for one in figures["rows"] if one["body"] == body["code"]]
        changed = [one for one in rows if one["was"] and one["was"] != one["state"]]
        new = [one for one in rows if not one["was"]] if figures["then"]["total"] else []
        yield words if changed or new else words + " " + _("Nothing has changed since it began.")
        yield _listed(
            [_("%(code)s, %(title)s: %(now)s, before %(was)s") % _moved(one) for one in changed]
            + [_("%(code)s, %(title)s: new in the register, %(now)s") % _moved(one) for one in new]
        )


def _breaches(figures: dict[str, Any]) -> Iterator[str]:
    rows = figures["breaches"]
    if not rows:
        yield _("No breach is on record for the period.")
    standing = sum(1 for one in rows if one["stands"])
    if rows:
        words = ngettext(
            "%(n)s breach stood at the end of the period.",
            "%(n)s breaches stood at the end of the period.",
            standing,
        )
        yield words % {"n": standing}
    yield _listed(
        _("%(code)s, %(owner)s, %(article)s: %(state)s since %(since)s.")
        % (one | {"since": in_words(one["since"])})
        for one in rows
    )


def _disputes(figures: dict[str, Any]) -> Iterator[str]:
    rows = figures["disputes"]
    if not rows:
        yield _("No dispute was open in the period.")
    lines = []
    for one in rows:
        words = _("%(body)s, dispute %(number)s, %(subject)s: %(state)s") % one
        if one["with"]:
            words += ", " + _("with %(who)s") % {"who": one["with"]}
        if one["settlement"]:
            words += ". " + one["settlement"]
        lines.append(words)
    yield _listed(lines)


def _recommendations(figures: dict[str, Any]) -> Iterator[str]:
    """A line for each commitment that is late, contradicted or in breach, and has no action."""
    rows = [one for one in figures["rows"] if one["to_act_on"]]
    if not rows:
        yield _("Nothing is overdue or contradicted without an action that was agreed on.")
        return
    yield _listed(
        [
            _("%(owners)s: %(title)s (%(article)s; %(standing)s).")
            % {
                "owners": get_text_list(one["owed_by"], _("and")),
                "title": one["title"],
                "article": one["article"],
                "standing": one["standing"],
            }
            for one in rows[:MOST]
        ]
    )
    if (more := len(rows) - MOST) > 0:
        yield _("The table has %(n)s more.") % {"n": more}


_WRITERS: dict[Part, Callable[[dict[str, Any]], Iterator[str]]] = {
    Part.SUMMARY: _summary,
    Part.CONTEXT: _context,
    Part.PROGRESS: _progress,
    Part.BREACHES: _breaches,
    Part.DISPUTES: _disputes,
    Part.RECOMMENDATIONS: _recommendations,
}


def _moved(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"now": state_words(row["state"]), "was": state_words(row["was"])}


def _listed(lines: Any) -> str:
    """One line each; a line break within one would end it."""
    return "\n".join(f"- {' '.join(str(line).split())}" for line in lines)
