"""What minutes say: the first draft in words, and the whole of them as it is printed and sealed.

`content_of` is made of the rows, `shown` of either the rows or what was approved: pages and mails
print the same structure, whichever it came from.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils import formats, translation
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from coordination.base.dates import in_words
from coordination.bodies.decisions import Quorum, Vote
from coordination.bodies.models import Protocol, Seat
from coordination.commitments.models import Level

from .models import AgendaItem, Attendance, Dispute, Minutes, MinutesSection, Outcome, Review
from .queries import quorum_of, seats_of

FORMAT = "entente-minutes-1"
Presence = Attendance.Presence

Content = dict[str, Any]


# --- The first draft -----------------------------------------------------------------------------


def first_sections(review: Review) -> list[MinutesSection]:
    """An opening, a section for each item, and a closing; not stored yet."""
    seats = seats_of(review)
    attendance = list(review.attendance.select_related("seat__party", "person"))
    items = review.items.select_related("carried_from__review").order_by("order")
    texts: list[tuple[AgendaItem | None, str, str]] = [
        (None, _("Opening"), opening(review, attendance, quorum_of(review, seats))),
        *((item, item.title, _item_text(item)) for item in items),
        (None, _("Closing"), _closing(review)),
    ]
    return [
        MinutesSection(order=order, item=item, heading=heading, text=text)
        for order, (item, heading, text) in enumerate(texts, start=1)
    ]


def opening(review: Review, attendance: Sequence[Attendance], quorum: Quorum) -> str:
    """When, where, who was in the chair and who was there, a paragraph each."""
    process = review.body.process
    held = {"body": review.body.name, "n": review.number, "day": in_words(review.held_on)}
    if review.place:
        words = _("%(body)s held its review %(n)s on %(day)s in %(place)s.")
        first = words % (held | {"place": review.place})
    else:
        first = _("%(body)s held its review %(n)s on %(day)s.") % held
    if review.opened_at:
        opened = localtime(review.opened_at, process.zone)
        at = {"time": f"{opened:%H:%M %Z}", "day": in_words(opened.date())}
        if opened.date() == review.held_on:
            first += " " + _("It was opened at %(time)s.") % at
        else:
            first += " " + _("It was opened on %(day)s at %(time)s.") % at
    rows = sorted(attendance, key=lambda one: one.seat.number)
    here = [one for one in rows if one.presence != Presence.ABSENT]
    absent = [one for one in rows if one.presence == Presence.ABSENT]
    chairs = _in_the_chair(here)
    paragraphs = [
        first,
        _("In the chair: %s.") % ", ".join(str(one.person) for one in chairs)
        if chairs
        else _("Nobody is marked as present in the chair."),
    ]
    if here:
        paragraphs.append(_("Present: %s.") % "; ".join(_who(one) for one in here))
    else:
        paragraphs.append(_("Nobody is marked as present."))
    if absent:
        paragraphs.append(_("Absent: %s.") % "; ".join(_seat(one.seat) for one in absent))
    if review.also_present:
        paragraphs.append(_("Also in the room: %s.") % review.also_present.rstrip("."))
    paragraphs.append(quorum_words(quorum.met, quorum.words))
    return "\n\n".join(paragraphs)


def quorum_words(met: bool | None, words: str) -> str:
    if met is None:
        return _("No quorum is asked for: %s.") % words
    return (_("The quorum was met: %s.") if met else _("The quorum was not met: %s.")) % words


def _in_the_chair(here: Sequence[Attendance]) -> list[Attendance]:
    """Who sat in the chair; the co-chairs where there is none."""
    for role in (Seat.Role.CHAIR, Seat.Role.CO_CHAIR):
        if found := [one for one in here if one.seat.role == role and one.person]:
            return found
    return []


def _seat(seat: Seat) -> str:
    return f"{seat.name}, {seat.party.code}" if seat.party else seat.name


def _who(one: Attendance) -> str:
    words = f"{one.person} ({_seat(one.seat)})" if one.person else _seat(one.seat)
    if one.presence == Presence.REMOTE:
        return _("%(who)s, %(how)s") % {"who": words, "how": Presence.REMOTE.label}
    return words


def _item_text(item: AgendaItem) -> str:
    if item.carried_from is None:
        return ""
    former = item.carried_from
    words = _("Carried over from review %(n)s of %(day)s, where it was item %(item)s.")
    day = in_words(former.review.held_on)
    return words % {"n": former.review.number, "day": day, "item": former.order}


def _closing(review: Review) -> str:
    sentences = []
    if review.closed_at:
        closed = localtime(review.closed_at, review.body.process.zone)
        sentences.append(_("The meeting was closed at %s.") % f"{closed:%H:%M %Z}")
    following = (
        review.body.reviews.filter(state=Review.State.PLANNED, starts_at__gt=review.starts_at)
        .order_by("starts_at")
        .first()
    )
    if following is not None:
        sentences.append(_("The next review is planned for %s.") % in_words(following.held_on))
    return " ".join(sentences)


# --- The whole -----------------------------------------------------------------------------------


def missing_outcomes(review: Review) -> list[AgendaItem]:
    """The items that have no outcome yet: they stand in the way of an approval."""
    ended = Outcome.objects.filter(item__review=review).values("item")
    return list(review.items.exclude(pk__in=ended).order_by("order"))


def content_of(minutes: Minutes) -> Content:
    """Everything that the minutes say as the rows have it now, in a constant number of queries.

    Words in it are those of the installation's language, whoever asks, so that the same rows have
    the same digest.
    """
    with translation.override(settings.LANGUAGE_CODE):
        return _content(minutes)


def _content(minutes: Minutes) -> Content:
    review = minutes.review
    body, process = review.body, review.body.process
    quorum = quorum_of(review, seats_of(review))
    attendance = list(
        review.attendance.select_related("seat__party", "person").order_by("seat__number")
    )
    here = [one for one in attendance if one.presence != Presence.ABSENT]
    outcomes: dict[int, list[Content]] = {}
    for outcome in _outcomes(review):
        outcomes.setdefault(outcome.item_id, []).append(_outcome(outcome))
    disputes: dict[int, list[Content]] = {}
    for dispute in _disputes(review):
        disputes.setdefault(dispute.item_id or 0, []).append(_dispute(dispute))
    sections = minutes.sections.select_related("item__commitment").order_by("order")
    return {
        "format": FORMAT,
        "process": {"slug": process.slug, "name": process.name},
        "body": {"code": body.code, "name": body.name},
        "review": {
            "id": review.pk,
            "number": review.number,
            "held_on": review.held_on.isoformat(),
            "starts_at": _moment(review.starts_at),
            "opened_at": _moment(review.opened_at),
            "closed_at": _moment(review.closed_at),
            "time_zone": process.time_zone,
            "place": review.place,
        },
        "version": minutes.version,
        "corrects": minutes.corrects,
        "chair": [str(one.person) for one in _in_the_chair(here)],
        "attendance": [
            {
                "seat": one.seat_id,
                "name": one.seat.name,
                "party": one.seat.party.code if one.seat.party else "",
                "presence": one.presence,
                "person": str(one.person) if one.person else "",
            }
            for one in attendance
        ],
        "also_present": review.also_present,
        "quorum": {"met": quorum.met, "words": quorum.words},
        "sections": [
            {
                "order": section.order,
                "item": section.item.order if section.item else None,
                "heading": section.heading,
                "commitment": _commitment(section.item.commitment) if section.item else None,
                "text": section.text,
                "outcomes": outcomes.get(section.item_id or 0, []),
                "disputes": disputes.get(section.item_id, []) if section.item_id else [],
            }
            for section in sections
        ],
    }


def _outcomes(review: Review) -> Any:
    rows = Outcome.objects.filter(item__review=review).order_by("pk")
    return rows.select_related(
        *("obligation__party", "obligation__body", "recorded_by", "commitment__deadline")
    ).prefetch_related(
        *("ballots__seat__party", "ballots__person"),
        *("commitment__obligations__party", "commitment__obligations__body"),
    )


def _disputes(review: Review) -> Any:
    rows = Dispute.objects.filter(item__review=review).order_by("number")
    return rows.select_related("raised_for", "raised_by")


def _dispute(dispute: Dispute) -> Content:
    return {
        "id": dispute.pk,
        "number": dispute.number,
        "subject": dispute.subject,
        "disagreement": dispute.disagreement,
        "raised_for": dispute.raised_for.code if dispute.raised_for else "",
        "raised_by": str(dispute.raised_by),
    }


def _outcome(outcome: Outcome) -> Content:
    said: Content = {
        "id": outcome.pk,
        "kind": outcome.kind,
        "text": outcome.text,
        "recorded_by": str(outcome.recorded_by),
        "recorded_at": _moment(outcome.recorded_at),
    }
    if outcome.obligation is not None:
        said |= {
            "owed_by": _named(outcome.obligation.owner),
            "level": outcome.level,
            "verifies": outcome.verification_id is not None,
        }
    if outcome.commitment is not None:
        action = outcome.commitment
        due_on = action.deadline.due_on
        said |= {
            "commitment": _commitment(action),
            "owners": [_named(one.owner) for one in action.obligations.all()],
            "due_on": due_on.isoformat() if due_on else None,
        }
    if outcome.kind == Outcome.Kind.DECISION:
        said |= {
            "rule": outcome.rule,
            "carried": outcome.carried,
            "how": outcome.how,
            "silence_until": _moment(outcome.silence_until),
            "votes": [
                {
                    "seat": one.seat.name,
                    "party": one.seat.party.code if one.seat.party else "",
                    "person": str(one.person) if one.person else "",
                    "vote": one.vote,
                    "words": one.words,
                }
                for one in sorted(outcome.ballots.all(), key=lambda one: one.seat.number)
            ],
        }
    return said


def _commitment(commitment: Any) -> Content | None:
    if commitment is None:
        return None
    return {
        "number": commitment.number,
        "reference": commitment.reference,
        "title": commitment.title,
    }


def _named(owner: Any) -> Content:
    return {"code": owner.code, "name": owner.name}


def _moment(value: datetime | None) -> str | None:
    return value.isoformat() if value else None


# --- As it is read -------------------------------------------------------------------------------


def shown(content: Content) -> Content:
    """The content with days, moments and words in place of what stands for them, in the language
    and the time zone of the reader; votes by name only where somebody objected."""
    review = content["review"]
    return content | {
        "review": review
        | {"held_on": _day(review["held_on"])}
        | {name: _at(review[name]) for name in ("starts_at", "opened_at", "closed_at")},
        "quorum_words": quorum_words(content["quorum"]["met"], content["quorum"]["words"]),
        "attendance": [
            one | {"presence_words": Presence(one["presence"]).label}
            for one in content["attendance"]
        ],
        "sections": [
            one | {"outcomes": [_shown_outcome(outcome) for outcome in one["outcomes"]]}
            for one in content["sections"]
        ],
    }


def _shown_outcome(said: Content) -> Content:
    kind = Outcome.Kind(said["kind"])
    words: Content = {
        "kind_words": capfirst(kind.label),
        "recorded_at": _at(said["recorded_at"]),
    }
    if "level" in said:
        words["level_words"] = Level(said["level"]).label
    if "due_on" in said:
        words["due_on"] = _day(said["due_on"])
    if kind == Outcome.Kind.DECISION:
        votes = [one | {"vote_words": Vote(one["vote"]).label} for one in said["votes"]]
        objects = any(one["vote"] == Vote.NO or one["words"] for one in votes)
        words |= {
            "rule_words": Protocol.DecisionRule(said["rule"]).label if said["rule"] else "",
            "silence_until": _at(said["silence_until"]),
            "votes": votes if objects else [],
            "decided": decided_words(said["carried"], said["silence_until"], rule=said["rule"]),
        }
    return said | words


def decided_words(carried: bool | None, silence_until: str | None, *, rule: str) -> str:
    if carried is None:
        if not rule:
            return ""
        until = _at(silence_until)
        form = f"{formats.get_format('SHORT_DATETIME_FORMAT')} T"
        when = formats.date_format(localtime(until), form) if until else ""
        return _("silence until %s") % when
    return _("carried") if carried else _("not carried")


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def _at(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None
