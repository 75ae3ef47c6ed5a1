"""A rhythm becomes a number of weeks, months or years; what is kept up starts instead of being due;
and the findings that were recorded so far count as approved and released."""

from django.db import migrations
from django.db.models import F
from django.utils import timezone

_EVERY = {
    "weekly": (1, "weeks"),
    "fortnightly": (2, "weeks"),
    "monthly": (1, "months"),
    "quarterly": (3, "months"),
    "half_yearly": (6, "months"),
    "yearly": (1, "years"),
}
_KEPT_UP = ("standing", "limit", "recurring")


def move(apps, schema_editor):
    Commitment, Deadline, DeadlineTerm, Obligation, Verification = (
        apps.get_model("coordination", name)
        for name in (*("Commitment", "Deadline", "DeadlineTerm", "Obligation", "Verification"),)
    )
    for rhythm, (amount, unit) in _EVERY.items():
        Commitment.objects.filter(rhythm=rhythm).update(every_amount=amount, every_unit=unit)
    # The next tick works out which times of a recurring one are expected.
    Commitment.objects.filter(kind="recurring").update(expects_next_at=timezone.now())
    DeadlineTerm.objects.filter(
        purpose="due", deadline__commitment__kind__in=_KEPT_UP
    ).update(purpose="start")
    kept_up = Deadline.objects.filter(commitment__kind__in=_KEPT_UP)
    kept_up.update(starts_on=F("due_on"), starts_at=F("due_at"))
    kept_up.update(due_on=None, due_at=None)
    Obligation.objects.filter(commitment__kind__in=_KEPT_UP).update(due_on=None, due_at=None)
    Deadline.objects.update(original_on=F("due_on"), original_at=F("due_at"))
    Verification.objects.update(
        approved_at=F("recorded_at"), released_at=F("recorded_at"), released_by=F("author")
    )


def move_back(apps, schema_editor):
    """What has no word among the old rhythms becomes monthly, and what starts is due then."""
    Commitment, Deadline, DeadlineTerm = (
        apps.get_model("coordination", name) for name in ("Commitment", "Deadline", "DeadlineTerm")
    )
    recurring = Commitment.objects.filter(kind="recurring")
    recurring.update(rhythm="monthly")
    for rhythm, (amount, unit) in _EVERY.items():
        recurring.filter(every_amount=amount, every_unit=unit).update(rhythm=rhythm)
    DeadlineTerm.objects.filter(purpose="start").update(purpose="due")
    Deadline.objects.filter(commitment__kind__in=_KEPT_UP).update(
        due_on=F("starts_on"), due_at=F("starts_at")
    )


class Migration(migrations.Migration):
    dependencies = [("coordination", "0006_commitments_in_full")]

    operations = [migrations.RunPython(move, move_back)]
