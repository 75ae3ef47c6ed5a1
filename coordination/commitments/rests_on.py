"""What a finding rested on when it was approved, and what of that has changed since."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .columns import bounds_of
from .models import Commitment, Evidence, Verification

_WORDS = {
    "commitment": gettext_lazy("the text of the commitment"),
    "bounds": gettext_lazy("the numbers that it sets"),
    "due": gettext_lazy("the date in force"),
    "reported": gettext_lazy("what its owner reports"),
    "evidence": gettext_lazy("the evidence"),
}


def state_of(verification: Verification) -> dict[str, Any]:
    """The state that an approval is pinned to, as plain data."""
    commitment = verification.obligation.commitment
    said = f"{commitment.title}\n{commitment.text}\n{commitment.reference}\n{commitment.kind}"
    newer = Evidence.objects.filter(supersedes=OuterRef("pk"))
    evidence = verification.evidence.annotate(gone=Exists(newer)).order_by("number")
    due_on = _due_on(verification)
    state = {
        "version": verification.version,
        "finding": digest_of(verification),
        "commitment": _digest(said),
        "bounds": [
            f"{bound.comparison} {bound.value.normalize():f} {bound.of_what}"
            for bound in bounds_of(verification.obligation)
        ],
        "due": due_on.isoformat() if due_on else None,
        "reported": _last_report(verification),
        "evidence": [[one.number, one.sha256 or one.url, one.gone] for one in evidence],
    }
    return json.loads(json.dumps(state))


def changed_since(verification: Verification) -> list[str]:
    """In words, what changed since the approval; nothing for what no approval was pinned to."""
    pinned: Mapping[str, Any] = verification.approved_state
    if not pinned:
        return []
    now = state_of(verification)
    changed = [str(words) for key, words in _WORDS.items() if now[key] != pinned.get(key)]
    if now["finding"] != pinned.get("finding"):
        changed.append(_("the finding itself"))
    return changed


def digest_of(verification: Verification) -> str:
    """A short digest of what a finding says."""
    return _digest(
        f"{verification.level}\n{verification.found}\n{verification.article}\n"
        f"{verification.method}\n{verification.proof}\n{verification.confidence}\n"
        f"{verification.occurred_on}\n{verification.learned_on}\n{verification.expected_id}"
    )


def _due_on(verification: Verification) -> date | None:
    """The date in force of what was found; what is expected again and again moves on by itself."""
    if verification.expected is not None:
        return verification.expected.due_on
    obligation = verification.obligation
    return None if obligation.commitment.kind in Commitment.EXPECTED else obligation.due_on


def _last_report(verification: Verification) -> int | None:
    """Of one of several times, the last report on that one: the owner goes on to the next."""
    reports = verification.obligation.check_ins.order_by("-pk")
    if verification.expected_id is not None:
        reports = reports.filter(expected=verification.expected_id)
    return reports.values_list("number", flat=True).first()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
