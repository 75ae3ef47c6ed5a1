"""What stands on an agenda: its rules, what members propose, and its closing."""

import logging
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.base.errors import Overtaken, Refused
from coordination.bodies.models import Body, Protocol
from coordination.commitments.models import Commitment
from coordination.ledger.actions import News, Origin, append, append_all, lock, snapshot
from coordination.outbox.clock import is_held

from ..agenda import closes_at, compile_agenda, is_open, rules_seen
from ..models import AgendaItem, AgendaReason, AgendaRules, Proposal, Review, StandingItem
from .fetching import locked

log = logging.getLogger(__name__)


@transaction.atomic
def set_agenda_rules(
    *,
    actor: Any,
    body: Body,
    leaves_out: list[str],
    ahead_days: int,
    opening: list[str],
    closing: list[str],
    origin: str,
    seen: str | None = None,
) -> AgendaRules:
    """Say what a body's agendas are compiled from, and what stands on each of them.

    `opening` and `closing` are the standing items before and after the rest, in their order;
    `seen` is the digest of what stood there when the form was opened (`rules_seen`).
    """
    lock(body.process)
    unknown = set(leaves_out) - set(AgendaRules.CHOSEN)
    if unknown:
        raise Refused(_("Only rules that are offered can be left out."), "leaves_out")
    rules, _created = AgendaRules.objects.get_or_create(body=body)
    before = _rules_state(rules)
    opening, closing = _once(opening), _once(closing)
    said = (sorted(leaves_out), ahead_days, opening, closing)
    if said == tuple(before.values()):
        return rules
    if seen is not None and seen != rules_seen(body):
        words = _("Meanwhile somebody changed them. The standing items are now: %s")
        items = "; ".join([*before["opening"], *before["closing"]])
        raise Overtaken(words % (items or _("none")))
    rules.leaves_out, rules.ahead_days = sorted(leaves_out), ahead_days
    rules.save()
    for at_end, titles in ((False, opening), (True, closing)):
        _write_standing(actor, body, at_end, titles)
    after = _rules_state(rules)
    if before != after:
        append(
            process=body.process,
            actor=actor,
            verb="agenda.rules",
            thing=rules,
            origin=origin,
            summary=f"Changed what the agendas of {body.code} are compiled from",
            before=before,
            after=after,
        )
    return rules


def _rules_state(rules: AgendaRules) -> dict[str, Any]:
    items = rules.body.standing_items.values_list("at_end", "title")
    return {
        "leaves_out": list(rules.leaves_out),
        "ahead_days": rules.ahead_days,
        "opening": [title for at_end, title in items if not at_end],
        "closing": [title for at_end, title in items if at_end],
    }


def _once(titles: list[str]) -> list[str]:
    """Each title once, without lines that say nothing."""
    return list(dict.fromkeys(short for one in titles if (short := one.strip()[:240])))


def _write_standing(actor: Any, body: Body, at_end: bool, titles: list[str]) -> None:
    rows = body.standing_items.filter(at_end=at_end)
    there = {one.title: one for one in rows}
    kept = []
    for order, title in enumerate(titles, start=1):
        one = there.get(title) or StandingItem(body=body, title=title, at_end=at_end)
        one.order = order
        one.save()
        kept.append(one.pk)
    rows.exclude(pk__in=kept).update(withdrawn_at=timezone.now(), withdrawn_by=actor)


@transaction.atomic
def propose_item(
    *,
    actor: Any,
    review: Review,
    title: str,
    origin: str,
    why: str = "",
    commitment: Commitment | None = None,
) -> Proposal:
    """Propose something for a meeting whose agenda is open still; the same again is the same."""
    review = _open(review)
    title = title.strip() or (commitment.title if commitment else "")
    if not title:
        raise Refused(_("Say what it is about, or choose a commitment."), "title")
    said = [Proposal(title=title, why=why.strip(), commitment=commitment)]
    return _propose(actor, review, said, origin)[0]


