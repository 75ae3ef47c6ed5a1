"""Loads the example processes into an empty database."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from coordination.base.errors import Refused
from coordination.portability.examples import load_examples
from coordination.processes.models import Process


class Command(BaseCommand):
    help = "Loads the example processes, shifted to today, when the database holds no process."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            loaded = load_examples()
        except Refused as refused:
            if Process.objects.exists():
                self.stdout.write(refused.message)
                return
            raise CommandError(refused.message) from refused
        for one in loaded:
            self.stdout.write(
                f"Loaded the example {one.process.short_name}: "
                f"{one.counts['commitment']} commitments, {one.counts['body']} bodies, "
                f"{one.counts['person']} people."
            )
