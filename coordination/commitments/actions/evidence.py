"""Adding what reports and findings rest on. Nothing is taken away: it is superseded at most."""

import hashlib
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from coordination.audiences.models import Audience
from coordination.base.errors import Refused
from coordination.ledger.actions import append, lock, snapshot
from coordination.processes.access import membership
from coordination.processes.models import Party

from ..models import Breach, CheckIn, Commitment, Evidence, Obligation, Verification
from ..uploads import Stored
from .fetching import refuse_withdrawn

_WEB_ADDRESS = URLValidator(schemes=["http", "https"])


@transaction.atomic
def add_evidence(
    *,
    actor: Any,
    commitment: Commitment,
    title: str,
    source: str,
    origin: str,
    file: Stored | None = None,
    url: str = "",
    dated_on: date | None = None,
    obligation: Obligation | None = None,
    check_in: CheckIn | None = None,
    verification: Verification | None = None,
    breach: Breach | None = None,
    supersedes: Evidence | None = None,
    audience: str | None = None,
) -> Evidence:
    """Add a file that `uploads.receive` has stored, or a link.

    It is read by `audience`: without one by that of what it supersedes, or else by the bodies
    concerned. What one delegation alone reads belongs to that of who adds it.

    The file is there before its row: what is interrupted between the two leaves a file that nothing
    names, which does no harm.
    """
    process = commitment.process
    lock(process)  # one number at a time
    refuse_withdrawn(commitment)
    if not title.strip():
        raise Refused(_("Say what it is."), "title")
    if not source.strip():
        raise Refused(_("Say who made it and how it came here."), "source")
    if (file is None) == (not url):
        words = _("Choose a file or give a link: one of them.")
        raise Refused(words, "url" if file else "file")
    if url:
        _refuse_address(url)
    if dated_on is not None and dated_on > process.today():
        raise Refused(_("This day is yet to come."), "dated_on")
    obligation = _about(commitment, obligation, check_in, verification, breach)
    if supersedes is not None:
        _refuse_superseding(commitment, supersedes)
    audience, delegation = _readers(actor, commitment, audience, supersedes)
    number = (commitment.evidence.aggregate(last=Max("number"))["last"] or 0) + 1
    stored = {
        "file": file.path,
        "file_name": file.name,
        "media_type": file.media_type,
        "size": file.size,
        "sha256": file.sha256,
    } if file else {}  # fmt: skip
    evidence = Evidence.objects.create(
        commitment=commitment,
        number=number,
        obligation=obligation,
        check_in=check_in,
        verification=verification,
        breach=breach,
        title=title.strip(),
        source=source.strip(),
        dated_on=dated_on,
        url=url,
        supersedes=supersedes,
        audience=audience,
        delegation=delegation,
        added_by=actor,
        **stored,
    )
    record_evidence(actor=actor, evidence=evidence, origin=origin)
    return evidence


def record_evidence(*, actor: Any, evidence: Evidence, origin: str) -> None:
    """Say in the ledger that a piece was added.

    Of what a finding rests on that is not released, it keeps which piece it was, and neither what
    it is nor who it comes from.
    """
    commitment, supersedes = evidence.commitment, evidence.supersedes
    hidden = Verification.every.filter(evidence=evidence.pk, released_at=None).exists()
    summary = f"Added evidence {evidence.number} to {commitment.code}"
    if not hidden:
        summary += f": {evidence.title}"
    if supersedes is not None:
        summary += f", in place of {supersedes.number}"
    append(
        process=commitment.process,
        actor=actor,
        verb="evidence.superseded" if supersedes else "evidence.added",
        thing=evidence,
        origin=origin,
        summary=summary,
        after=_sealed(evidence)
        if hidden
        else {
            name: value
            for name, value in snapshot(evidence).items()
            if name not in ("id", "file") and value not in (None, "")
        },
    )


def supersede_evidence(*, actor: Any, evidence: Evidence, origin: str, **said: Any) -> Evidence:
    """Add what takes the place of another piece; that one stays, and names its successor."""
    return add_evidence(
        actor=actor,
        commitment=evidence.commitment,
        origin=origin,
        supersedes=evidence,
        **said,
    )


