import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from coordination.commitments.models import Verification
from coordination.insights import minutes
from coordination.ledger import verify_entente_ledger as script
from coordination.ledger.actions import News, append, append_all
from coordination.ledger.models import Entry
from coordination.processes.models import Process
from tests.factories import CheckpointFactory, EntryFactory, PartyFactory, VerificationFactory

HIDDEN = "Wryneck was here"


@pytest.fixture
def reader(client: Client, alice: Any) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def hidden(process: Process, obligation: Any, coordinator: Any) -> Entry:
    """An entry about a finding that is not released, between two that all members read."""
    EntryFactory(process=process, actor=coordinator, summary="Before it")
    finding = VerificationFactory(obligation=obligation, released_at=None)
    assert isinstance(finding, Verification)
    entry = append(
        process=process,
        actor=coordinator,
        verb="verification.hushed",
        thing=finding,
        summary=HIDDEN,
        origin="web",
        before={"found": ""},
        after={"found": HIDDEN},
    )
    EntryFactory(process=process, actor=coordinator, summary="After it")
    return entry


def where(name: str, process: Process, *args: object, **asked: str) -> str:
    return reverse(name, args=[process.slug, *args], query=asked)


def page(reader: Client, process: Process, **asked: str) -> str:
    return reader.get(where("ledger", process, **asked)).content.decode()


def test_it_reads_like_minutes(reader: Client, process: Process, coordinator: Any) -> None:
    party, other = PartyFactory(process=process, code="OLD"), PartyFactory(process=process)
    append(
        process=process,
        actor=coordinator,
        verb="party.changed",
        thing=other,
        summary="Changed the party",
        origin="admin",
        before={"signatory": False, "kind": "state", "left_on": None, "odd_id": party.pk},
        after={"signatory": True, "kind": "ngo", "left_on": "2026-02-14", "odd_id": 9},
    )
    text = page(reader, process)
    assert f'href="{where("party", process, other.pk)}"' in text
    for words in (
        "Changed the party",
        "Cora",
        "Signatory</span> <del><bdi>no</bdi></del>",
        "<ins><bdi>yes</bdi></ins>",
        "<del><bdi>state</bdi></del>",
        "non-governmental organisation",
        "Left</span> <ins><bdi>14 Feb 2026</bdi></ins>",
        "Odd</span>",
    ):
        assert words in text


def test_a_hidden_entry_is_a_number_and_a_hash(
    reader: Client, process: Process, hidden: Entry
) -> None:
    text = page(reader, process)
    assert "Restricted entry" in text and hidden.hash[:12] in text
    assert HIDDEN not in text and "hushed" not in text
    assert reader.get(where("ledger-entry", process, hidden.sequence)).status_code == 404
    for asked in ({"verb": "verification.hushed"}, {"object_type": "verification"}):
        assert "The ledger has none of these" in page(reader, process, **asked)
    found = page(reader, process, verb="process.noted")
    assert "After it" in found and "Restricted entry" not in found


def test_who_may_read_the_finding_reads_the_entry(
    client: Client, process: Process, hidden: Entry, carol: Any
) -> None:
    client.force_login(carol)
    assert HIDDEN in page(client, process)
    assert HIDDEN in client.get(where("ledger-entry", process, hidden.sequence)).content.decode()


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, {"One", "Two", "Three"}),
        ({"actor": "0"}, {"Three"}),
        ({"object_type": "party"}, {"Two"}),
        ({"verb": "process.noted"}, {"One"}),
        ({"since": "2026-01-01"}, {"One", "Two", "Three"}),
        ({"until": "2026-01-01"}, set()),
        ({"verb": "process.noted", "object_type": "party"}, set()),
    ],
)
def test_it_is_filtered(
    reader: Client, process: Process, party: Any, asked: dict[str, str], found: set[str]
) -> None:
    EntryFactory(process=process, summary="One")
    EntryFactory(process=process, summary="Two", verb="party.noted", thing=party)
    EntryFactory(process=process, summary="Three", verb="process.swept", actor=None)
    text = page(reader, process, **asked)
    assert {word for word in ("One", "Two", "Three") if f"<bdi>{word}</bdi>" in text} == found


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"since": "tomorrow"}, "Write a day as in 1996-02-14."),
        ({"since": "2026-02-02", "until": "2026-02-01"}, "This day is before the first one."),
        ({"actor": "nobody"}, "The ledger has none of these: choose again."),
    ],
)
def test_what_is_not_understood_is_said_beside_the_field(
    reader: Client, process: Process, asked: dict[str, str], words: str
) -> None:
    EntryFactory(process=process, summary="One")
    text = page(reader, process, **asked)
    assert words in text and "<bdi>One</bdi>" not in text


