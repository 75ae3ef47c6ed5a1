"""Who gets in, who does not, and where one comes out."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User

from .signing import PASSWORD, is_in, person, sign_in, signed_in

pytestmark = pytest.mark.django_db

NOT_RIGHT = "Not signed in. The e-mail or the password is not right."


@pytest.fixture
def mila() -> User:
    return person()


def said(client: Client, email: str, password: str) -> str:
    """The page that comes back, without what is new in every page and what was typed."""
    answer = sign_in(client, email, password)
    assert answer.status_code == 200
    page = answer.content.decode().replace(email, "…")
    return page.replace(client.cookies["csrftoken"].value, "…")


def without_token(page: str) -> list[str]:
    return [line for line in page.splitlines() if "csrfmiddlewaretoken" not in line]


def test_one_signs_in_by_address_in_any_case(client: Client, mila: User) -> None:
    answer = sign_in(client, " Mila@People.example ")
    assert (answer.headers["Location"], is_in(client)) == ("/", True)


def test_one_signs_out_by_a_button_and_not_by_a_link(mila: User) -> None:
    client = signed_in(mila)
    assert (client.get("/sign-out/").status_code, is_in(client)) == (200, True)
    client.post("/sign-out/")
    assert is_in(client) is False


def test_a_wrong_password_an_unknown_address_and_a_closed_account_sound_alike(
    client: Client, mila: User
) -> None:
    person(email="closed@people.example", is_active=False)
    pages = [
        without_token(said(client, email, "wrong"))
        for email in (mila.email, "nobody@people.example", "closed@people.example")
    ]
    assert NOT_RIGHT in "".join(pages[0])
    assert pages[0] == pages[1] == pages[2]


def test_who_knows_the_password_of_a_closed_account_is_told_that_it_is(client: Client) -> None:
    person(is_active=False)
    answer = sign_in(client, "mila@people.example")
    assert (answer.headers["Location"], is_in(client)) == (reverse("account_inactive"), False)
    assert "This account is closed" in client.get(answer.headers["Location"]).content.decode()


def test_what_is_missing_is_said_beside_its_field(client: Client) -> None:
    page = sign_in(client, "mila@people.example", "").content.decode()
    assert 'id="id_password_error"' in page
    assert 'value="mila@people.example"' in page


def test_one_comes_out_where_one_wanted_to_go(client: Client, mila: User) -> None:
    page = client.get("/", follow=True)
    assert page.redirect_chain == [("/sign-in/?next=/", 302)]
    answer = sign_in(client, mila.email, next="/account/sessions/")
    assert answer.headers["Location"] == "/account/sessions/"


@pytest.mark.parametrize(
    "elsewhere",
    [
        *("https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example"),
        *("javascript:alert(1)", "http:///elsewhere.example", "https:elsewhere.example"),
    ],
)
def test_nobody_is_sent_to_another_site(client: Client, mila: User, elsewhere: str) -> None:
    assert sign_in(client, mila.email, next=elsewhere).headers["Location"] == "/"
    answer = client.get("/sign-in/", {"next": elsewhere})
    assert answer.headers["Location"] == "/"
    assert client.post("/sign-out/", {"next": elsewhere}).headers["Location"] == "/sign-in/"


def test_the_admins_sign_in_is_the_products_and_keeps_the_way(client: Client) -> None:
    staff = person(is_staff=True, is_superuser=True)
    answer = client.get("/admin/accounts/user/", follow=True)
    assert answer.redirect_chain[-1][0] == "/sign-in/?next=/admin/accounts/user/"
    assert client.get("/admin/login/").headers["Location"] == "/sign-in/?next=/admin/"
    assert client.post("/admin/login/", {"username": staff.email, "password": PASSWORD}).url == (  # type: ignore[attr-defined]
        "/sign-in/?next=/admin/"
    )
    answer = sign_in(client, staff.email, next="/admin/accounts/user/")
    assert client.get(answer.headers["Location"]).status_code == 200


def test_the_entrances_are_open_and_the_account_is_not(client: Client) -> None:
    opens = ("sign-in/", "sign-in/by-invitation/", "sign-in/closed/", "sign-in/forgotten/")
    opens += ("sign-in/forgotten/sent/", "sign-in/sso/cancelled/")
    assert [client.get(f"/{path}").status_code for path in opens] == [200] * len(opens)
    closed = ("password/", "second-step/", "second-step/app/", "second-step/codes/", "sessions/")
    for path in closed:
        answer = client.get(f"/account/{path}")
        assert answer.headers["Location"] == f"/sign-in/?next=/account/{path}"


def test_nobody_signs_up(client: Client) -> None:
    page = client.get("/sign-in/by-invitation/").content.decode()
    assert "Accounts are opened by invitation." in page
    sent = {"email": "new@people.example", "password1": PASSWORD}
    assert client.post("/sign-in/by-invitation/", sent).status_code == 405
    assert User.objects.count() == 0


def test_a_passkey_that_nobody_has_opens_nothing(client: Client) -> None:
    options = client.post("/sign-in/passkey/", {"begin": "1"}).json()
    assert options["publicKey"]["userVerification"] == "required"
    for credential in ("", "null", "[]", "{}", "x", '{"id": "AA", "response": {}}', '"x"', "7"):
        answer = client.post("/sign-in/passkey/", {"credential": credential})
        assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in/")
    assert is_in(client) is False
