import secrets
from typing import Any

from django.core.management.base import BaseCommand

from coordination.ledger import signing


class Command(BaseCommand):
    help = "Make a key that signs the ledger's checkpoints, as a line for the environment."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        secret = secrets.token_hex(32)
        public = signing.public_key(secret)
        self.stderr.write(
            "Keep the line of LEDGER_KEY secret, and a copy of it apart from the database. Parties "
            f"know the key by its public half:\n{public} (key {signing.key_id(public)})"
        )
        self.stdout.write(f"LEDGER_KEY={secret}")
