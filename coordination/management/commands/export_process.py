"""Writes a process as a process file."""

import io
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from coordination.ledger.actions import Origin
from coordination.portability.exporter import export_process
from coordination.portability.problems import FileRefused
from coordination.portability.validation import read_process_file
from coordination.processes.models import Process


class Command(BaseCommand):
    help = (
        "Writes a peace process as a process file, from which load_process makes the same one. "
        "The file holds everything, also what is read by one delegation alone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="short address of the process")
        parser.add_argument(
            "--output", type=Path, metavar="FILE", help="where to write it; standard output without"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        process = Process.objects.filter(slug=options["slug"]).first()
        if process is None:
            raise CommandError(f"There is no process {options['slug']}.")
        exported = export_process(process, actor=None, origin=Origin.SYSTEM)
        name = self.write(exported.text, options["output"])
        self.stderr.write(
            "The file holds everything, also what only one delegation reads. Keep it accordingly; "
            "the process's record notes that it was written."
        )
        left_out = [f"{things} ({number})" for things, number in exported.left_out.items()]
        self.stderr.write(f"Not in the file: {', '.join([*left_out, 'passwords'])}.")
        try:
            read_process_file(name, exported.text.encode())
        except FileRefused as refused:
            for sentence in refused.sentences:
                self.stderr.write(sentence)
            raise CommandError(
                "The file was written, but it would not be loaded: put this right in the process "
                "or in the file."
            ) from refused

    def write(self, text: str, path: Path | None) -> str:
        """Write the file in UTF-8, whatever the terminal has; returns its name."""
        if path is None:
            if isinstance(sys.stdout, io.TextIOWrapper):
                sys.stdout.reconfigure(encoding="utf-8")
            self.stdout.write(text, ending="")
            return "standard output"
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
        return path.name
