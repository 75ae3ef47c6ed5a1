"""Loads a process file."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from coordination.base.errors import Refused
from coordination.portability.calendar import parse_day
from coordination.portability.loader import Loaded, load_process_file
from coordination.portability.problems import FileRefused


def day(given: str) -> date:
    try:
        return parse_day(given)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error


class Command(BaseCommand):
    help = "Loads a peace process from a process file (docs/process-file.md says how to write one)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the process file, a YAML file")
        parser.add_argument(
            "--rebase",
            type=day,
            metavar="DATE",
            help="shift all dates together so that this day of the process is today",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            content = path.read_bytes()
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
        try:
            loaded = load_process_file(path.name, content, rebase=options["rebase"])
        except FileRefused as refused:
            for sentence in refused.sentences:
                self.stderr.write(sentence)
            number = len(refused.problems)
            things = "one thing" if number == 1 else f"{number} things"
            raise CommandError(f"Nothing was loaded: {things} to put right.") from refused
        except Refused as refused:
            raise CommandError(refused.message) from refused
        for line in told(loaded, path.name):
            self.stdout.write(line)


def told(loaded: Loaded, file_name: str) -> list[str]:
    """What was loaded, in a few lines."""
    process = loaded.process
    if loaded.already:
        return [f"{file_name} is already loaded as {process.slug}; nothing changed."]
    lines = [f"Loaded {process.name} ({process.slug}) from {file_name}."]
    counts = [counted(number, thing) for thing, number in loaded.counts.items() if number]
    lines += [f"  {', '.join(counts[place : place + 4])}" for place in range(0, len(counts), 4)]
    if loaded.new_people:
        lines.append(
            f"  {counted(len(loaded.new_people), 'new account')} without a password; "
            "each sets one by “Forgotten your password?”."
        )
    if process.rebased_days:
        lines.append(f"  All dates were shifted by {counted(process.rebased_days, 'day')}.")
    if loaded.left_out:
        number = counted(loaded.left_out, "later date or report", "later dates and reports")
        lines.append(f"  Left out: {number}.")
    return lines


_PLURALS = {
    "party": "parties",
    "person": "people",
    "body": "bodies",
    "responsibility": "responsibilities",
}


def counted(number: int, thing: str, things: str = "") -> str:
    """“1 party”, “2 parties”."""
    if number != 1 and not thing.endswith("series"):
        thing = things or _PLURALS.get(thing, f"{thing}s")
    return f"{number} {thing}"