@transaction.atomic
def mark_contradiction(*, actor: Any, evidence: Evidence, other: Evidence, origin: str) -> None:
    """Say that two pieces contradict each other; both stay, side by side."""
    lock(evidence.commitment.process)
    if evidence.commitment_id != other.commitment_id:
        raise Refused(_("Choose evidence of the same commitment."), "other")
    if evidence == other:
        raise Refused(_("Nothing contradicts itself: choose another piece."), "other")
    if evidence.contradicts.filter(pk=other.pk).exists():
        raise Refused(_("The two are marked already."), "other")
    evidence.contradicts.add(other)
    _record(actor, evidence, other, origin, "evidence.contradicted", "contradict each other", True)


@transaction.atomic
def unmark_contradiction(*, actor: Any, evidence: Evidence, other: Evidence, origin: str) -> None:
    """Take back that two pieces contradict each other."""
    lock(evidence.commitment.process)
    if not evidence.contradicts.filter(pk=other.pk).exists():
        raise Refused(_("The two are not marked as contradicting each other."), "other")
    evidence.contradicts.remove(other)
    _record(actor, evidence, other, origin, "evidence.reconciled", "do not contradict", False)


def _record(
    actor: Any, one: Evidence, other: Evidence, origin: str, verb: str, words: str, marked: bool
) -> None:
    first, second = sorted([one, other], key=lambda evidence: evidence.number)
    append(
        process=one.commitment.process,
        actor=actor,
        verb=verb,
        thing=first,
        origin=origin,
        summary=f"Evidence {first.number} and {second.number} of {one.commitment.code} {words}",
        before={"contradicts": None if marked else second.number},
        after={"contradicts": second.number if marked else None},
    )


def _sealed(evidence: Evidence) -> dict[str, Any]:
    digest = evidence.sha256 or hashlib.sha256(evidence.url.encode()).hexdigest()
    return {"number": evidence.number, "sha256": digest}


def _refuse_address(url: str) -> None:
    """Only what a browser opens as a page: `javascript:` and the like are no links."""
    try:
        _WEB_ADDRESS(url)
        address = urlsplit(url)
    except (ValidationError, ValueError):
        words = _("Give a whole address that begins with https:// or http://.")
        raise Refused(words, "url") from None
    if address.username or address.password:
        raise Refused(_("The address has a password in it: leave that out."), "url")


def _about(
    commitment: Commitment,
    obligation: Obligation | None,
    check_in: CheckIn | None,
    verification: Verification | None,
    breach: Breach | None,
) -> Obligation | None:
    """Whose obligation it concerns; `Refused` where what it is said to support is another's."""
    for field, thing in (
        ("check_in", check_in),
        ("verification", verification),
        ("breach", breach),
    ):
        if thing is None:
            continue
        if thing.obligation.commitment_id != commitment.pk:
            raise Refused(_("This belongs to another commitment."), field)
        if obligation is not None and thing.obligation_id != obligation.pk:
            raise Refused(_("This belongs to somebody else who owes it."), field)
        obligation = thing.obligation
    if obligation is not None and obligation.commitment_id != commitment.pk:
        raise Refused(_("Choose somebody who owes this commitment."), "obligation")
    return obligation


def _readers(
    actor: Any, commitment: Commitment, audience: str | None, old: Evidence | None
) -> tuple[str, Party | None]:
    """Who reads it, and whose it is where one delegation alone does: that of who adds it.

    What takes the place of another delegation's piece does not become that delegation's.
    """
    if audience is None:
        audience = Audience.BODIES if old is None else old.audience
    if audience not in Audience.values:
        raise Refused(_("Choose who reads it."), "audience")
    if audience != Audience.DELEGATION:
        return audience, None
    member = membership(actor, commitment.process)
    if member is None or member.party is None:
        raise Refused(_("You act for no party: choose who else reads it."), "audience")
    return audience, member.party


def _refuse_superseding(commitment: Commitment, old: Evidence) -> None:
    if old.commitment_id != commitment.pk:
        raise Refused(_("What is superseded belongs to another commitment."))
    newer = old.superseded_by.order_by("number").last()
    if newer is not None:
        raise Refused(
            _("Evidence %(old)s is superseded by %(new)s already: supersede that one.")
            % {"old": old.number, "new": newer.number}
        )
