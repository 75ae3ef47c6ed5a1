"""Forms about a term that somebody else changed since the page was opened."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from coordination.bodies.actions import seats as actions
from coordination.bodies.models import Seat, Term
from coordination.ledger.models import Entry
from tests import factories
from tests.bodies.seating import DAY, first, main, opened, page_of, says, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def term(seat: Seat, ana: User, today: dt.date) -> Term:
    return factories.TermFactory(seat=seat, holder=ana, starts_on=today - 50 * DAY)


def typed(client: Client, seat: Seat, alice: User, today: dt.date) -> dict[str, dict[str, str]]:
    """Each form about the term, as somebody filled it in."""
    given: dict[str, dict[str, Any]] = {
        "end": {"ends_on": today + 40 * DAY, "handover": "Ask the clerk."},
        "alternate": {"alternate": alice.pk},
        "hand-over": {"to": alice.pk, "on": today + 30 * DAY, "handover": "Ask the clerk."},
    }
    return {verb: opened(client, seat, verb, **fields) for verb, fields in given.items()}


@pytest.mark.parametrize("verb", ["end", "alternate", "hand-over"])
def test_a_form_about_a_term_that_another_followed_changes_nothing_and_keeps_what_was_typed(
    seat: Seat,
    term: Term,
    ana: User,
    alice: User,
    bob: User,
    coordinator: User,
    today: dt.date,
    verb: str,
) -> None:
    """Bob opens the page; the coordinator hands the seat over; then Bob sends his form."""
    slow, quick = signed_in(bob), signed_in(coordinator)
    form = typed(slow, seat, alice, today)[verb]
    quickly = opened(quick, seat, "hand-over", to=alice.pk, on=today)
    assert quick.post(page_of(seat), quickly).status_code == 302
    entries, terms = Entry.objects.count(), list(Term.objects.order_by("pk").values())
    response = slow.post(page_of(seat), form)
    assert (response.status_code, first(response)) == (422, [verb])
    assert (
        f"Alice holds the seat now, since {says(today)}, and the form was about another term: "
        "read the page again, then send it again." in main(response.content.decode())
    )
    shown = response.context["offers"][0].form
    for name, value in form.items():
        if name not in ("what", f"{verb}-term", f"{verb}-seen"):
            assert str(shown[name.removeprefix(f"{verb}-")].value()) == value
    assert list(Term.objects.order_by("pk").values()) == terms
    assert Entry.objects.count() == entries


@pytest.mark.parametrize("verb", ["end", "alternate", "hand-over"])
@pytest.mark.parametrize("change", ["end", "alternate", "next"])
def test_a_form_about_a_term_that_was_changed_is_refused_once_and_then_saved(
    seat: Seat,
    term: Term,
    ana: User,
    alice: User,
    bob: User,
    carol: User,
    coordinator: User,
    today: dt.date,
    verb: str,
    change: str,
) -> None:
    if change == "next":
        Term.objects.update(ends_on=today + 59 * DAY)
    slow = signed_in(bob)
    form = typed(slow, seat, alice, today)[verb]
    by: dict[str, Any] = {"actor": coordinator, "origin": "web"}
    if change == "end":
        actions.end_term(term=term, ends_on=today + 50 * DAY, handover="Nothing is open.", **by)
    elif change == "alternate":
        actions.name_alternate(term=term, alternate=carol, **by)
    else:
        actions.seat_person(seat=seat, holder=carol, starts_on=today + 60 * DAY, **by)
    before = list(Term.objects.order_by("pk").values())
    response = slow.post(page_of(seat), form)
    assert response.status_code == 422
    assert (
        "Somebody changed the term of Ana meanwhile, and the page shows it as it is now: "
        "read it again, then send the form again." in main(response.content.decode())
    )
    assert list(Term.objects.order_by("pk").values()) == before
    shown = response.context["offers"][0].form
    again = {f"{verb}-{field.name}": str(field.value() or "") for field in shown} | {"what": verb}
    if (verb, change) == ("hand-over", "next"):
        again["hand-over-ends_on"] = str(today + 59 * DAY)
    assert slow.post(page_of(seat), again).status_code == 302


def test_a_term_that_is_named_without_a_form_is_the_one_meant(
    seat: Seat, term: Term, today: dt.date, by: Any
) -> None:
    assert actions.end_term(term=term, ends_on=today, **by).ends_on == today
