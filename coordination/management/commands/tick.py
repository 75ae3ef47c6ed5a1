from typing import Any

from django.core.management.base import BaseCommand

from coordination.outbox.actions import deliver
from coordination.reminders.actions import tick
from coordination.reviews.actions import plan_all


class Command(BaseCommand):
    help = "Plan reviews, ask for what is due and send what is waiting: what the schedule does."

    def handle(self, *args: Any, **options: Any) -> None:
        planned = plan_all()
        done = tick()
        sent = deliver()
        self.stdout.write(
            f"{planned} reviews planned, {done.asked} check-ins asked for, "
            f"{done.nobody} with nobody to ask, {done.answered} found answered, "
            f"{sent} messages dealt with."
        )
