import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from coordination.ledger import signing
from coordination.ledger import verify_entente_ledger as script
from coordination.ledger.checkpoints import as_text, make_checkpoint, verify_checkpoints
from coordination.ledger.models import Checkpoint, Entry, SigningKey
from tests.factories import CheckpointFactory, EntryFactory, ProcessFactory

pytestmark = pytest.mark.django_db

A, B, C = ("a" * 64, "b" * 64, "c" * 64)
DAY = dt.timedelta(days=1)
NOON = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)


def signed(process: Any, day: int, settings: Any, key: str, before: str = "") -> Checkpoint:
    settings.LEDGER_KEY, settings.LEDGER_KEY_BEFORE = key, before
    checkpoint = make_checkpoint(process=process, now=NOON + day * DAY)
    assert checkpoint is not None
    return checkpoint


def read(*checkpoints: Checkpoint) -> list[dict[str, Any]]:
    return script.read_checkpoints("".join(as_text(one) for one in checkpoints), "mail")


def trusted(*checkpoints: Checkpoint, key: str = A) -> bool:
    return script.check_keys(read(*checkpoints), [signing.public_key(key)]) == []


def test_a_checkpoint_says_how_long_the_chain_is_and_where_it_ends(settings: Any) -> None:
    entry = EntryFactory(process__slug="valley")
    checkpoint = signed(entry.process, 0, settings, A)
    assert json.loads(checkpoint.statement) == {
        "format": "entente-checkpoint-1",
        "process": "valley",
        "process_id": entry.process_id,
        "number": 1,
        "at": "2026-05-01T12:00:00+00:00",
        "count": 1,
        "head": entry.hash,
        "key": SigningKey.objects.get().key_id,
        "public_key": signing.public_key(A),
    }
    assert list(verify_checkpoints(entry.process)) == []


def test_nothing_is_signed_where_nothing_was_recorded() -> None:
    assert make_checkpoint(process=ProcessFactory()) is None


def test_a_day_of_the_process_has_one_checkpoint() -> None:
    process = EntryFactory(process__time_zone="Europe/Sarajevo").process
    times = [NOON, NOON + dt.timedelta(hours=9), NOON + dt.timedelta(hours=11)]
    made = [make_checkpoint(process=process, now=now) for now in times]
    assert [one and one.number for one in made] == [1, None, 2]  # 14:00, 23:00 and 01:00 there


def test_a_change_of_key_is_announced_by_the_former_one(settings: Any) -> None:
    process = EntryFactory().process
    first = signed(process, 0, settings, A)
    change = signed(process, 1, settings, B, before=A)
    after = signed(process, 2, settings, B, before=A)
    assert [one.key.public_key for one in (first, change, after)] == [
        signing.public_key(key) for key in (A, A, B)
    ]
    assert json.loads(change.statement)["next_key"] == signing.public_key(B)
    assert list(verify_checkpoints(process)) == []
    assert trusted(first, change, after)
    assert trusted(first, after) is False  # the one that announces it is missing
    again = signed(process, 3, settings, C, before=B)
    assert trusted(first, change, after, again, signed(process, 4, settings, C))


def test_a_key_that_was_replaced_signs_no_more(settings: Any) -> None:
    process = EntryFactory().process
    rows = [signed(process, 0, settings, A), signed(process, 1, settings, B, before=A)]
    rows.append(signed(process, 2, settings, A, before=B))  # back to the former key, announced
    assert trusted(*rows) is True
    assert trusted(*rows[:2], Checkpoint(**forge(rows[2], A))) is False


def forge(checkpoint: Checkpoint, secret: str, **changes: Any) -> dict[str, str]:
    """As somebody with the database and a key would change a checkpoint."""
    public = signing.public_key(secret)
    said = {
        key: value for key, value in json.loads(checkpoint.statement).items() if "_key" not in key
    }
    said |= {"public_key": public, "key": signing.key_id(public), **changes}
    statement = signing.canonical(said)
    return {"statement": statement, "signature": signing.sign(statement, secret)}


def test_a_key_after_one_that_was_lost_follows_nobody(settings: Any) -> None:
    process = EntryFactory().process
    first = signed(process, 0, settings, A)
    after = signed(process, 1, settings, B)
    assert json.loads(after.statement)["lost_key"] == first.key.key_id
    assert list(verify_checkpoints(process)) == []  # the site says it openly
    assert trusted(first, after) is False
    both = [signing.public_key(key) for key in (A, B)]
    assert script.check_keys(read(first, after), both) == []


def test_two_checkpoints_of_one_number_are_told_apart(settings: Any) -> None:
    first = signed(EntryFactory().process, 0, settings, A)
    other = Checkpoint(**forge(first, A, at="2026-05-01T13:00:00+00:00"))
    assert script.check_order(read(first, first)) == []
    assert len(script.check_order(read(first, other))) == 1


@pytest.mark.parametrize("field", ["signature", "statement", "head", "count", "at", "number"])
def test_a_changed_checkpoint_is_found_by_the_site(field: str) -> None:
    checkpoint = CheckpointFactory()
    other = {
        "signature": "0" * 128,
        "statement": checkpoint.statement.replace("1", "2", 1),
        "head": "0" * 64,
        "count": 2,
        "at": NOON,
        "number": 2,
    }
    Checkpoint.objects.update(**{field: other[field]})
    assert list(verify_checkpoints(checkpoint.process)) != []


def test_a_chain_that_was_rewritten_up_to_its_head_is_found_by_its_checkpoints(
    capsys: Any,
) -> None:
    checkpoint = CheckpointFactory()
    call_command("verify_ledger")
    assert "it fits 1 checkpoints" in capsys.readouterr().out
    Entry._base_manager.update(hash="0" * 64)
    with pytest.raises(CommandError):
        call_command("verify_ledger")
    assert f"names another hash for entry {checkpoint.count}" in capsys.readouterr().err


def test_an_export_by_command_shows_what_the_named_person_may_read(
    process: Any, alice: Any, outsider: Any, capsys: Any, tmp_path: Path
) -> None:
    EntryFactory(process=process)
    call_command("export_ledger", "valley", "--for", alice.email, "--output", tmp_path / "one")
    call_command("export_ledger", "valley", "--output", tmp_path / "two")
    shown = [(tmp_path / name).read_bytes().count(b'"content":') for name in ("one", "two")]
    assert shown == [2, 0]
    assert [script.main([str(tmp_path / name)]) for name in ("one", "two")] == [0, 0]
    assert Entry.objects.filter(verb="ledger.exported").count() == 2
    nobody = (["valley", "--for", who] for who in ("nobody@people.example", outsider.email))
    for wrong in (["nowhere"], *nobody):
        with pytest.raises(CommandError):
            call_command("export_ledger", *wrong)
    with pytest.raises(CommandError):
        call_command("export_ledger", "valley", "--output", tmp_path / "one")
    assert Entry.objects.filter(verb="ledger.exported").count() == 2


def test_a_new_key_is_printed_as_a_line_for_the_environment(capsys: Any) -> None:
    call_command("new_ledger_key")
    out, err = capsys.readouterr()
    name, _equals, secret = out.strip().partition("=")
    assert (name, len(secret)) == ("LEDGER_KEY", 64)
    assert signing.public_key(secret) in err and secret not in err
