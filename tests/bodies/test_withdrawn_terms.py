"""Terms that were entered by mistake, and those that are entered late."""

import datetime as dt
import functools
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from coordination.bodies.actions import seats as actions
from coordination.bodies.models import Seat, Term
from coordination.bodies.vacancies import holding
from coordination.ledger.actions import verify
from coordination.ledger.models import Entry
from coordination.processes.models import Party, Process
from tests import factories
from tests.bodies.seating import (
    DAY,
    listed,
    main,
    page_of,
    read,
    refusal,
    says,
    sent,
    signed_in,
)

pytestmark = pytest.mark.django_db


def test_a_term_entered_by_mistake_never_held_and_the_ledger_says_why(
    process: Process, seat: Seat, ana: User, today: dt.date, by: Any
) -> None:
    term = factories.TermFactory(seat=seat, holder=ana, starts_on=today - 9 * DAY)
    withdraw = functools.partial(actions.withdraw_term, term=term, **by)
    assert refusal(withdraw, reason="  ") == ("Say why: the reason stays in the ledger.", "reason")
    withdraw(reason=" Ana sits in the other commission. ")
    assert holding(seat).term is None
    assert Term.every.get(pk=term.pk).withdrawn_at is not None
    entry = Entry.objects.latest("sequence")
    assert (entry.verb, entry.after["reason"]) == (
        "term.withdrawn",
        "Ana sits in the other commission.",
    )
    assert entry.summary == (
        f"Withdrew the term of Ana in JMC 30006: Member from {says(today - 9 * DAY)}: "
        "Ana sits in the other commission."
    )
    assert list(verify(process)) == []
    assert refusal(withdraw, reason="Again")[0] == "The term of Ana is withdrawn already."


def test_a_wrong_start_is_withdrawn_and_entered_again_on_the_page(
    seat: Seat, alice: User, ana: User, bob: User, today: dt.date
) -> None:
    wrong = factories.TermFactory(
        seat=seat, holder=ana, starts_on=today - 90 * DAY, ends_on=today - 20 * DAY
    )
    now = factories.TermFactory(seat=seat, holder=alice, starts_on=today - 10 * DAY)
    client, path = signed_in(bob), page_of(seat)
    form = sent("withdraw-term", term=wrong.pk)
    response = client.post(path, form)
    html = response.content.decode()
    assert response.status_code == 422
    assert "Say why: the reason stays in the ledger." in html
    assert [span.offer.is_shown for span in response.context["spans"] if span.offer] == [
        False,
        True,
    ]
    page = client.post(path, form | {"withdraw-term-reason": "It began in May."}, follow=True)
    assert "The term is withdrawn: it never held." in main(page.content.decode())
    again = sent("fill", holder=ana.pk, starts_on=today - 60 * DAY, ends_on=today - 20 * DAY)
    assert client.post(path, again).status_code == 302
    right = Term.objects.get(seat=seat, holder=ana)
    response = client.get(path)
    assert listed(response) == [
        (now, now.starts_on, None),
        (None, today - 19 * DAY, today - 11 * DAY),
        (right, right.starts_on, right.ends_on),
        (wrong, wrong.starts_on, wrong.ends_on),
    ]
    assert "<s>Ana</s>" in response.content.decode()
    words = f"Ana withdrawn: never held. It began in May. Bob, {says(today)}"
    assert words.replace(" ", "") in read(client, path).replace(" ", "")
    assert [bool(span.offer) for span in response.context["spans"]] == [True, False, True, False]


def test_only_who_keeps_the_body_is_offered_to_withdraw_a_term_and_of_this_seat_alone(
    seat: Seat, ana: User, alice: User, carol: User, bob: User, today: dt.date
) -> None:
    term = factories.TermFactory(seat=seat, holder=ana, starts_on=today)
    other = factories.TermFactory(seat__body=seat.body, holder=ana, starts_on=today)
    for user in (alice, carol):
        client = signed_in(user)
        assert "Entered by mistake" not in read(client, page_of(seat))
        assert (
            client.post(page_of(seat), sent("withdraw-term", term=term.pk, reason="x")).status_code
            == 403
        )
    client = signed_in(bob)
    response = client.post(page_of(seat), sent("withdraw-term", term=other.pk, reason="x"))
    assert response.status_code == 422
    assert Term.objects.filter(pk__in=[term.pk, other.pk]).count() == 2
    assert "Entered by mistake" not in read(client, page_of(seat) + f"?as_of={today - DAY}")


