"""What a review's agenda is compiled from.

Each rule is one reason why something is on it; `AgendaRules` of a body say which of them it leaves
out. What was carried over, what members propose and what stands on every agenda is always there.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coordination.bodies.models import Body, Protocol
from coordination.commitments.models import Commitment, Level
from coordination.commitments.standing import ORDER, Standing, of_commitment, of_obligation

from .disputes import for_agenda, in_words
from .models import AgendaItem, AgendaReason, AgendaRules, Dispute, Outcome, Proposal, Review

Reason = AgendaReason

#: What a mark of a standing is on the agenda for.
_BY_MARK = {
    "breach": Reason.IN_BREACH,
    "over": Reason.OVERDUE,
    "contra": Reason.CONTRADICTED,
    "risk": Reason.AT_RISK,
    "rep": Reason.TO_DECIDE,
}
_CLOSES_HOURS: int = Protocol._meta.get_field("agenda_closes_hours").get_default()


@dataclass
class Entry:
    """What belongs on an agenda, and why it is there: a commitment with where it stands, what was
    carried over, what a member proposes, or what stands on every agenda."""

    title: str
    reasons: list[tuple[AgendaReason, str]] = field(default_factory=list)
    commitment: Commitment | None = None
    standing: Standing | None = None
    proposal: Proposal | None = None
    carried_from: AgendaItem | None = None

    @property
    def kind(self) -> AgendaReason:
        return self.reasons[0][0]

    @property
    def reason(self) -> str:
        return " · ".join(words for _kind, words in self.reasons)


def rules_of(body: Body) -> AgendaRules:
    """The rules of a body, or the usual ones."""
    return AgendaRules.objects.filter(body=body).first() or AgendaRules(body=body)


def rules_seen(body: Body) -> str:
    """A digest of what a body's agendas are compiled from now, for forms to carry."""
    rules = rules_of(body)
    items = list(body.standing_items.values_list("at_end", "title"))
    said = repr((sorted(rules.leaves_out), rules.ahead_days, items))
    return hashlib.sha256(said.encode()).hexdigest()


def closes_at(review: Review) -> datetime:
    """When the agenda closes: so many hours before the meeting as the protocol says."""
    protocol = getattr(review.body, "protocol", None)
    hours = protocol.agenda_closes_hours if protocol else _CLOSES_HOURS
    return review.starts_at - timedelta(hours=hours)


def is_open(review: Review, now: datetime) -> bool:
    """Whether members may still propose something for it."""
    planned = review.state == Review.State.PLANNED
    return planned and review.agenda_closed_at is None and now < closes_at(review)


def previous_review(review: Review) -> Review | None:
    """The body's last meeting before this one that took place."""
    return (
        Review.objects.filter(body=review.body_id, starts_at__lt=review.starts_at)
        .exclude(state__in=[Review.State.PLANNED, Review.State.CANCELLED])
        .order_by("starts_at")
        .last()
    )


def compile_agenda(review: Review, now: datetime) -> list[Entry]:
    """What the body must talk about, most pressing first, in a constant number of queries.

    Of the commitments that it leads: those in breach, late, contradicted, at risk, to be verified,
    newly reported, about to be due, or carried over by the last review, which also carries over
    what it left without an outcome; and the actions of its meetings until they are done.
    """
    rules = rules_of(review.body)
    last = previous_review(review)
    carried = _carried_over(last)
    entries = _of_commitments(review, rules, last, carried, now)
    there = {entry.commitment.pk: entry for entry in entries if entry.commitment}
    rest = _carried_by_themselves(carried)
    rest += _disputed(review, last, there, rest)
    rest += _proposed(review, there)
    opening, closing = _standing_items(review)
    return [*opening, *entries, *rest, *closing]


