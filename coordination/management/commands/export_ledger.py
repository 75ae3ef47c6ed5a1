from contextlib import nullcontext
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from coordination.ledger import export
from coordination.ledger.actions import Origin
from coordination.processes.models import Process


class Command(BaseCommand):
    help = "Write a process's ledger for `verify_entente_ledger.py`; that it left is recorded."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("slug", help="short address of the process")
        parser.add_argument(
            "--for",
            dest="reader",
            metavar="ADDRESS",
            help="show what this person may read; hashes alone by default",
        )
        parser.add_argument("--output", metavar="FILE", help="a new file, instead of the output")

    def handle(self, *args: Any, **options: Any) -> None:
        process = Process.objects.filter(slug=options["slug"]).first()
        if process is None:
            raise CommandError(f"There is no process {options['slug']}.")
        reader = None
        if options["reader"]:
            reader = User.objects.filter(email=options["reader"].strip().lower()).first()
            if reader is None or process not in Process.objects.visible_to(reader):
                raise CommandError(f"{options['reader']} is no member of {process.slug}.")
        try:
            # Opened first: nothing is recorded as exported that could not be written.
            file = Path(options["output"]).open("xb") if options["output"] else None  # noqa: SIM115
        except OSError as error:
            raise CommandError(f"{options['output']}: {error.strerror}.") from None
        last = export.begin_export(
            process=process, actor=None, reader=reader, origin=Origin.COMMAND
        )
        with file or nullcontext():
            for line in export.lines(process, last, reader):
                if file:
                    file.write(line)
                else:
                    self.stdout.write(line.decode(), ending="")
        self.stderr.write(f"{last.sequence} entries written.")