@transaction.atomic
def propose_commitments(
    *, actor: Any, review: Review, commitments: Sequence[Commitment], origin: str
) -> list[Proposal]:
    """Propose each of them, in their order and in few statements however many they are."""
    said = [Proposal(title=one.title, commitment=one) for one in commitments]
    return _propose(actor, _open(review), said, origin)


def _open(review: Review) -> Review:
    review = locked(review)
    if not is_open(review, timezone.now()):
        raise Refused(_("The agenda is closed. Propose it for the next meeting."))
    return review


def _propose(actor: Any, review: Review, said: Sequence[Proposal], origin: str) -> list[Proposal]:
    """Save those that the person has not proposed for it already; the caller holds the lock."""
    process = review.body.process
    if any(one.commitment and one.commitment.process_id != process.pk for one in said):
        raise Refused(_("This commitment is of another process."), "commitment")
    there = {_what(one): one for one in review.proposals.filter(proposed_by=actor)}
    new = []
    for one in said:
        one.review, one.proposed_by, one.title = review, actor, one.title[:240]
        if _what(one) not in there:
            there[_what(one)] = one
            new.append(one)
    Proposal.objects.bulk_create(new)
    place = f"review {review.number} of {review.body.code}"
    news = [
        News("agenda.proposed", one, f"Proposed for {place}: {one.title[:120]}", {}, snapshot(one))
        for one in new
    ]
    append_all(process=process, actor=actor, origin=origin, news=news)
    return [there[_what(one)] for one in said]


def _what(proposal: Proposal) -> tuple[str, str, int | None]:
    return proposal.title, proposal.why, proposal.commitment_id


@transaction.atomic
def withdraw_proposal(*, actor: Any, proposal: Proposal, because: str, origin: str) -> None:
    """Take a proposal back, or turn it down; whoever runs the meeting says why."""
    review = locked(proposal.review)
    proposal = Proposal.every.get(pk=proposal.pk)
    if proposal.withdrawn_at:
        return
    if proposal.proposed_by_id != actor.pk and not because.strip():
        raise Refused(_("Say why it is turned down."), "because")
    if not _withdraw(actor, review, [proposal.pk], because, origin):
        raise Refused(_("The agenda is closed, and it stands on it."))


@transaction.atomic
def withdraw_proposals(
    *, actor: Any, review: Review, proposals: Collection[int], because: str, origin: str
) -> set[int]:
    """Take proposals for a meeting off it, by their keys, saying why; returns which were. Those
    that were taken off before, or stand on an agenda that is closed, are left."""
    return _withdraw(actor, locked(review), proposals, because, origin)


def _withdraw(
    actor: Any, review: Review, keys: Collection[int], because: str, origin: str
) -> set[int]:
    """The caller holds the lock."""
    fixed = AgendaItem.objects.filter(proposal__in=keys).values("proposal")
    rows = list(review.proposals.filter(pk__in=keys).exclude(pk__in=fixed).select_for_update())
    taken = {one.pk for one in rows}
    now, because = timezone.now(), because.strip()[:300]
    Proposal.objects.filter(pk__in=taken).update(
        withdrawn_at=now, withdrawn_by=actor, withdrawn_because=because
    )
    place = f"review {review.number} of {review.body.code}"
    news = [
        News(
            "agenda.proposal-withdrawn",
            one,
            f"Took off {place}: {one.title[:120]}",
            after={"withdrawn_because": because},
        )
        for one in rows
    ]
    append_all(process=review.body.process, actor=actor, origin=origin, news=news)
    return taken


@transaction.atomic
def close_agenda(*, actor: Any, review: Review, origin: str) -> Review:
    """Write the agenda down as it is compiled now; from then on nothing comes onto it by itself."""
    review = locked(review)
    if review.state != Review.State.PLANNED:
        raise Refused(_("This review is %s.") % review.get_state_display())
    if review.agenda_closed_at is None:
        write_agenda(review, timezone.now())
        review.save(update_fields=["agenda_closed_at"])
        append(
            process=review.body.process,
            actor=actor,
            verb="agenda.closed",
            thing=review,
            origin=origin,
            summary=f"Closed the agenda of review {review.number} of {review.body.code}",
            after={"items": [str(item) for item in review.items.all()]},
        )
    return review


