"""What a program may do that carries somebody's token."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.actions import close_account, revoke
from accounts.models import ApiToken, User
from coordination.commitments.models import Commitment, Obligation
from tests import factories

TEXT = "entente_the-token"


def token(user: User, scope: str = "read", text: str = TEXT, **more: Any) -> ApiToken:
    return factories.ApiTokenFactory(user=user, text=text, scope=scope, **more)


def ask(method: str, path: str, text: str = TEXT, **data: Any) -> Any:
    """The answer to a program, which has no cookies and knows no CSRF."""
    client = Client(enforce_csrf_checks=True, headers={"authorization": f"Bearer {text}"})
    more: dict[str, Any] = {"data": data, "content_type": "application/json"} if data else {}
    return getattr(client, method)(path, **more)


def test_it_reads_what_its_owner_reads(alice: User, commitment: Commitment) -> None:
    token(alice)
    response = ask("get", "/api/commitments/")
    assert [row["id"] for row in response.json()["results"]] == [commitment.pk]
    assert response.headers["Cache-Control"] == "private, no-cache"


def test_who_left_the_process_has_a_token_that_finds_nothing(
    alice: User, commitment: Commitment
) -> None:
    token(alice, "keep")
    where = f"/api/commitments/{commitment.pk}/"
    assert ask("get", where).status_code == 200
    alice.memberships.update(ended_at=timezone.now())
    assert (ask("get", where).status_code, ask("get", "/api/commitments/999999/").status_code) == (
        404,
        404,
    )


@pytest.mark.parametrize(("scope", "status"), [("read", 403), ("report", 201), ("keep", 201)])
def test_its_scope_says_whether_it_reports(
    scope: str, status: int, alice: User, obligation: Obligation
) -> None:
    token(alice, scope)
    where = f"/api/obligations/{obligation.pk}/check-ins/"
    assert ask("post", where, level=2).status_code == status
    assert ask("get", where).status_code == 200


@pytest.mark.parametrize(("scope", "status"), [("read", 403), ("report", 403), ("keep", 201)])
def test_what_is_more_than_reporting_takes_the_widest_scope(
    scope: str, status: int, alice: User, commitment: Commitment, obligation: Obligation
) -> None:
    token(alice, scope)
    where = f"/api/commitments/{commitment.pk}/flags/"
    response = ask("post", where, kind="at_risk", reason="Rain", obligation=obligation.pk)
    assert response.status_code == status


def test_measuring_is_reporting(alice: User, obligation: Obligation) -> None:
    bound = factories.BoundFactory(commitment=obligation.commitment, obligation=obligation)
    said = {"bound": bound.pk, "side": "reported", "value": "3", "on": "2020-01-01"}
    token(alice, "read", "entente_reads")
    token(alice, "report")
    answers = [ask("post", "/api/measurements/", text, **said) for text in ("entente_reads", TEXT)]
    assert [answer.status_code for answer in answers] == [403, 201], answers[1].content


def test_a_scope_that_is_too_small_says_so_as_the_api_does(alice: User, obligation: Any) -> None:
    token(alice)
    response = ask("post", f"/api/obligations/{obligation.pk}/check-ins/", level=1)
    assert response.headers["Content-Type"] == "application/json"
    assert response.json() == {"detail": "The token's scope does not reach this far."}


def test_all_that_is_no_good_gets_one_answer(alice: User, coordinator: User, bob: User) -> None:
    token(alice, text="entente_old", expires_at=timezone.now() - dt.timedelta(seconds=1))
    revoke(actor=alice, token=token(alice, text="entente_revoked"))
    token(bob, text="entente_closed")
    close_account(actor=coordinator, person=bob)
    token(factories.UserFactory(is_active=False), text="entente_shut")
    texts = ("old", "revoked", "closed", "shut", "unknown")
    answers = [ask("get", "/api/commitments/", f"entente_{name}") for name in texts]
    answers += [ask("get", "/api/commitments/", text) for text in ("", "two words", "ä")]
    seen = {
        (answer.status_code, answer.content, answer.headers["WWW-Authenticate"])
        for answer in answers
    }
    assert seen == {
        (401, b'{"detail":"The token is not valid, or not any more."}', "Bearer"),
    }


def test_reading_writes_only_when_it_was_used_and_once_an_hour(
    alice: User, commitment: Commitment
) -> None:
    one = token(alice)

    def written() -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            assert ask("get", f"/api/commitments/{commitment.pk}/").status_code == 200
        return [query["sql"] for query in queries if not query["sql"].startswith("SELECT")]

    first = written()
    assert (len(first), "last_used_at" in first[0]) == (1, True)
    assert written() == []
    ApiToken.objects.filter(pk=one.pk).update(
        last_used_at=timezone.now() - dt.timedelta(minutes=61)
    )
    assert len(written()) == 1
    one.refresh_from_db()
    assert one.last_used_at is not None
    assert timezone.now() - one.last_used_at < dt.timedelta(minutes=1)


def test_a_token_opens_the_api_and_no_page(alice: User, process: Any) -> None:
    token(alice, "keep")
    for page in ("/", f"/p/{process.slug}/", "/account/tokens/", "/admin/"):
        assert ask("get", page).status_code == 302


def test_the_document_names_both_ways_to_sign_in(client: Client, alice: User) -> None:
    client.force_login(alice)
    document = client.get("/api/schema/").json()
    schemes = document["components"]["securitySchemes"]
    assert (schemes["token"]["type"], schemes["token"]["scheme"]) == ("http", "bearer")
    assert schemes["cookieAuth"]["in"] == "cookie"
    ways = document["paths"]["/api/commitments/"]["get"]["security"]
    assert ways == [{"token": []}, {"cookieAuth": []}]
