"""Prints the JSON schema of process files."""

import json
from typing import Any

from django.core.management.base import BaseCommand

from coordination.portability.schema import ProcessFile


class Command(BaseCommand):
    help = "Prints the JSON schema of process files, for editors that complete and check them."

    def handle(self, *args: Any, **options: Any) -> None:
        schema = ProcessFile.model_json_schema()
        self.stdout.write(json.dumps(schema, indent=2, ensure_ascii=False))