def write_agenda(review: Review, now: datetime) -> None:
    """Store the items; the caller holds the lock and saves the review."""
    AgendaItem.objects.bulk_create(
        AgendaItem(
            review=review,
            order=order,
            commitment=entry.commitment,
            title=entry.title[:240],
            kind=entry.kind,
            reason=entry.reason[:300],
            proposal=entry.proposal,
            carried_from=entry.carried_from,
        )
        for order, entry in enumerate(compile_agenda(review, now), start=1)
    )
    review.agenda_closed_at = now


def close_agendas(now: datetime | None = None) -> int:
    """Close every agenda whose time has come; returns how many. Any number may run at once."""
    if is_held():
        return 0
    now = now or timezone.now()
    longest = Protocol.objects.aggregate(most=Max("agenda_closes_hours"))["most"] or 0
    near = Review.objects.filter(
        state=Review.State.PLANNED,
        agenda_closed_at=None,
        starts_at__gt=now,
        starts_at__lte=now + timedelta(hours=max(longest, _usual_hours())),
    ).select_related("body__process", "body__protocol")
    closed = 0
    for review in near:
        if now < closes_at(review):
            continue
        try:
            close_agenda(actor=None, review=review, origin=Origin.SYSTEM)
            closed += 1
        except Exception:  # one that cannot be closed stops no other
            log.exception("The agenda of review %s could not be closed.", review.pk)
    return closed


def _usual_hours() -> int:
    hours: int = Protocol._meta.get_field("agenda_closes_hours").get_default()
    return hours


@transaction.atomic
def add_item(
    *,
    actor: Any,
    review: Review,
    title: str,
    origin: str,
    commitment: Commitment | None = None,
) -> AgendaItem:
    """Put one item more onto an agenda that is closed or in session; the same again is the same."""
    review = locked(review)
    states = Review.State
    closed = review.state == states.PLANNED and review.agenda_closed_at is not None
    if not closed and review.state != states.IN_SESSION:
        raise Refused(_("Items are added once the agenda is closed, until the meeting ends."))
    if commitment is not None and commitment.process_id != review.body.process_id:
        raise Refused(_("This commitment is of another process."), "commitment")
    title = title.strip() or (commitment.title if commitment else "")
    if not title:
        raise Refused(_("Say what it is about, or choose a commitment."), "title")
    same = review.items.filter(commitment=commitment) if commitment else None
    same = same or review.items.filter(title=title[:240], commitment=None)
    if (there := same.first()) is not None:
        return there
    last = review.items.aggregate(last=Max("order"))["last"] or 0
    item = AgendaItem.objects.create(
        review=review,
        order=last + 1,
        commitment=commitment,
        title=title[:240],
        kind=AgendaReason.PROPOSED,
        reason=f"Added by {actor}",
    )
    append(
        process=review.body.process,
        actor=actor,
        verb="agenda.item-added",
        thing=item,
        origin=origin,
        summary=f"Added to review {review.number} of {review.body.code}: {title[:120]}",
        after=snapshot(item),
    )
    return item


@transaction.atomic
def set_papers(*, actor: Any, review: Review, papers: str, seen: str, origin: str) -> Review:
    """Say what is to be read before a meeting; `seen` is what stood there when one began."""
    review = locked(review)
    papers = "\n".join(line.strip() for line in papers.splitlines() if line.strip())
    if review.state not in (Review.State.PLANNED, Review.State.IN_SESSION):
        raise Refused(_("This review is %s.") % review.get_state_display())
    if papers == review.papers:
        return review
    if seen.splitlines() != review.papers.splitlines():
        words = _("Somebody else changed the list meanwhile. It is now: %s")
        raise Overtaken(words % (review.papers or _("empty")), "papers")
    before = {"papers": review.papers}
    review.papers = papers
    review.save(update_fields=["papers"])
    append(
        process=review.body.process,
        actor=actor,
        verb="review.papers",
        thing=review,
        origin=origin,
        summary=f"Papers of review {review.number} of {review.body.code}",
        before=before,
        after={"papers": papers},
    )
    return review
