"""The pages of what went wrong: the right code, in the same hand, with what to do next."""

from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client, RequestFactory, override_settings

from accounts.models import User
from coordination.base.forms import GOING_ON
from coordination.processes.models import FormDraft, Party, Process
from coordination.processes.wrong import server_error

ADD = "/p/valley/add/party/"
OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def strict() -> Client:
    """A browser of which the token of a form is asked, as of all but those of other tests."""
    return Client(enforce_csrf_checks=True, raise_request_exception=False)


def is_small_and_whole(page: str) -> bool:
    whole = "entente.css" in page and page.count("<h1>") == 1 and 'id="main"' in page
    return whole and len(page) < 10_000


@pytest.mark.parametrize(
    ("path", "status", "words", "signed_in"),
    [
        ("/p/valley/%00", 400, "This request is not understood", True),
        ("/p/valley/%00", 400, "This request is not understood", False),
        ("/p/valley/add/party/", 403, "Who the coordinators are", True),
        ("/no/such/page/", 404, "To my desk", True),
        ("/no/such/page/", 404, "To the sign-in", False),
    ],
)
def test_a_page_that_went_wrong_is_small_and_says_what_to_do(
    client: Client, alice: User, path: str, status: int, words: str, signed_in: bool
) -> None:
    if signed_in:
        client.force_login(alice)
    answer = client.get(path)
    page = answer.content.decode()
    assert (answer.status_code, words in page, is_small_and_whole(page)) == (status, True, True)


def test_an_address_that_only_takes_a_form_is_a_page_to_a_browser(
    client: Client, coordinator: User, process: Process
) -> None:
    client.force_login(coordinator)
    answer = client.get("/desk/seen/")
    page = answer.content.decode()
    assert (answer.status_code, answer.headers["Allow"], is_small_and_whole(page)) == (
        405,
        "POST",
        True,
    )
    assert "This address shows nothing itself" in page
    assert client.post("/api/v1/processes/").headers["Content-Type"] == "application/json"


def test_programs_are_told_in_json(client: Client, db: None) -> None:
    for path, status in (("/api/v1/%00", 400), ("/api/nowhere/at/all/", 401)):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/json")


def test_more_than_a_form_takes_is_413(client: Client, coordinator: User) -> None:
    client.force_login(coordinator)
    for sent in (
        {"name": "x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)},
        {f"name-{n}": "" for n in range(1100)},
    ):
        answer = client.post(ADD, "&".join(f"{k}={v}" for k, v in sent.items()),
                             content_type="application/x-www-form-urlencoded")  # fmt: skip
        page = answer.content.decode()
        assert (answer.status_code, is_small_and_whole(page)) == (413, True)
        assert "2.0 MB of words" in page.replace("\xa0", " ")


def test_a_form_whose_token_is_too_old_is_gone_on_with(
    strict: Client, coordinator: User, process: Process
) -> None:
    strict.force_login(coordinator)
    typed = {"code": "DDD", "name": "Dalmantia", "writer": str(coordinator.pk)}
    answer = strict.post(ADD, typed, headers=OURS)
    assert (answer.status_code, Party.objects.count()) == (403, 0)
    draft = FormDraft.objects.get()
    page = answer.content.decode()
    assert f'name="{GOING_ON}" value="{draft.pk}"' in page
    assert is_small_and_whole(page)
    token = page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    again = strict.post(ADD, {GOING_ON: draft.pk, "csrfmiddlewaretoken": token}, headers=OURS)
    assert (again.status_code, 'value="Dalmantia"' in again.content.decode()) == (422, True)


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {}, {"Origin": "null"}])
def test_what_another_site_may_have_sent_is_shown_and_kept_nowhere(
    strict: Client, coordinator: User, process: Process, headers: dict[str, str]
) -> None:
    strict.force_login(coordinator)
    typed = {"name": "<b>Dalmantia", "writer": str(coordinator.pk), "password": "secret"}
    answer = strict.post(ADD, typed, headers=headers)
    page = answer.content.decode()
    assert (answer.status_code, FormDraft.objects.count()) == (403, 0)
    assert "&lt;b&gt;Dalmantia</textarea>" in page
    assert "secret" not in page
    assert "did not come from a page of Entente" in page


def test_no_form_without_a_writer_is_shown_again(strict: Client, db: None) -> None:
    answer = strict.post("/sign-in/", {"login": "a@b.example", "code": "hunter2"}, headers=OURS)
    assert (answer.status_code, "hunter2" in answer.content.decode()) == (403, False)


def test_while_it_is_worked_on_it_is_closed_and_says_until_when(
    client: Client, tmp_path: Path, db: None
) -> None:
    (tmp_path / "maintenance").write_text("Back at 15:00 UTC.\nNot for readers.")
    with override_settings(VAR_DIR=tmp_path):
        closed = Client()
        answer = closed.get("/")
        page = answer.content.decode()
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "300")
        assert "Content-Security-Policy" in answer.headers
        assert "<b>Back at 15:00 UTC.</b>" in page
        assert "Not for readers" not in page
        assert is_small_and_whole(page)
        sent = closed.post("/", {"writer": "1", "text": "long words"}).content.decode()
        assert "long words</textarea>" in sent
        assert closed.get("/api/v1/processes/").json() == {"detail": "Closed for maintenance."}
        assert closed.get("/health/live").status_code == 200
        (tmp_path / "maintenance").unlink()
        assert closed.get("/").status_code == 302
    with override_settings(MAINTENANCE=True):
        assert Client().get("/").status_code == 503


def test_a_fault_of_ours_is_told_without_the_database(rf: RequestFactory) -> None:
    page = server_error(rf.get("/"))
    assert (page.status_code, is_small_and_whole(page.content.decode())) == (500, True)
    answer = server_error(rf.get("/api/v1/bodies/"))
    assert (answer.status_code, answer.headers["Content-Type"]) == (500, "application/json")