def test_who_left_the_process_is_entered_for_a_term_that_is_over_and_for_no_other(
    seat: Seat, ana: User, alice: User, bob: User, outsider: User, today: dt.date, by: Any
) -> None:
    ana.memberships.update(ended_at=timezone.now())
    client, path = signed_in(bob), page_of(seat)
    late = {"holder": ana.pk, "starts_on": today - 20 * DAY, "alternate": alice.pk}
    response = client.post(path, sent("fill", ends_on=today, **late))
    assert response.status_code == 422
    assert "Ana is not a member of the process: add them first." in response.content.decode()
    assert client.post(path, sent("fill", ends_on=today - DAY, **late)).status_code == 302
    assert seat.terms.get().holder == ana
    past = {"starts_on": today - 40 * DAY, "ends_on": today - 30 * DAY}
    assert refusal(actions.seat_person, seat=seat, holder=outsider, **past, **by) == (
        "Oscar was never a member of the process: add them first.",
        "holder",
    )


def test_who_acted_for_another_party_was_not_in_the_seat_either(
    seat: Seat, dave: User, other_party: Party, party: Party, today: dt.date, by: Any
) -> None:
    past = {"starts_on": today - 40 * DAY, "ends_on": today - 30 * DAY}
    take = functools.partial(actions.seat_person, seat=seat, holder=dave, **past, **by)
    assert refusal(take) == ("Dave acts for Bellonia, and the seat is for Avaria.", "holder")
    factories.AffiliationFactory(
        party=other_party,
        other=party,
        kind="acts_for",
        started_on=today - 50 * DAY,
        ended_on=today - 35 * DAY,
    )
    assert take().holder == dave


def test_the_history_of_a_past_day_lists_no_term_that_began_later(
    seat: Seat, ana: User, alice: User, carol: User, today: dt.date
) -> None:
    old = factories.TermFactory(
        seat=seat, holder=ana, starts_on=today - 90 * DAY, ends_on=today - 60 * DAY
    )
    new = factories.TermFactory(
        seat=seat, holder=alice, starts_on=today - 10 * DAY, ends_on=today + 5 * DAY
    )
    later = factories.TermFactory(seat=seat, holder=ana, starts_on=today + 6 * DAY)
    client = signed_in(carol)

    def terms(day: dt.date) -> list[Term | None]:
        return [row[0] for row in listed(client.get(page_of(seat) + f"?as_of={day}"))]

    assert terms(today) == [later, new, None, old]
    assert terms(today - DAY) == [new, None, old]
    assert terms(today - 11 * DAY) == [old]
    assert terms(today - 91 * DAY) == []


def test_the_days_of_nominations_are_those_of_the_process(
    process: Process, seat: Seat, alice: User, bob: User
) -> None:
    process.time_zone = "Pacific/Kiritimati"
    process.save()
    late = dt.datetime(2026, 3, 1, 23, tzinfo=dt.UTC)
    factories.NominationFactory(
        seat=seat,
        state="declined",
        proposed_by=alice,
        proposed_at=late,
        settled_by=bob,
        settled_at=late + DAY,
    )
    page = read(signed_in(alice), page_of(seat))
    assert "2 Mar 2026 Alice" in page
    assert "Bob, 3 Mar 2026" in page.replace("Bob , ", "Bob, ")


# --- What a seat becomes under a term -----------------------------------------------------------


def test_a_seat_is_not_changed_under_a_term_that_could_not_be_then(
    seat: Seat,
    alice: User,
    dave: User,
    carol: User,
    party: Party,
    other_party: Party,
    today: dt.date,
) -> None:
    factories.TermFactory(
        seat=seat, holder=dave, starts_on=today - 90 * DAY, ends_on=today - 60 * DAY
    )
    refuse = functools.partial(refusal, actions.refuse_for_terms, seat=seat)
    passes = functools.partial(actions.refuse_for_terms, seat)
    passes(other_party, today - 70 * DAY, today - 65 * DAY)  # what is over stays as it was
    term = factories.TermFactory(
        seat=seat, holder=carol, alternate=alice, starts_on=today - DAY, ends_on=today + 9 * DAY
    )
    assert refuse(party=other_party, started_on=None, ended_on=None) == (
        "Alice acts for Avaria, and the seat is for Bellonia.",
        "party",
    )
    assert refuse(party=party, started_on=today, ended_on=None) == (
        f"Carol holds the seat from {says(today - DAY)} on: let it start on that day or before.",
        "started_on",
    )
    assert refuse(party=party, started_on=None, ended_on=today + 9 * DAY) == (
        "Carol holds the seat then: end that term first, or choose a later day.",
        "ended_on",
    )
    passes(party, today - DAY, today + 10 * DAY)
    passes(None, None, None)
    Term.objects.filter(pk=term.pk).update(alternate=None)
    passes(other_party, None, None)
    alice.memberships.update(ended_at=timezone.now())
    Term.objects.filter(pk=term.pk).update(alternate=alice)
    passes(other_party, None, None)  # who left acts for nobody any more
