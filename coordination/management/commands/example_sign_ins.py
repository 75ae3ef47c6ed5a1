"""Prints who can sign in to the examples."""

from typing import Any

from django.core.management.base import BaseCommand

from coordination.portability.examples import example_password, sign_ins


class Command(BaseCommand):
    help = "Prints a few people of the example processes and their password."

    def handle(self, *args: Any, **options: Any) -> None:
        people = list(sign_ins())
        if not people:
            self.stdout.write("There are no example people to sign in as.")
            return
        rows = [("Name", "Function", "E-mail", "Role", "Password")]
        password = example_password()
        for one in people:
            role = f"{one.part}, {one.process.short_name}"
            rows.append((one.person.name, one.person.function, one.person.email, role, password))
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self.stdout.write("  ".join(cells).rstrip())
