"""What the tests about seats have in common: refusals, what pages say, and what forms send."""

import datetime as dt
import re
import uuid
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from coordination.base.errors import Refused
from coordination.bodies.actions import succession
from coordination.bodies.models import Nomination, Seat
from coordination.ledger.models import Entry

DAY = dt.timedelta(days=1)
VACANCIES = "/p/valley/vacancies/"


def refusal(call: Any, **given: Any) -> tuple[str, str | None]:
    with pytest.raises(Refused) as caught:
        call(**given)
    return caught.value.message, caught.value.field


def says(day: dt.date) -> str:
    return f"{day.day} {day:%b %Y}"


def verbs() -> list[str]:
    return list(Entry.objects.order_by("sequence").values_list("verb", flat=True))


def proposed(seat: Seat, alice: User, **fields: Any) -> Nomination:
    given = {
        "name": "Ana Kos",
        "email": "Ana@People.example ",
        "starts_on": seat.body.process.today(),
        "function": "Deputy minister",
    }
    return succession.nominate(seat=seat, actor=alice, origin="web", **given | fields)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page_of(seat: Seat) -> str:
    return f"/p/valley/seats/{seat.pk}/"


def sent(verb: str, **fields: Any) -> dict[str, str]:
    """What the page's form of that name sends."""
    given = {"submission": uuid.uuid4()} | fields
    return {"what": verb} | {f"{verb}-{name}": str(value) for name, value in given.items()}


def main(html: str) -> str:
    """What the page says, without its marks: one space between words."""
    text = re.sub(r"<[^>]+>", " ", html.split("<main", 1)[1].split("</main>")[0])
    return re.sub(r"\s+", " ", text)


def read(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return main(response.content.decode())


def offered(response: Any) -> list[str]:
    return [offer.form.verb for offer in response.context["offers"]]


def first(response: Any) -> list[str]:
    return [offer.form.verb for offer in response.context["offers"] if offer.is_first]


def opened(client: Client, seat: Seat, verb: str, **fields: Any) -> dict[str, str]:
    """What that form sends as the page shows it to somebody now, with what they type."""
    offers = client.get(page_of(seat)).context["offers"]
    (form,) = [offer.form for offer in offers if offer.form.verb == verb]
    hidden = {field.name: field.value() for field in form.hidden_fields()}
    return sent(verb, **hidden | fields)


def listed(response: Any) -> list[tuple[Any, dt.date, dt.date | None]]:
    """The rows of the history: a term, or None where nobody held the seat, and its days."""
    return [(span.term, span.starts_on, span.ends_on) for span in response.context["spans"]]
