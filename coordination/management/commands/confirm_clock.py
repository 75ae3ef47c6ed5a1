from typing import Any

from django.core.management.base import BaseCommand

from coordination.outbox import clock


class Command(BaseCommand):
    help = "Say that the clock is right as it is, where sending is held because it was moved."

    def handle(self, *args: Any, **options: Any) -> None:
        held = clock.held_reading()
        clock.confirm()
        self.stdout.write("Sending goes on." if held else "Nothing was held; the clock is noted.")
