import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from coordination.ledger.models import Entry, LedgerIsAppendOnly
from tests.factories import EntryFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry() -> Entry:
    return EntryFactory(summary="As it was recorded")


@pytest.mark.parametrize(
    "change",
    [
        lambda entry: entry.save(),
        lambda entry: entry.save(update_fields=["summary"]),
        lambda entry: entry.delete(),
        lambda entry: Entry.objects.update(summary="Otherwise"),
        lambda entry: Entry.objects.filter(pk=entry.pk).delete(),
        lambda entry: Entry.objects.bulk_update([entry], ["summary"]),
        lambda entry: Entry.objects.update_or_create(
            pk=entry.pk, defaults={"summary": "Otherwise"}
        ),
        lambda entry: entry.process.ledger_entries.all().delete(),
        lambda entry: entry.process.ledger_entries.update(summary="Otherwise"),
    ],
)
def test_an_entry_is_neither_changed_nor_deleted(entry: Entry, change) -> None:
    entry.summary = "Otherwise"
    with pytest.raises(LedgerIsAppendOnly), transaction.atomic():
        change(entry)
    assert Entry.objects.get().summary == "As it was recorded"


def test_an_entry_built_with_the_key_of_another_does_not_replace_it(entry: Entry) -> None:
    copy = Entry(**{f.attname: getattr(entry, f.attname) for f in Entry._meta.concrete_fields})
    copy.summary = "Otherwise"
    with pytest.raises(IntegrityError), transaction.atomic():
        copy.save()
    assert Entry.objects.get().summary == "As it was recorded"


def test_two_entries_never_have_the_same_place(entry: Entry) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Entry(process=entry.process, sequence=entry.sequence, at=entry.at, object_id=1).save()


def test_a_process_and_a_person_in_the_ledger_are_not_deleted(entry: Entry) -> None:
    with pytest.raises(ProtectedError):
        entry.process.delete()
    with pytest.raises(ProtectedError):
        entry.actor.delete()


def test_the_record_of_one_thing_is_newest_first(entry: Entry) -> None:
    newer = EntryFactory(process=entry.process)
    EntryFactory()
    assert list(Entry.objects.about(entry.process)) == [newer, entry]
