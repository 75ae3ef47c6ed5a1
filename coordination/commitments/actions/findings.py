"""What the verifying body finds: prepared by one person, approved by another, then released."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.base.errors import Overtaken, Refused
from coordination.base.spoken import on_record
from coordination.bodies.models import Body
from coordination.ledger.actions import Origin, append, lock, snapshot

from ..access import is_party_to, writers_of
from ..expected_queries import to_verify
from ..models import Commitment, ExpectedOccurrence, Level, Obligation, Verification
from ..rests_on import digest_of, state_of
from .dates import recompute_deadlines
from .fetching import fresh_obligation, refuse_withdrawn
from .levels import bring_up_to_date
from .triggers import open_what_follows

_SAID = (
    *("level", "found", "article", "method", "proof", "confidence"),
    *("occurred_on", "learned_on", "expected_id"),
)


@transaction.atomic
def prepare_verification(
    *,
    actor: Any,
    obligation: Obligation,
    body: Body,
    level: int,
    found: str,
    origin: str,
    occurred_on: date,
    learned_on: date | None = None,
    article: str = "",
    method: str = Verification.Method.DOCUMENT,
    proof: str = Verification.Proof.GROUNDS,
    confidence: str = Verification.Confidence.MODERATE,
    expected: ExpectedOccurrence | None = None,
    at: datetime | None = None,
) -> Verification:
    """Write down a finding for somebody else to approve; it changes no level yet.

    Raises `Refused` where the body is not the one that verifies, or the person acts for who owes
    it: nobody judges their own.
    """
    lock(obligation.commitment.process)
    obligation = fresh_obligation(obligation)
    commitment = obligation.commitment
    if commitment.verifying_body_id != body.pk and origin != Origin.FILE:
        # A file has the findings of the bodies that verified it before, too.
        raise Refused(
            _("%(body)s does not verify %(code)s.") % {"body": body.name, "code": commitment.code},
            "body",
        )
    if obligation.body_id == body.pk:
        raise Refused(_("No body verifies what it owes itself."), "body")
    _refuse_own(actor, obligation)
    verification = Verification(
        obligation=obligation,
        number=(
            Verification.every.filter(obligation=obligation).aggregate(n=Max("number"))["n"] or 0
        )
        + 1,
        body=body,
        level=level,
        found=found.strip(),
        article=article,
        method=method,
        proof=proof,
        confidence=confidence,
        occurred_on=occurred_on,
        learned_on=learned_on,
        expected=expected,
        author=actor,
        recorded_at=at or timezone.now(),
    )
    _refuse_impossible(verification)
    if origin != Origin.FILE:
        _refuse_time(verification)
    verification.save()
    append(
        process=commitment.process,
        actor=actor,
        verb="verification.prepared",
        thing=verification,
        origin=origin,
        summary=f"Prepared a finding of {body.code} on {_about(obligation)}",
        after=_sealed(verification),
    )
    return verification


@transaction.atomic
def revise_verification(
    *, actor: Any, verification: Verification, version: int, origin: str, **fields: Any
) -> Verification:
    """Change a finding that is not approved yet. `version` is the one that was read."""
    verification = _take(verification, version)
    _refuse_own(actor, verification.obligation)
    before, sealed = snapshot(verification, *_SAID), _sealed(verification)
    for name, value in fields.items():
        setattr(verification, name, value.strip() if name == "found" else value)
    _refuse_impossible(verification)
    _refuse_time(verification)
    if snapshot(verification, *_SAID) == before:
        return verification
    verification.version += 1
    verification.recorded_at = timezone.now()
    verification.save()
    append(
        process=verification.obligation.commitment.process,
        actor=actor,
        verb="verification.revised",
        thing=verification,
        origin=origin,
        summary=f"Revised the finding on {_about(verification.obligation)}",
        before=sealed,
        after=_sealed(verification),
    )
    return verification


@transaction.atomic
def approve_verification(
    *, actor: Any, verification: Verification, version: int, origin: str, release: bool = False
) -> Verification:
    """Approve a finding as it was read in `version`, and release it where that is said too."""
    verification = _take(verification, version)
    if actor.pk in writers_of(verification):
        raise Refused(_("You prepared or revised this finding; somebody else approves it."))
    _refuse_own(actor, verification.obligation)
    _refuse_former(verification)
    _refuse_called_off(verification)
    verification.approved_by, verification.approved_at = actor, timezone.now()
    verification.approved_state = state_of(verification)
    verification.save(update_fields=["approved_by", "approved_at", "approved_state"])
    append(
        process=verification.obligation.commitment.process,
        actor=actor,
        verb="verification.approved",
        thing=verification,
        origin=origin,
        summary=f"Approved the finding on {_about(verification.obligation)}, "
        f"version {verification.version}",
        after=_sealed(verification),
    )
    if release:
        _release(actor, verification, timezone.now())
        _let_it_count(actor, verification, origin, "verification.released")
    return verification


@transaction.atomic
def release_verification(*, actor: Any, verification: Verification, origin: str) -> None:
    """Let everybody in the process see an approved finding; its level becomes the verified one."""
    verification = _fresh(verification)
    if verification.released_at:
        return
    if not verification.approved_at or verification.withdrawn_at:
        raise Refused(_("Only an approved finding is released."))
    refuse_withdrawn(verification.obligation.commitment, verification.obligation)
    _refuse_own(actor, verification.obligation)
    _refuse_former(verification)
    _refuse_called_off(verification)
    _release(actor, verification, timezone.now())
    _let_it_count(actor, verification, origin, "verification.released")


@transaction.atomic
def withdraw_verification(
    *, actor: Any, verification: Verification, because: str, origin: str
) -> None:
    """Take a finding back: what was found before it counts again, and it stays in the record."""
    verification = _fresh(verification)
    if verification.withdrawn_at:
        return
    if not because.strip():
        raise Refused(_("Say why."), "because")
    _refuse_own(actor, verification.obligation)
    counted = verification.counts
    verification.withdrawn_at, verification.withdrawn_by = timezone.now(), actor
    verification.withdrawn_because = because.strip()[:300]
    verification.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_because"])
    if counted:
        _let_it_count(actor, verification, origin, "verification.withdrawn")
        return
    append(
        process=verification.obligation.commitment.process,
        actor=actor,
        verb="verification.withdrawn",
        thing=verification,
        origin=origin,
        summary=f"Withdrew a finding on {_about(verification.obligation)} that was not released",
    )


@transaction.atomic
def record_verification(
    *,
    actor: Any,
    obligation: Obligation,
    body: Body,
    origin: str,
    at: datetime | None = None,
    approved_by: Any = None,
    approved_at: datetime | None = None,
    released_at: datetime | None = None,
    released: bool = True,
    pinned: bool = True,
    **said: Any,
) -> Verification:
    """Record a finding that is approved already: by a meeting of the body, which needs no second
    person, or by somebody of whom a process file tells (nothing is pinned then).

    Of what is expected several times a meeting finds the one that the form would offer first.
    """
    meeting = said.get("method") == Verification.Method.MEETING
    if meeting and said.get("expected") is None and origin != Origin.FILE:
        said["expected"] = to_verify(list(obligation.expected.filter(called_off_at=None)))
    verification = prepare_verification(
        actor=actor, obligation=obligation, body=body, origin=origin, at=at, **said
    )
    if approved_by is not None and approved_by.pk == actor.pk:
        raise Refused(_("Somebody else than its author approves a finding."), "approved_by")
    verification.approved_by = approved_by
    verification.approved_at = approved_at or verification.recorded_at
    verification.approved_state = state_of(verification) if pinned else {}
    verification.save(update_fields=["approved_by", "approved_at", "approved_state"])
    if released:
        _release(approved_by or actor, verification, released_at or verification.approved_at)
        _let_it_count(actor, verification, origin, "verification.recorded")
    return verification


def _fresh(verification: Verification) -> Verification:
    """The finding under lock, withdrawn or not."""
    lock(verification.obligation.commitment.process)
    rows = Verification.every.select_for_update(of=("self",)).select_related(
        *("obligation__commitment__process", "obligation__party", "obligation__body"),
        *("body", "expected"),
    )
    return rows.get(pk=verification.pk)


def _take(verification: Verification, version: int) -> Verification:
    """The finding under lock, as long as it can be changed and is what was read."""
    verification = _fresh(verification)
    refuse_withdrawn(verification.obligation.commitment, verification.obligation)
    if verification.withdrawn_at:
        raise Overtaken(_("The finding was withdrawn: nothing is changed."))
    if verification.approved_at:
        raise Overtaken(_("The finding is approved, and stays as it is: prepare another one."))
    if verification.version != version:
        raise Overtaken(
            _("The finding was revised meanwhile, and is shown as it is now: read it again.")
        )
    return verification


def _refuse_own(actor: Any, obligation: Obligation) -> None:
    if is_party_to(actor, obligation):
        raise Refused(_("You act for who owes this; somebody else must verify it."))


def _refuse_former(verification: Verification) -> None:
    commitment = verification.obligation.commitment
    if commitment.verifying_body_id != verification.body_id:
        raise Refused(
            _("%(body)s does not verify %(code)s.")
            % {"body": verification.body.name, "code": commitment.code}
        )


def _refuse_impossible(verification: Verification) -> None:
    today = verification.obligation.commitment.process.today()
    if verification.level not in Level.values:
        raise Refused(_("Choose one of the four levels."), "level")
    if verification.occurred_on > today:
        raise Refused(_("What was found cannot have happened after today."), "occurred_on")
    learned_on = verification.learned_on
    if learned_on and learned_on > today:
        raise Refused(_("Nobody has learned of it after today."), "learned_on")
    if learned_on and learned_on < verification.occurred_on:
        raise Refused(_("It is learned of when it has happened, or later."), "learned_on")
    expected = verification.expected
    if expected is not None and expected.obligation_id != verification.obligation_id:
        raise Refused(_("That time is expected of somebody else."), "expected")


def _refuse_time(verification: Verification) -> None:
    """Of what is expected several times a finding is about one that is expected still."""
    _refuse_called_off(verification)
    obligation = verification.obligation
    several = obligation.commitment.kind in Commitment.EXPECTED
    if several and verification.expected is None and obligation.expected.exists():
        raise Refused(_("Choose which of the times it is about."), "expected")


def _refuse_called_off(verification: Verification) -> None:
    if verification.expected is not None and verification.expected.called_off_at:
        raise Refused(_("It is not expected that time: it was called off."), "expected")


def _release(actor: Any, verification: Verification, at: datetime) -> None:
    verification.released_at, verification.released_by = at, actor
    verification.save(update_fields=["released_at", "released_by"])


def _let_it_count(actor: Any, verification: Verification, origin: str, verb: str) -> None:
    """Bring levels up to date, say so, and move what counts from the completion."""
    obligation = verification.obligation
    process = obligation.commitment.process
    shown = ("verified_level", "completed_on")
    before = snapshot(obligation, *shown)
    bring_up_to_date(obligation)
    words = "found" if verb != "verification.withdrawn" else "withdrew its finding on"
    append(
        process=process,
        actor=actor,
        verb=verb,
        thing=verification,
        origin=origin,
        summary=f"{verification.body.code} {words} {_about(obligation)}: "
        f"{verification.withdrawn_because or on_record(verification.get_level_display)}",
        before=before,
        after=snapshot(obligation, *shown) | snapshot(verification, *_SAID),
    )
    if verification.expected is not None:
        open_what_follows(actor=actor, expected=verification.expected, origin=origin)
    if obligation.commitment.dependent_terms.exists():
        recompute_deadlines(
            actor=actor, process=process, origin=origin, seeds=[obligation.commitment_id]
        )


def _sealed(verification: Verification) -> dict[str, Any]:
    """What the ledger keeps of a finding that is not released."""
    return {"version": verification.version, "finding": digest_of(verification)}


def _about(obligation: Obligation) -> str:
    return f"{obligation.commitment.code}, {obligation.owner_name}"
