"""What owners report. A report is never overwritten: a correction is a new one."""

import uuid
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.audiences.models import Audience
from coordination.base.errors import Overtaken, Refused
from coordination.base.spoken import on_record
from coordination.ledger.actions import Origin, append, lock, snapshot
from coordination.processes.models import Party

from ..access import acts_for_owner
from ..expected import is_open, owed_next
from ..models import CheckIn, CheckInDraft, Commitment, ExpectedOccurrence, Level, Obligation
from .fetching import fresh_obligation
from .levels import bring_up_to_date
from .triggers import open_what_follows


@transaction.atomic
def submit_check_in(
    *,
    obligation: Obligation,
    author: Any,
    level: int,
    origin: str,
    account: str = "",
    obstacle: str = CheckIn.Obstacle.NOTHING,
    recorded_by: Any = None,
    period_on: date | None = None,
    expected: ExpectedOccurrence | None = None,
    done_on: date | None = None,
    next_expected_on: date | None = None,
    revises: CheckIn | None = None,
    audience: str | None = None,
    delegation: Party | None = None,
    submission: uuid.UUID | None = None,
    at: datetime | None = None,
) -> tuple[CheckIn, bool]:
    """Record what the owner reports; returns the check-in and whether it is new.

    The same `submission` sent again returns the first check-in; with other words in it, as after
    the browser's "back", it revises the first. So does a second one for the same period. What was
    revised is kept, and revising an earlier period leaves the level that a later one reported.
    Of what is expected several times it is about `expected`, or else about the time that is owed
    next. `revises` is the one that it corrects: the last, as it was read. `recorded_by` is who
    typed it, where that is somebody else; `at` is for reports from before they were entered here.
    The account is read by `audience`: without one by that of what is revised, or else by the
    bodies concerned. `delegation` is whose own it is, where that is not the party that owes it.
    """
    process = obligation.commitment.process
    lock(process)
    obligation = fresh_obligation(obligation)
    key = submission or uuid.uuid4()
    sent = CheckIn.objects.filter(submission=key).first()
    if sent is not None:
        if sent.obligation_id != obligation.pk:
            raise Refused(_("This form was sent for another commitment."))
        named = expected.pk if expected else sent.expected_id
        words = (
            *(level, account.strip(), obstacle, named, done_on, next_expected_on),
            audience or sent.audience,
        )
        if words == (
            *(sent.level, sent.account, sent.obstacle),
            *(sent.expected_id, sent.done_on, sent.next_expected_on, sent.audience),
        ):
            return sent, False
        key = uuid.uuid5(key, "\n".join(map(str, words)))
        if corrected := CheckIn.objects.filter(submission=key).first():
            return corrected, False
    if level not in Level.values:
        raise Refused(_("Choose one of the four levels."), "level")
    _refuse_days(obligation, level, period_on, done_on)
    earlier = sent
    if sent is None and revises is not None:
        _refuse_overtaken(obligation, revises)
        earlier, period_on = revises, revises.period_on
    elif period_on:
        earlier = obligation.check_ins.filter(period_on=period_on).order_by("pk").last()
    if expected is None and earlier is not None:
        expected = earlier.expected
    if audience is None:
        audience = earlier.audience if earlier is not None else Audience.BODIES
    elif earlier is None or earlier.audience != audience:
        _refuse_audience(obligation, audience, delegation, recorded_by or author, origin)
    if audience == Audience.DELEGATION and delegation is None:
        is_kept = earlier is not None and earlier.audience == audience
        delegation = earlier.delegation if earlier and is_kept else obligation.party
    check_in = CheckIn.objects.create(
        obligation=obligation,
        number=(obligation.check_ins.aggregate(last=Max("number"))["last"] or 0) + 1,
        period_on=period_on,
        level=level,
        account=account.strip(),
        obstacle=obstacle,
        expected=_expected(obligation, expected, origin),
        done_on=done_on,
        next_expected_on=next_expected_on,
        audience=audience,
        delegation=delegation,
        author=author,
        recorded_by=recorded_by or author,
        revises=earlier,
        submission=key,
        submitted_at=at or timezone.now(),
    )
    CheckInDraft.objects.filter(obligation=obligation, author=recorded_by or author).delete()
    shown = ("reported_level", "next_check_in_on")
    before = snapshot(obligation, *shown)
    bring_up_to_date(obligation)
    verb, word = (
        ("check-in.revised", "Revised the check-in")
        if earlier
        else ("check-in.submitted", "Checked in")
    )
    append(
        process=process,
        actor=recorded_by or author,
        verb=verb,
        thing=check_in,
        origin=origin,
        summary=f"{word} for {obligation.commitment.code}, {obligation.owner_name}: "
        f"{on_record(check_in.get_level_display)}"
        + (f", as told by {author}" if recorded_by and recorded_by != author else ""),
        before=before,
        after=snapshot(obligation, *shown)
        | snapshot(
            check_in,
            "account",
            "obstacle",
            "period_on",
            "expected_id",
            "done_on",
            "next_expected_on",
            "audience",
        ),
    )
    about = [check_in.expected, earlier.expected if earlier else None]
    for one in {row.pk: row for row in about if row is not None}.values():
        open_what_follows(actor=recorded_by or author, expected=one, origin=origin)
    return check_in, True


