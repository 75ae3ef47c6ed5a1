"""What somebody typed and did not send: kept, brought back, forgotten, and nobody else's."""

import json
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.test import Client
from django.utils import timezone

from accounts import throttle
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
        (f"/p/valley/series/1/{'9' * 250}/", TYPED),
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
    count = throttle.Count("waiting form, network", "127.0.0.1", 100)
    factories.AttemptsFactory(key=count.key, count=99)
    others = str(coordinator.pk + 1)
    answers = [client.post(ADD, sent(coordinator, writer=one)) for one in ("1", others, "1")]
    assert [one.status_code for one in answers] == [302, 429, 429]
    assert "Dalmantia</textarea>" in answers[1].content.decode()


def test_whom_a_form_names_uses_up_nothing_of_theirs(
    client: Client, coordinator: User, process: Process
) -> None:
    for _ in range(21):
        client.post(ADD, sent(coordinator), REMOTE_ADDR="192.0.2.1")
    assert client.post(ADD, sent(coordinator), REMOTE_ADDR="192.0.2.2").status_code == 302


NO_TEXT = "a\x00b\ud800c"


def test_what_the_database_takes_in_no_text_is_left_out(
    client: Client, coordinator: User, process: Process
) -> None:
    client.post(ADD, sent(coordinator, name=NO_TEXT.replace("\ud800", ""), **{"pass\0word": "p"}))
    assert "\\u0000" not in json.dumps(client.session[WAITING])
    client.force_login(coordinator)
    assert client.get(ADD).status_code == 200
    fields = dict(FormDraft.objects.get().fields)
    assert (fields["name"], "password" in fields) == ("abc", False)
    assert typing(client, ADD + "\x00", [["na\ud800me", NO_TEXT]])[0] == 200
    draft = FormDraft.objects.get()
    assert (draft.page, draft.fields) == (ADD, [["name", "abc"]])


@pytest.mark.parametrize(
    "waiting",
    [{}, {"at": "now"}, {"at": 0.0}, {"page": ADD, "fields": 3}, {"page": None, "fields": []}],
)
def test_what_waits_and_cannot_be_kept_breaks_no_page(
    keeper: Client, coordinator: User, process: Process, waiting: dict[str, object]
) -> None:
    session = keeper.session
    at = timezone.now().timestamp()
    session[WAITING] = ({"at": at, "writer": str(coordinator.pk)} | waiting) if waiting else {}
    session.save()
    assert keeper.get(ADD).status_code == 200
    assert (WAITING in keeper.session, FormDraft.objects.count()) == (False, 0)


def test_what_waits_takes_the_place_of_what_is_older_and_never_of_what_is_newer(
    client: Client, coordinator: User, process: Process
) -> None:
    for name, minutes in (("Newer", 1), ("Dalmantia", -1)):
        at = timezone.now() + timedelta(minutes=minutes)
        FormDraft.objects.all().delete()
        factories.FormDraftFactory(
            owner=coordinator, page=ADD, fields=[["name", "Newer"]], saved_at=at
        )
        client.logout()
        client.post(ADD, sent(coordinator))
        client.force_login(coordinator)
        client.get(ADD)
        assert dict(FormDraft.objects.get().fields)["name"] == name


def test_each_form_of_a_page_has_its_draft_and_sending_one_leaves_the_others(
    keeper: Client, coordinator: User, process: Process
) -> None:
    party = factories.PartyFactory(process=process)
    page = f"/p/valley/parties/{party.pk}/edit/"
    typing(keeper, page, [["what", "facts"], ["facts-name", "Half an hour of typing"]])
    typing(keeper, page, [["what", "tie"], ["tie-source", "Annex 4"]])
    facts, tie = FormDraft.objects.order_by("page")
    assert (facts.page, tie.page) == (f"{page}#facts", f"{page}#tie")
    shown = keeper.get(page).content.decode()
    for draft in (facts, tie):
        assert shown.count(f'form="draft-on-{draft.pk}"') == 1
        assert shown.count(f'<form id="draft-on-{draft.pk}" method="post" action="{page}">') == 1
    on = keeper.post(page, {"go-on": facts.pk})
    assert (on.status_code, "Half an hour of typing" in on.content.decode()) == (422, True)
    done = {"what": "facts", "facts-code": "DDD", "facts-name": "Dalmantia"}
    done |= {"facts-kind": party.kind, "facts-part": party.part, "writer": str(coordinator.pk)}
    done["facts-seen"] = on.context["facts"]["seen"].initial
    assert keeper.post(page, done).status_code == 302
    assert FormDraft.objects.get() == tie


def test_a_long_address_is_kept_without_its_query(keeper: Client, process: Process) -> None:
    long = f"{ADD}?find={'x' * 300}"
    assert typing(keeper, long, TYPED)[0] == 200
    draft = FormDraft.objects.get()
    assert draft.page == ADD
    page = keeper.get(long).content.decode()
    assert f'id="draft-on-{draft.pk}" method="post" action="{long}"' in page
    assert keeper.post(long, {"go-on": draft.pk}).status_code == 422


def test_an_address_in_another_script_is_a_page(keeper: Client, process: Process) -> None:
    body = factories.BodyFactory(process=process, code="KÖ")
    assert typing(keeper, quote(f"/p/valley/bodies/{body.code}/"), TYPED)[0] == 200


def test_a_form_that_is_sent_elsewhere_belongs_to_the_page_that_shows_it(
    client: Client, coordinator: User
) -> None:
    term = factories.TermFactory(holder=coordinator)
    body = term.seat.body
    factories.MembershipFactory(process=body.process, user=coordinator)
    review = factories.ReviewFactory(body=body, starts_at=timezone.now() + timedelta(days=3))
    page = f"/p/{body.process.slug}/reviews/{review.pk}/"
    typed = {"reply-answer": "sings", "reply-words": "With two advisers", "what": "reply"}
    typed |= {"writer": str(coordinator.pk), "shown_on": page}
    answer = client.post(page + "reply/", typed)
    assert answer.headers["Location"] == f"/sign-in/?next={page}"
    client.force_login(coordinator)
    shown = client.get(page).content.decode()
    draft = FormDraft.objects.get()
    assert draft.page == f"{page}#reply"
    assert f'id="draft-on-{draft.pk}" method="post" action="{page}reply/"' in shown
    assert shown.count(f'name="shown_on" value="{page}"') == 2
    on = client.post(page + "reply/", {"go-on": draft.pk, "shown_on": page})
    assert (on.status_code, 'value="With two advisers"' in on.content.decode()) == (422, True)
    assert client.post(page + "reply/", typed | {"reply-answer": "comes"}).status_code == 302
    assert FormDraft.objects.count() == 0


def test_no_form_takes_one_to_a_page_of_another_site(client: Client, coordinator: User) -> None:
    for said in ("//elsewhere.example/", "https://elsewhere.example/", "/no/such/page/"):
        answer = client.post(ADD, sent(coordinator, shown_on=said))
        assert answer.headers["Location"] == f"/sign-in/?next={ADD}"
