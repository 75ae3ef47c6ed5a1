import datetime as dt
import decimal
import uuid

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from coordination.ledger.actions import (
    GENESIS,
    Fault,
    append,
    content_hash,
    link_hash,
    snapshot,
    verify,
)
from coordination.ledger.models import Chain, Entry
from tests.factories import EntryFactory, PartyFactory, ProcessFactory, UserFactory
from tests.threads import at_once


@pytest.mark.django_db
def test_an_empty_chain_holds() -> None:
    assert list(verify(ProcessFactory())) == []


@pytest.mark.django_db
def test_entries_are_numbered_and_linked_from_the_start() -> None:
    process = ProcessFactory()
    first, second = (EntryFactory(process=process) for _ in range(2))
    assert [first.sequence, second.sequence] == [1, 2]
    assert [first.previous_hash, second.previous_hash] == [GENESIS, first.hash]
    chain = Chain.objects.get(process=process)
    assert (chain.count, chain.head) == (2, second.hash)
    assert list(verify(process)) == []


@pytest.mark.django_db
def test_each_process_has_its_own_chain() -> None:
    one, other = EntryFactory(), EntryFactory()
    assert [one.sequence, other.sequence] == [1, 1]
    assert [list(verify(entry.process)) for entry in (one, other)] == [[], []]


@pytest.mark.django_db
def test_only_what_differs_is_kept() -> None:
    entry = EntryFactory(
        before={"name": "Old", "kind": "state", "gone": 1},
        after={"name": "New", "kind": "state", "added": None},
    )
    entry.refresh_from_db()
    assert (entry.before, entry.after) == ({"gone": 1, "name": "Old"}, {"name": "New"})


@pytest.mark.django_db
def test_what_the_schedule_does_is_signed_by_the_product() -> None:
    entry = EntryFactory(actor=None)
    assert (entry.actor, entry.actor_name) == (None, "Entente")


@pytest.mark.django_db
def test_a_person_known_by_a_long_address_alone_can_act() -> None:
    address = f"{'a' * 60}@{'b' * 60}.{'c' * 60}.example"
    EntryFactory(actor=UserFactory(name="", email=address))
    assert Entry.objects.get().actor_name == address[:160]


@pytest.mark.django_db
def test_a_change_that_fails_leaves_no_entry() -> None:
    process = ProcessFactory()
    EntryFactory(process=process)
    with pytest.raises(RuntimeError), transaction.atomic():
        EntryFactory(process=process)
        raise RuntimeError
    assert Entry.objects.count() == 1
    assert EntryFactory(process=process).sequence == 2
    assert list(verify(process)) == []


@pytest.mark.django_db
def test_what_an_entry_says_comes_back_from_the_database_as_it_was_recorded() -> None:
    state = {
        "day": dt.date(2026, 2, 28),
        "moment": dt.datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=dt.UTC),
        "clock": dt.time(7, 0),
        "span": dt.timedelta(hours=72),
        "amount": decimal.Decimal("1.50"),
        "key": uuid.UUID(int=7),
        "party": PartyFactory(code="BIH", name="Bosna i Hercegovina"),
        "nested": {"b": [1, 2.5, True, None], "a": "“Široki Brijeg” \n\t\\ ✓ مرحبا 𝄞"},
        "empty": "",
    }
    recorded = EntryFactory(before={}, after=state)
    entry = Entry.objects.get()
    assert entry.after == recorded.after
    assert content_hash(entry) == recorded.content_hash
    assert list(verify(entry.process)) == []


@pytest.mark.django_db
def test_a_snapshot_names_the_row_as_it_is_stored() -> None:
    party = PartyFactory(code="HRV")
    assert snapshot(party, "code", "process_id") == {
        "code": "HRV",
        "process_id": party.process_id,
    }
    assert set(snapshot(party)) == {field.attname for field in party._meta.concrete_fields}


# Neither PostgreSQL nor a form takes NUL, nor halves of surrogate pairs.
text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)


class WhateverIsRecorded(TestCase):
    @hypothesis_settings(max_examples=40)
    @given(st.dictionaries(text, plain, max_size=4), text)
    def test_a_chain_of_anything_holds(self, state: dict, summary: str) -> None:
        process = ProcessFactory()
        for _ in range(2):
            EntryFactory(process=process, after=state, summary=summary)
        assert list(verify(process)) == []


# --- Tampering --------------------------------------------------------------------------------


@pytest.fixture
def entries(db: None) -> list[Entry]:
    process = ProcessFactory()
    return [EntryFactory(process=process, after={"n": n}) for n in range(5)]


def rewrite(entry: Entry, **fields: object) -> None:
    """As somebody would who has the database and not the product."""
    assert Entry._base_manager.filter(pk=entry.pk).update(**fields) == 1