def _refuse_overtaken(obligation: Obligation, revises: CheckIn) -> None:
    if revises.obligation_id != obligation.pk:
        raise Refused(_("This form was sent for another commitment."))
    last = obligation.check_ins.order_by("-pk").first()
    if last != revises:
        raise Overtaken(
            _("Check-in %(n)s was sent meanwhile: read it, and correct that one if it has to be.")
            % {"n": last.number if last else 0}
        )


def _refuse_audience(
    obligation: Obligation, audience: str, delegation: Party | None, person: Any, origin: str
) -> None:
    if audience not in Audience.values:
        raise Refused(_("Choose who reads the account."), "audience")
    if audience != Audience.DELEGATION or delegation is not None:
        return
    if obligation.party_id is None:
        raise Refused(
            _("A body owes this, and no delegation: choose who else reads it."), "audience"
        )
    # A file tells of delegations whose people may have left since.
    if origin != Origin.FILE and not acts_for_owner(person, obligation):
        raise Refused(
            _("Only who acts for %(party)s can keep it to its delegation.")
            % {"party": obligation.owner_name},
            "audience",
        )


def _refuse_days(
    obligation: Obligation, level: int, period_on: date | None, done_on: date | None
) -> None:
    today = obligation.commitment.process.today()
    if period_on and period_on > today:
        raise Refused(_("Nobody has asked for that day yet."), "period_on")
    if done_on and done_on > today:
        raise Refused(_("What is done was done by today."), "done_on")
    if done_on and level != Level.FULL:
        raise Refused(_("Say when it was done once it is done: the level is then full."), "done_on")


def _expected(
    obligation: Obligation, given: ExpectedOccurrence | None, origin: str
) -> ExpectedOccurrence | None:
    """The time that a report is about; nothing of what is not expected several times."""
    commitment = obligation.commitment
    if commitment.kind not in Commitment.EXPECTED:
        return None
    if given is None:
        recurs = commitment.kind == Commitment.Kind.RECURRING
        rows = list(obligation.expected.order_by("number"))
        return owed_next(rows, recurs=recurs) or _open_without_a_day(rows)
    if given.obligation_id != obligation.pk:
        raise Refused(_("That time is expected of somebody else."), "expected")
    if given.called_off_at and origin != Origin.FILE:
        # A file tells of what was reported before it was called off, too.
        raise Refused(_("It is not expected that time: it was called off."), "expected")
    return given


def _open_without_a_day(rows: list[ExpectedOccurrence]) -> ExpectedOccurrence | None:
    return next((row for row in rows if row.due_at is None and is_open(row)), None)


@transaction.atomic
def save_draft(*, obligation: Obligation, author: Any, words: dict[str, Any]) -> CheckInDraft:
    """Keep what somebody has typed for another day. It is no report, and in no ledger."""
    draft, _new = CheckInDraft.objects.update_or_create(
        obligation=obligation,
        author=author,
        defaults={"words": words, "saved_at": timezone.now()},
    )
    return draft


def discard_draft(*, obligation: Obligation, author: Any) -> None:
    """Throw away what somebody had kept for another day."""
    CheckInDraft.objects.filter(obligation=obligation, author=author).delete()
