"""Changing what a commitment says together with what goes with it, in one step."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from coordination.ledger.actions import lock

from ..models import Commitment
from .dates import Move, recompute_deadlines
from .entering import Bounded, change_bounds, change_commitment, write_deadline
from .refusals import SAID, read_again


@transaction.atomic
def rewrite_commitment(
    *,
    actor: Any,
    commitment: Commitment,
    origin: str,
    bounds: Sequence[Bounded] | None = None,
    terms: Sequence[Mapping[str, Any]] | None = None,
    deadline: Mapping[str, Any] | None = None,
    **fields: Any,
) -> list[Move]:
    """Change what a commitment says, and its numbers and terms where they are given.

    Another kind has other terms: what is due becomes what starts, and neither fits without the
    other. Returns the due days that moved.
    """
    lock(commitment.process)
    read_again(commitment)
    deed: Any = {"actor": actor, "commitment": commitment, "origin": origin}
    written = terms is not None and write_deadline(
        **deed,
        kind=fields.get("kind", commitment.kind),
        said={name: getattr(commitment, name) for name in SAID} | fields,
        terms=terms,
        fields=deadline or {},
    )
    if bounds:
        change_bounds(**deed, bounds=bounds)
    moves = change_commitment(**deed, **fields)
    if bounds is not None and not bounds:
        change_bounds(**deed, bounds=())
    if written and not moves:
        moves = recompute_deadlines(
            actor=actor, process=commitment.process, origin=origin, seeds=[commitment.pk]
        )
    return moves