def remove(*entries: Entry) -> None:
    rows = Entry._base_manager.filter(pk__in=[entry.pk for entry in entries])
    assert rows._raw_delete(rows.db) == len(entries)


def places(entries: list[Entry]) -> list[int]:
    """The places at which the chain does not hold."""
    return sorted({fault.sequence for fault in verify(entries[0].process)})


OTHERWISE = {
    "at": dt.datetime(2020, 1, 1, tzinfo=dt.UTC),
    "actor": None,
    "actor_name": "Somebody else",
    "verb": "process.closed",
    "object_type": "party",
    "object_id": 4711,
    "object_label": "Another thing",
    "summary": "Noted nothing",
    "before": {"n": 7},
    "after": {"n": 7},
    "origin": "api",
    "salt": "0" * 64,
    "content_hash": "0" * 64,
}


def test_every_field_of_an_entry_is_tried() -> None:
    in_the_chain = {"id", "process", "sequence", "previous_hash", "hash"}
    assert {field.name for field in Entry._meta.concrete_fields} - in_the_chain == set(OTHERWISE)


@pytest.mark.parametrize("field", OTHERWISE)
def test_a_changed_field_is_found_where_it_is(entries: list[Entry], field: str) -> None:
    rewrite(entries[2], **{field: OTHERWISE[field]})
    assert places(entries) == [3]


def test_a_changed_hash_is_found_there_and_at_the_next_one(entries: list[Entry]) -> None:
    rewrite(entries[2], hash="0" * 64)
    assert places(entries) == [3, 4]


def test_a_changed_link_is_found(entries: list[Entry]) -> None:
    rewrite(entries[2], previous_hash=entries[0].hash)
    assert places(entries) == [3]


def test_a_forged_entry_with_hashes_that_fit_it_is_found_at_the_next_one(
    entries: list[Entry],
) -> None:
    forge(entries[2])
    assert places(entries) == [4]


def test_the_last_entry_forged_with_hashes_that_fit_it_is_found(entries: list[Entry]) -> None:
    forge(entries[-1])
    assert places(entries) == [6]


def forge(entry: Entry) -> None:
    from_now = Entry.objects.get(pk=entry.pk)
    from_now.summary = "Noted nothing"
    from_now.content_hash = content_hash(from_now)
    rewrite(
        entry,
        summary=from_now.summary,
        content_hash=from_now.content_hash,
        hash=link_hash(from_now),
    )


@pytest.mark.parametrize(("gone", "found"), [(0, 1), (2, 3), (3, 4)])
def test_a_deleted_entry_is_found(entries: list[Entry], gone: int, found: int) -> None:
    remove(entries[gone])
    assert places(entries)[0] == found
    assert Fault(found, f"entry {found} is missing") in list(verify(entries[0].process))


def test_entries_cut_off_at_the_end_are_found(entries: list[Entry]) -> None:
    remove(*entries[3:])
    assert places(entries) == [4]


def test_a_chain_of_which_everything_was_deleted_does_not_hold(entries: list[Entry]) -> None:
    remove(*entries)
    assert places(entries) == [1]


def test_entries_without_their_chain_do_not_hold(entries: list[Entry]) -> None:
    Chain.objects.all().delete()
    assert places(entries) == [6]


def test_entries_that_changed_places_are_found(entries: list[Entry]) -> None:
    rewrite(entries[1], sequence=99)
    rewrite(entries[2], sequence=2)
    rewrite(entries[1], sequence=3)
    assert places(entries) == [2, 3, 4]


def test_an_entry_that_was_slipped_in_is_found(entries: list[Entry]) -> None:
    last = entries[-1]
    Entry.objects.create(
        **{
            **{f.attname: getattr(last, f.attname) for f in Entry._meta.concrete_fields},
            "id": None,
            "sequence": 6,
            "previous_hash": last.hash,
        }
    )
    assert places(entries) == [6, 7]


def test_an_entry_moved_to_another_process_is_found_in_both(entries: list[Entry]) -> None:
    other = EntryFactory()
    rewrite(entries[-1], process=other.process, sequence=2)
    assert [places(entries), places([other])] == [[5], [2, 3]]


# --- Several at once --------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_those_who_append_at_the_same_moment_make_one_chain_without_gaps() -> None:
    process, actor = ProcessFactory(), UserFactory()

    def several() -> None:
        for n in range(5):
            append(
                process=process,
                actor=actor,
                verb="process.noted",
                thing=process,
                summary=str(n),
                origin="web",
            )

    assert at_once(*[several] * 4) == [None] * 4
    sequence = Entry.objects.order_by("sequence").values_list("sequence", flat=True)
    assert list(sequence) == list(range(1, 21))
    assert list(verify(process)) == []
