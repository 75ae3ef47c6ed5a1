"""What somebody typed and did not send: kept, brought back, forgotten, and nobody else's."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from coordination.base.errors import Refused
from coordination.processes import drafts
from coordination.processes.draft_middleware import WAITING
from coordination.processes.models import FormDraft, Party, Process
from tests import factories

ADD = "/p/valley/add/party/"
TYPED = [("code", "DDD"), ("name", "Dalmantia"), ("part", "ally")]


@pytest.fixture
def keeper(client: Client, coordinator: User) -> Client:
    client.force_login(coordinator)
    return client


def sent(user: User, **more: str) -> dict[str, str]:
    return dict(TYPED) | {"kind": "state", "writer": str(user.pk)} | more


def typing(client: Client, page: str, fields: object) -> tuple[int, str]:
    answer = client.post("/drafts/", {"page": page, "fields": json.dumps(fields)})
    return answer.status_code, answer.json()["said"]


def test_what_is_typed_is_kept_and_brought_back_until_it_is_recorded(
    keeper: Client, coordinator: User, process: Process
) -> None:
    status, said = typing(keeper, ADD, TYPED)
    assert (status, said[:14]) == (200, "Draft kept at ")
    draft = FormDraft.objects.get()
    page = keeper.get(ADD).content.decode()
    assert "You began this" in page
    assert f'name="go-on" value="{draft.pk}"' in page
    shown = keeper.post(ADD, {"go-on": draft.pk})
    assert shown.status_code == 422
    assert 'value="Dalmantia"' in shown.content.decode()
    assert "This is what you typed" in shown.content.decode()
    assert "What is marked below" not in shown.content.decode()
    assert (Party.objects.count(), FormDraft.objects.count()) == (0, 1)
    assert keeper.post(ADD, sent(coordinator)).status_code == 302
    assert (Party.objects.get().name, FormDraft.objects.count()) == ("Dalmantia", 0)


def test_what_was_refused_stays_kept(keeper: Client, coordinator: User, process: Process) -> None:
    typing(keeper, ADD, TYPED)
    assert keeper.post(ADD, sent(coordinator, code="")).status_code == 422
    assert FormDraft.objects.count() == 1


def test_keys_tokens_and_passwords_are_not_kept(keeper: Client, process: Process) -> None:
    more = [("csrfmiddlewaretoken", "t"), ("facts-submission", "k"), ("oldpassword", "p")]
    typing(keeper, ADD, [*TYPED, *more])
    assert [tuple(pair) for pair in FormDraft.objects.get().fields] == TYPED


def test_a_draft_of_somebody_else_is_not_there(
    client: Client, alice: User, coordinator: User
) -> None:
    draft = factories.FormDraftFactory(owner=alice, page=ADD, fields=TYPED)
    client.force_login(coordinator)
    assert "You began this" not in client.get(ADD).content.decode()
    assert client.post(ADD, {"go-on": draft.pk}).status_code == 404
    assert client.post(f"/drafts/{draft.pk}/discard/").status_code == 404
    assert client.post(ADD, {"go-on": "nine"}).status_code == 400


def test_one_discards_a_draft_on_its_page_and_in_the_list(
    keeper: Client, coordinator: User, process: Process
) -> None:
    draft = factories.FormDraftFactory(owner=coordinator, page=ADD, fields=TYPED)
    assert ADD in keeper.get("/drafts/").content.decode()
    assert keeper.post(f"/drafts/{draft.pk}/discard/").headers["Location"] == ADD
    draft = factories.FormDraftFactory(owner=coordinator, page=ADD, fields=TYPED)
    answer = keeper.post(f"/drafts/{draft.pk}/discard/", {"list": "1"})
    assert answer.headers["Location"] == "/drafts/"
    assert "You have begun nothing" in keeper.get("/drafts/").content.decode()


@pytest.mark.parametrize(
    ("page", "fields"),
    [
        ("/no/such/page/", TYPED),
        ("https://elsewhere.example/", TYPED),
        ("//elsewhere.example/", TYPED),
        (ADD + "?" + "x" * 250, TYPED),
        (ADD, [["name", "x" * 70_000]]),
        (ADD, [["name", 3]]),
        (ADD, {"name": 3}),
        (ADD, 3),
    ],
)
def test_what_is_no_draft_is_refused(
    keeper: Client, process: Process, page: str, fields: object
) -> None:
    assert typing(keeper, page, fields)[0] == 422
    assert FormDraft.objects.count() == 0


def test_of_more_than_a_hundred_the_oldest_goes_and_after_thirty_days_all(
    coordinator: User,
) -> None:
    now = timezone.now()
    for n in range(drafts.MOST_A_PERSON):
        at = now - timedelta(minutes=n + 1)
        factories.FormDraftFactory(owner=coordinator, page=f"/drafts/?{n}", saved_at=at)
    drafts.keep(owner=coordinator, page=ADD, fields=TYPED)
    assert FormDraft.objects.count() == drafts.MOST_A_PERSON
    assert not FormDraft.objects.filter(page="/drafts/?99").exists()
    FormDraft.objects.filter(page=ADD).update(saved_at=now - timedelta(days=31))
    assert drafts.forget_old() == 1
    with pytest.raises(Refused):
        drafts.keep(owner=coordinator, page="drafts/", fields=TYPED)


def test_a_form_that_was_sent_signed_out_is_there_after_signing_in(
    client: Client, coordinator: User, process: Process
) -> None:
    coordinator.set_password("a long enough phrase")
    coordinator.save()
    answer = client.post(ADD, sent(coordinator))
    assert answer.headers["Location"] == f"/sign-in/?next={ADD}"
    page = client.get(answer.headers["Location"]).content.decode()
    assert "What you typed is kept: sign in here" in page
    client.post(
        answer.headers["Location"],
        {"login": coordinator.email, "password": "a long enough phrase"},
    )
    assert "You began this" in client.get(ADD).content.decode()
    shown = client.post(ADD, {"go-on": FormDraft.objects.get().pk})
    assert 'value="Dalmantia"' in shown.content.decode()
    assert not Party.objects.exists()


def test_nobody_but_its_writer_gets_what_was_sent_signed_out(
    client: Client, coordinator: User, alice: User
) -> None:
    client.post(ADD, sent(alice))
    client.force_login(coordinator)
    client.get(ADD)
    assert FormDraft.objects.count() == 0
    assert WAITING not in client.session


def test_a_network_that_sends_far_too_many_such_forms_is_told_so_with_what_was_typed(
    client: Client, coordinator: User, process: Process
) -> None:
    answers = [client.post(ADD, sent(coordinator)).status_code for _ in range(21)]
    assert answers == [302] * 20 + [429]
