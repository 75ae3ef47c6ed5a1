"""An empty installation: who opens the first process, and what it begins with."""

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from coordination.commitments.models import Commitment
from coordination.insights.first_steps import first_steps
from coordination.ledger.models import Entry
from coordination.processes.models import Membership, Process
from tests import factories

NEW, LOAD = "/processes/new/", "/processes/load/"
TYPED = {
    "name": "The Valley Accords",
    "short_name": "Valley",
    "slug": "valley",
    "time_zone": "Europe/Sarajevo",
    "weekend": ["5", "6"],
    "zero_on": "1996-01-20",
    "zero_name": "Transfer of authority",
}
FILE = b"""format: entente-process/1
process: {slug: valley, name: The Valley Accords, short_name: Valley, time_zone: UTC}
parties: []
"""


@pytest.fixture
def first(client: Client, db: None) -> User:
    person = factories.UserFactory(is_staff=True, is_superuser=True)
    client.force_login(person)
    return person


def test_staff_open_a_process_and_coordinate_it(client: Client, first: User) -> None:
    assert client.get(NEW).status_code == 200
    answer = client.post(NEW, TYPED)
    assert answer.headers["Location"] == "/p/valley/"
    process = Process.objects.get()
    assert (process.weekend, process.time_zone) == ([5, 6], "Europe/Sarajevo")
    assert process.day_name(dt.date(1996, 1, 21)) == "D+1"
    assert Membership.objects.get().is_coordinator
    verbs = Entry.objects.order_by("sequence").values_list("verb", "actor", "origin")
    assert list(verbs) == [
        (verb, first.pk, "web")
        for verb in ("process.opened", "member.added", "anchor.entered", "anchor.actual")
    ]
    steps = first_steps(process)
    assert [(step.is_done, step.is_next) for step in steps] == [(False, True)] + 7 * [
        (False, False)
    ]
    assert {client.get(step.url).status_code for step in steps} == {200}
    client.post("/p/valley/add/party/", {"code": "A", "name": "A", "kind": "state", "part": "ally"})
    assert [step.words for step in first_steps(process) if step.is_next] == ["Enter the bodies"]
    assert "1 of 8 done" in client.get("/p/valley/").content.decode()


def test_a_process_that_runs_needs_no_first_steps(
    process: Process, commitment: Commitment, bob: User, django_assert_num_queries: Any
) -> None:
    factories.ReviewSeriesFactory(body=commitment.lead_body)
    factories.AgreementFactory(process=process)
    with django_assert_num_queries(1):
        assert first_steps(process) == []


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"slug": "taken"}, "slug", "Another process has this address"),
        ({"slug": "Valley"}, "slug", "Write it in small letters."),
        ({"slug": "a b"}, "slug", ""),
        ({"time_zone": "Europe/Nowhere"}, "time_zone", ""),
        ({"zero_name": ""}, "zero_name", "Say what happens on that day."),
        ({"weekend": [str(n) for n in range(1, 8)]}, "weekend", "At least one day"),
        ({"name": ""}, "name", "Fill this in."),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_opened(
    client: Client, first: User, changed: dict[str, str], field: str, words: str
) -> None:
    factories.ProcessFactory(slug="taken")
    answer = client.post(NEW, TYPED | changed)
    assert (answer.status_code, Process.objects.count()) == (422, 1)
    assert list(answer.context["form"].errors) == [field]
    assert words in answer.content.decode()


def test_the_same_form_twice_opens_one_process(client: Client, first: User) -> None:
    typed = TYPED | {"submission": "5d1f1bfe-3d47-4b9c-9e0b-8a3f54a6ef00"}
    assert [client.post(NEW, typed).status_code for _ in range(2)] == [302, 302]
    assert Process.objects.count() == 1


def test_who_is_no_staff_opens_none(client: Client, outsider: User) -> None:
    client.force_login(outsider)
    assert [client.get(page).status_code for page in (NEW, LOAD)] == [403, 403]


def test_a_process_file_is_loaded_or_everything_wrong_in_it_is_listed(
    client: Client, first: User
) -> None:
    wrong = FILE.replace(b"time_zone: UTC", b"time_zone: Nowhere, colour: red")
    answer = client.post(LOAD, {"file": SimpleUploadedFile("valley.yaml", wrong)})
    page = answer.content.decode()
    assert (answer.status_code, Process.objects.count()) == (422, 0)
    assert page.count("<li><bdi>valley.yaml, line 2") == 2
    assert "there are 2 things to put right" in page
    answer = client.post(LOAD, {"file": SimpleUploadedFile("valley.yaml", FILE)})
    assert answer.status_code == 302, answer.context["problems"] or answer.context["form"].errors
    assert answer.headers["Location"] == "/p/valley/"
    assert Membership.objects.get().user == first
    again = client.post(LOAD, {"file": SimpleUploadedFile("valley.yaml", FILE)})
    assert again.headers["Location"] == "/"
    large = SimpleUploadedFile("large.yaml", b"x" * 600_000)
    answer = client.post(LOAD, {"file": large})
    assert "have it loaded on the server" in answer.content.decode()
