"""Fetching anew, under the lock of the process, what an action is about."""

from django.utils.translation import gettext as _

from coordination.base.errors import Overtaken

from ..models import Commitment, Obligation


def fresh_obligation(obligation: Obligation) -> Obligation:
    """The obligation as it stands; refused where it was withdrawn since the form was opened."""
    refuse_withdrawn(obligation.commitment, obligation)
    rows = Obligation.objects.select_for_update(of=("self",))
    return rows.select_related("commitment__process", "party", "body").get(pk=obligation.pk)


def refuse_withdrawn(commitment: Commitment, obligation: Obligation | None = None) -> None:
    """What was withdrawn takes nothing more: neither reports nor findings."""
    stands = Commitment.objects.filter(pk=commitment.pk)
    if obligation is not None:
        stands = stands.filter(obligations=obligation.pk, obligations__withdrawn_at=None)
    if not stands.exists():
        raise Overtaken(_("It was withdrawn from the register meanwhile."))