def agenda_of(review: Review, now: datetime) -> list[Entry]:
    """The agenda of a planned meeting: as it was closed, else as it would be compiled now."""
    if review.agenda_closed_at is None:
        return compile_agenda(review, now)
    items = list(review.items.select_related("proposal"))
    rows = Commitment.objects.filter(pk__in=[one.commitment_id for one in items]).for_list()
    commitments = {one.pk: one for one in rows}
    entries = []
    for item in items:
        commitment = commitments.get(item.commitment_id) if item.commitment_id else None
        entry = Entry(item.title, [(AgendaReason(item.kind), item.reason)], commitment)
        entry.standing = of_commitment(commitment, now) if commitment else None
        entry.proposal = item.proposal
        entries.append(entry)
    return entries


def _of_commitments(
    review: Review,
    rules: AgendaRules,
    last: Review | None,
    carried: dict[int, AgendaItem],
    now: datetime,
) -> list[Entry]:
    since = last.opened_at if last and last.opened_at else None
    horizon = max(review.starts_at, now) + timedelta(days=rules.ahead_days)
    by_commitment = {one.commitment_id: one for one in carried.values() if one.commitment_id}
    actions = Outcome.objects.filter(
        commitment=OuterRef("pk"), item__review__body=review.body_id, kind=Outcome.Kind.ACTION
    )
    candidates = (
        Commitment.objects.annotate(is_action=Exists(actions))
        .filter(
            # Carried over whoever leads it: a member may have proposed it.
            Q(pk__in=list(by_commitment))
            | Q(lead_body=review.body_id)
            & (
                Q(is_action=True)
                | Q(obligations__due_at__lt=horizon)
                | Q(obligations__reported_at__isnull=False)
                | Q(obligations__in_breach=True)
                | Q(obligations__out_of_bounds=True)
                | Q(obligations__is_at_risk=True)
                | Q(obligations__is_disputed=True)
            )
        )
        .distinct()
        .for_list()
    )
    entries = []
    for commitment in candidates:
        standing = of_commitment(commitment, now)
        entry = Entry(commitment.title, commitment=commitment, standing=standing)
        entry.reasons = [
            reason
            for reason in _reasons(commitment, standing, since, now, horizon)
            if reason[0] not in rules.leaves_out
        ]
        entry.carried_from = by_commitment.get(commitment.pk)
        if entry.carried_from:
            entry.reasons.append((Reason.CARRIED_OVER, _("Carried over")))
        elif commitment.is_action and commitment.verified_level != Level.FULL:
            entry.reasons.append((Reason.CARRIED_OVER, _("Action of an earlier review")))
        if entry.reasons:
            entries.append(entry)
    entries.sort(key=_by_need)
    return entries


def _by_need(entry: Entry) -> tuple[int, int, int]:
    assert entry.commitment is not None and entry.standing is not None
    priority, number = entry.commitment.priority, entry.commitment.number
    return (ORDER.index(entry.standing.mark), priority, number)


def _reasons(
    commitment: Commitment,
    standing: Standing,
    since: datetime | None,
    now: datetime,
    horizon: datetime,
) -> Iterable[tuple[AgendaReason, str]]:
    if standing.needs_attention:
        yield _BY_MARK[standing.mark], standing.words
    elif soon := _falling_due(commitment, now, horizon):
        yield Reason.DUE, soon
    if reported := _reported_since(commitment, since):
        words = ngettext("%(n)s new report", "%(n)s new reports", reported)
        yield Reason.NEWLY_REPORTED, words % {"n": reported}


def _carried_over(last: Review | None) -> dict[int, AgendaItem]:
    """What the last review did not finish, by the id of the item.

    What stands on every agenda comes back by itself, and is not carried over.
    """
    if last is None:
        return {}
    items = AgendaItem.objects.filter(review=last)
    standing = items.exclude(kind__in=[Reason.OPENING, Reason.CLOSING])
    ended = Outcome.objects.filter(item=OuterRef("pk")).exclude(kind=Outcome.Kind.CARRIED_OVER)
    carried = Outcome.objects.filter(item=OuterRef("pk"), kind=Outcome.Kind.CARRIED_OVER)
    return {one.pk: one for one in standing.filter(~Exists(ended) | Exists(carried))}


