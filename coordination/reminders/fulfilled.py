"""What nobody has to be reminded of, since it is done."""

from django.db.models import F, Q

from coordination.commitments.models import Commitment, Level


def is_fulfilled(obligation: str) -> Q:
    """What the owner, or a finding since, says is done, where it is not kept up.

    `obligation` is the way to it, as in `"obligation__"`. Of what is kept up, or due again, the due
    day is that of what is owed now, whatever was reported before.
    """
    done = Q(**{f"{obligation}verified_level": Level.FULL})
    since = Q(**{f"{obligation}verified_at": None})
    since |= Q(**{f"{obligation}reported_at__gt": F(f"{obligation}verified_at")})
    done |= since & Q(**{f"{obligation}reported_level": Level.FULL})
    return done & ~Q(**{f"{obligation}commitment__kind__in": Commitment.KEPT_UP})
