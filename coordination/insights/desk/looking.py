"""Up to when somebody has seen what changed."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from ..models import LastLook


@transaction.atomic
def look(*, actor: Any, until: datetime) -> None:
    """What the person was shown is seen, up to the newest of it: what came meanwhile is not.

    Never back, and never ahead of the clock. It is the reader's own and changes no record, so that
    the ledger says nothing of it.
    """
    until = min(until, timezone.now())
    seen, is_new = LastLook.objects.select_for_update().get_or_create(
        reader=actor, defaults={"at": until}
    )
    if not is_new and seen.at < until:
        seen.at = until
        seen.save(update_fields=["at"])