def test_pages_follow_each_other_by_key_at_the_same_cost(
    reader: Client, process: Process, party: Any
) -> None:
    def many() -> None:
        news = [
            News("party.noted", party, f"Number {n:03}", {"name": "Old"}, {"name": "New"})
            for n in range(minutes.PAGE)
        ]
        append_all(process=process, actor=None, origin="web", news=news)

    def cost(**asked: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            text = page(reader, process, **asked)
        assert len(text.encode()) < 50_000
        return len(captured)

    append_all(
        process=process,
        actor=None,
        origin="web",
        news=[News("party.noted", party, "First", {"name": "Old"}, {"name": "New"})],
    )
    cost()
    few = cost()
    many()
    many()
    total = Entry.objects.filter(process=process).count()
    assert f"before={total - minutes.PAGE + 1}" in page(reader, process)
    assert [cost(), cost(before=str(minutes.PAGE + 5))] == [few, few]
    assert reader.get(where("ledger", process, before="x")).status_code == 404


def test_an_entry_shows_the_line_that_proves_it(reader: Client, process: Process) -> None:
    entry = EntryFactory(process=process, before={"n": 1}, after={"n": 2})
    response = reader.get(where("ledger-entry", process, entry.sequence))
    line = response.context["proof"].encode()
    assert script.read_entry(line, process.pk, "it")["hash"] == entry.hash


def test_the_export_shows_what_its_reader_may_read_and_is_recorded(
    reader: Client, process: Process, hidden: Entry, alice: Any, carol: Any, tmp_path: Any
) -> None:
    shown = {}
    for user in (alice, carol):
        reader.force_login(user)
        response = reader.post(where("ledger-export", process))
        data = response.getvalue()
        (tmp_path / "ledger").write_bytes(data)
        assert script.main([str(tmp_path / "ledger")]) == 0
        shown[user.name] = HIDDEN in data.decode()
        last = Entry.objects.filter(process=process).first()
        name = f"{process.slug}-ledger-{last.sequence if last else 0}.jsonl"
        assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'
        assert last is not None and (last.verb, last.actor) == ("ledger.exported", user)
    assert shown == {"Alice": False, "Carol": True}


def test_checkpoints_are_listed_and_downloaded(reader: Client, process: Process) -> None:
    first, second = CheckpointFactory(process=process), CheckpointFactory(process=process)
    text = reader.get(where("checkpoints", process)).content.decode()
    assert text.index(where("checkpoint", process, 2)) < text.index(where("checkpoint", process, 1))
    response = reader.get(where("checkpoint", process, 1))
    (read,) = script.read_checkpoints(response.content.decode(), "it")
    assert (read["number"], read["head"]) == (1, first.head)
    assert first.head[:16] in text and second.key.key_id in text
    assert f"verify_entente_ledger.py {process.slug}-ledger-N.jsonl checkpoint.txt" in text


def test_the_script_is_downloaded_as_it_is(reader: Client, process: Process) -> None:
    response = reader.get(where("ledger-script", process))
    assert response.getvalue().startswith(b"#!/usr/bin/env python3")


def test_the_api_lists_what_one_may_read_and_filters_it(
    reader: Client, process: Process, hidden: Entry
) -> None:
    def found(**asked: str) -> list[str]:
        response = reader.get(reverse("api:ledger-entry-list", query=asked))
        assert response.status_code == 200
        return [row["summary"] for row in response.json()["results"]]

    today = dt.datetime.now(dt.UTC).date().isoformat()
    asked = {"process": process.slug, "verb": "process.noted", "since": today, "until": today}
    assert found(**asked) == ["Before it", "After it"]
    assert HIDDEN not in found(page_size="200")
    assert found(verb="verification.hushed") == []
    assert reader.get(reverse("api:ledger-entry-detail", args=[hidden.pk])).status_code == 404
    assert reader.get(reverse("api:ledger-entry-list", query={"salt": "1"})).status_code == 400
