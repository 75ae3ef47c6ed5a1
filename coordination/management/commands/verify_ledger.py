from typing import Any

from django.core.management.base import BaseCommand, CommandError

from coordination.ledger.actions import verify
from coordination.ledger.checkpoints import verify_checkpoints
from coordination.ledger.models import Chain
from coordination.processes.models import Process
from coordination.reviews.sealing import verify_minutes, verify_reports


class Command(BaseCommand):
    help = (
        "Check the ledger of one process, or of all of them, every checkpoint of it "
        "and the approved minutes and reports that it seals."
    )

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("slug", nargs="*", help="short addresses of processes; all by default")

    def handle(self, *args: Any, **options: Any) -> None:
        processes = Process.objects.order_by("slug")
        if options["slug"]:
            processes = processes.filter(slug__in=options["slug"])
            missing = set(options["slug"]) - {process.slug for process in processes}
            if missing:
                raise CommandError(f"There is no process {', '.join(sorted(missing))}.")
        faults = 0
        for process in processes:
            found = [*verify(process), *verify_checkpoints(process)]
            found += [*verify_minutes(process), *verify_reports(process)]
            faults += len(found)
            for fault in found:
                self.stderr.write(f"{process.slug}, entry {fault.sequence}: {fault.problem}")
            if not found:
                count = Chain.objects.filter(process=process).values_list("count", flat=True)
                signed = process.checkpoints.count()
                self.stdout.write(
                    f"{process.slug}: {sum(count)} entries, the chain holds; "
                    f"it fits {signed} checkpoints."
                )
        if faults:
            raise CommandError(f"{faults} faults: the ledger is not as it was written.")