def _carried_by_themselves(carried: dict[int, AgendaItem]) -> list[Entry]:
    """Items about no commitment."""
    return [
        Entry(one.title, [(Reason.CARRIED_OVER, _("Carried over"))], carried_from=one)
        for one in carried.values()
        if one.commitment_id is None
    ]


def _disputed(
    review: Review, last: Review | None, there: dict[int, Entry], carried: list[Entry]
) -> list[Entry]:
    """The body's disputes: those that are open; and those settled since its last agenda was
    written, for it to note. Where the item is on the agenda already, a reason more."""
    since = last.agenda_closed_at or last.opened_at if last else None
    disputes = list(for_agenda(review.body, since))
    about = [one.commitment_id for one in disputes if one.commitment_id not in there]
    rows = Commitment.objects.filter(pk__in=about).for_list() if any(about) else []
    commitments = {one.pk: one for one in rows}
    by_title = {entry.title: entry for entry in carried}
    by_item = {entry.carried_from.pk: entry for entry in carried if entry.carried_from}
    found = []
    for one in disputes:
        one.body = review.body
        is_open = one.state != Dispute.State.SETTLED
        reason = (Reason.TO_DECIDE if is_open else Reason.NEWLY_REPORTED, in_words(one))
        if one.commitment_id:
            same = there.get(one.commitment_id)
        else:
            same = by_item.get(one.item_id or 0) or by_title.get(one.subject)
        if same is None:
            commitment = commitments.get(one.commitment_id) if one.commitment_id else None
            same = Entry(commitment.title if commitment else one.subject, commitment=commitment)
            found.append(same)
            if commitment:
                same.standing = of_commitment(commitment)
                there[commitment.pk] = same
            else:
                by_title[one.subject] = same
        same.reasons.append(reason)
    return found


def _proposed(review: Review, there: dict[int, Entry]) -> list[Entry]:
    """What members propose; where the commitment is on the agenda already, a reason more."""
    found = []
    rows = list(Proposal.objects.filter(review=review).select_related("proposed_by"))
    about = Commitment.objects.filter(pk__in=[one.commitment_id for one in rows]).for_list()
    commitments = {one.pk: one for one in about} if rows else {}
    for one in rows:
        words = _("Proposed by %(who)s") % {"who": one.proposed_by}
        same = there.get(one.commitment_id) if one.commitment_id else None
        if same is None:
            commitment = commitments.get(one.commitment_id) if one.commitment_id else None
            entry = Entry(one.title, commitment=commitment, proposal=one)
            if one.commitment_id:
                there[one.commitment_id] = entry
            found.append(entry)
            same = entry
        elif same.proposal is None:
            same.proposal = one
        same.reasons.append((Reason.PROPOSED, words))
    for entry in found:
        if entry.commitment:
            entry.standing = of_commitment(entry.commitment)
    return found


def _standing_items(review: Review) -> tuple[list[Entry], list[Entry]]:
    opening, closing = [], []
    for one in review.body.standing_items.all():
        if one.at_end:
            closing.append(Entry(one.title, [(Reason.CLOSING, _("Standing item"))]))
        else:
            opening.append(Entry(one.title, [(Reason.OPENING, _("Standing item"))]))
    return opening, closing


def _falling_due(commitment: Commitment, now: datetime, horizon: datetime) -> str:
    """In words, when something of it that is not met yet falls due before the horizon."""
    for obligation in commitment.obligations.all():
        several = commitment.kind in Commitment.EXPECTED  # dated by what is open still
        met = obligation.verified_level == Level.FULL and not several
        if obligation.due_at and now < obligation.due_at < horizon and not met:
            words = of_obligation(obligation, now).words
            begins_or_ends = commitment.kind in (Commitment.Kind.UNTIL, Commitment.Kind.NOT_BEFORE)
            return capfirst(words) if begins_or_ends else _("Due %s") % words
    return ""


def _reported_since(commitment: Commitment, since: datetime | None) -> int:
    reported = [o.reported_at for o in commitment.obligations.all() if o.reported_at]
    return len([moment for moment in reported if since is None or moment > since])
