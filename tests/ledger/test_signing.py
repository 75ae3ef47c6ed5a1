import os
import subprocess
import sys
from pathlib import Path

import pytest

from coordination.ledger import signing

ROOT = Path(__file__).resolve().parents[2]
SECRET = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"


def test_keys_and_signatures_are_those_of_the_standard() -> None:
    """The first example of RFC 8032."""
    public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    signature = (
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    )
    assert signing.public_key(SECRET) == public
    assert signing.sign("", SECRET) == signature
    assert signing.is_signed("", signature, public)
    assert not signing.is_signed("x", signature, public)


@pytest.mark.parametrize(("signature", "public"), [("00", "00"), ("x", "y"), ("", "")])
def test_what_is_no_signature_is_none(signature: str, public: str) -> None:
    assert signing.is_signed("", signature, public) is False


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"LEDGER_KEY": "secret-and-too-short"}, "LEDGER_KEY is not a key"),
        ({"LEDGER_KEY_BEFORE": "A" * 64}, "LEDGER_KEY_BEFORE is not a key"),
        ({"LEDGER_KEY": "", "ENTENTE_MODE": "production"}, "LEDGER_KEY is not set"),
    ],
)
def test_without_proper_keys_nothing_starts(changes: dict[str, str], words: str) -> None:
    env = {**os.environ, "SITE_URL": "https://entente.example", **changes}
    command = [sys.executable, "-c", "import config.settings"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith(f"django.core.exceptions.ImproperlyConfigured: {words}")
    assert "secret-and" not in last
