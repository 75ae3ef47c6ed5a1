from typing import Any

from django.core.management.base import BaseCommand, CommandError

from coordination.commitments.verification import differences
from coordination.processes.models import Process


class Command(BaseCommand):
    help = "Check that levels, flags and due days say what check-ins, findings and deadlines say."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("process", nargs="*", help="Short addresses; all processes without.")

    def handle(self, *args: Any, **options: Any) -> None:
        processes = Process.objects.order_by("slug")
        if slugs := options["process"]:
            unknown = set(slugs) - set(processes.values_list("slug", flat=True))
            if unknown:
                raise CommandError(f"There is no process “{sorted(unknown)[0]}” here.")
            processes = processes.filter(slug__in=slugs)
        wrong = 0
        for process in processes:
            for one in differences(process):
                wrong += 1
                self.stdout.write(f"{process.slug}: {one}")
        if wrong:
            raise CommandError(f"{wrong} columns do not say what the record says.")
        self.stdout.write("Every column says what the record says.")
