"""The page of a seat: what it says, and what one does on it."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from coordination.bodies.actions import succession
from coordination.bodies.models import Body, Seat, SuccessionRequest, Term
from coordination.outbox.models import Message
from coordination.processes.models import Process
from tests import factories
from tests.bodies.seating import (
    DAY,
    VACANCIES,
    first,
    listed,
    main,
    offered,
    opened,
    page_of,
    read,
    says,
    sent,
    signed_in,
)

pytestmark = pytest.mark.django_db


# --- Who may --------------------------------------------------------------------------------------


def test_to_an_outsider_no_seat_exists(
    seat: Seat, outsider: User, ana: User, coordinator: User
) -> None:
    elsewhere = factories.SeatFactory()
    client = signed_in(outsider)
    for path in (page_of(seat), VACANCIES, page_of(elsewhere)):
        assert client.get(path).status_code == 404
    assert client.post(page_of(seat), sent("ask")).status_code == 404
    for pk in (elsewhere.pk, 10**30):
        assert signed_in(coordinator).get(f"/p/valley/seats/{pk}/").status_code == 404


def test_a_member_reads_and_does_no_more_than_they_may(
    seat: Seat, alice: User, bob: User, carol: User, dave: User, today: dt.date
) -> None:
    keepers = ("ask", "fill", "hand-over", "alternate", "end", "withdraw-term", "accept", "decline")
    for user, verbs in ((carol, []), (dave, []), (alice, ["nominate"])):
        client = signed_in(user)
        assert offered(client.get(page_of(seat))) == verbs
        for verb in keepers:
            assert client.post(page_of(seat), sent(verb)).status_code == 403
    for verb in ("nominate", "withdraw", ""):
        assert signed_in(carol).post(page_of(seat), sent(verb)).status_code == 403
    assert signed_in(alice).post(page_of(seat), {}).status_code == 302
    assert offered(signed_in(bob).get(page_of(seat))) == ["ask", "nominate", "fill"]


def test_only_coordinators_see_what_became_of_the_mails(
    process: Process, seat: Seat, alice: User, bob: User, coordinator: User
) -> None:
    succession.ask_for_successor(actor=bob, seat=seat, words="By Friday.", origin="web")
    mail = Message.objects.get()
    for user in (alice, bob, coordinator):
        page = read(signed_in(user), page_of(seat))
        assert "Bob asked Avaria By Friday. It went to Alice" in page
        assert ("Waiting" in page) == (user == coordinator)
    html = signed_in(coordinator).get(page_of(seat)).content.decode()
    assert f"/p/valley/outbox/{mail.pk}/" in html


def test_the_address_of_who_is_proposed_is_for_those_whom_it_concerns(
    seat: Seat, alice: User, bob: User, carol: User, dave: User
) -> None:
    factories.NominationFactory(seat=seat, proposed_by=alice)
    for user, sees in ((alice, True), (bob, True), (carol, False), (dave, False)):
        page = read(signed_in(user), page_of(seat))
        assert "Mira Novak" in page
        assert ("m.novak@people.example" in page) == sees


# --- What the page says ---------------------------------------------------------------------------


def test_a_vacant_seat_says_since_when_who_held_it_and_how_it_was_asked_for(
    seat: Seat, ana: User, alice: User, coordinator: User, today: dt.date
) -> None:
    factories.TermFactory(
        seat=seat,
        holder=ana,
        starts_on=today - 30 * DAY,
        ends_on=today - 11 * DAY,
        handover="Two files are open.",
    )
    for days_ago in (9, 4):
        factories.SuccessionRequestFactory(
            seat=seat,
            party=seat.party,
            asked_at=timezone.now() - days_ago * DAY,
            asked_by=coordinator,
        ).asked.set([alice])
    client = signed_in(alice)
    page = read(client, page_of(seat))
    assert f"Vacant since {says(today - 10 * DAY)} Last held by Ana." in page
    asked = [says(today - 9 * DAY), says(today - 4 * DAY)]
    assert f"Asked the party to name a successor , {asked[0]} , {asked[1]}" in page
    assert "Two files are open." in page
    assert "Asked for a successor 2 times" in page
    earlier = read(client, page_of(seat) + f"?as_of={today - 20 * DAY}")
    assert f"Held by Ana , {says(today - 30 * DAY)} to {says(today - 11 * DAY)}" in earlier
    assert "Asked" not in earlier


@pytest.mark.parametrize(
    ("left", "words"),
    [(0, "ends today"), (1, "ends in 1 day "), (30, "ends in 30 days"), (31, None)],
)
def test_the_end_of_a_term_is_marked_a_month_before(
    seat: Seat, ana: User, alice: User, today: dt.date, left: int, words: str | None
) -> None:
    factories.TermFactory(seat=seat, holder=ana, ends_on=today + left * DAY)
    page = read(signed_in(alice), page_of(seat))
    assert words in page if words else "ends" not in page


def test_the_page_says_what_the_role_may_do_unless_the_seat_has_its_own_words(
    seat: Seat, alice: User
) -> None:
    client = signed_in(alice)
    assert "Nothing is recorded of what this role may do" in read(client, page_of(seat))
    factories.RoleTermsFactory(
        body=seat.body, role="member", authority="Votes.", scope="On roads.", source="Art. 4"
    )
    assert "Votes. On roads. As every member of JMC, Art. 4" in read(client, page_of(seat))
    seat.authority = "Only listens."
    seat.save()
    page = read(client, page_of(seat))
    assert ("Only listens." in page, "Votes." in page) == (True, False)


def test_the_page_names_the_other_seats_of_its_holder(
    process: Process, seat: Seat, verifying_body: Body, ana: User, alice: User, today: dt.date
) -> None:
    term = factories.TermFactory(seat=seat, holder=ana)
    factories.TermFactory(
        seat__body=verifying_body, seat__number=30003, holder=alice, alternate=ana
    )
    factories.TermFactory(seat__body=verifying_body, holder=ana, ends_on=today - DAY)
    factories.TermFactory(holder=ana)  # of another process
    page = signed_in(alice).get(page_of(seat))
    assert [str(one.seat) for one in page.context["others"]] == ["VM 30003: Member"]
    assert "Also sits in VM 30003, Member as alternate" in main(page.content.decode())
    assert page.context["held"].term == term


def test_a_time_without_a_holder_stands_in_the_history(
    seat: Seat, ana: User, alice: User, today: dt.date
) -> None:
    old = factories.TermFactory(seat=seat, holder=ana, ends_on=today - 20 * DAY)
    middle = factories.TermFactory(
        seat=seat, holder=alice, starts_on=today - 19 * DAY, ends_on=today - 10 * DAY
    )
    new = factories.TermFactory(seat=seat, holder=ana, starts_on=today - 5 * DAY)
    assert listed(signed_in(alice).get(page_of(seat))) == [
        (new, new.starts_on, None),
        (None, today - 9 * DAY, today - 6 * DAY),
        (middle, middle.starts_on, middle.ends_on),
        (old, old.starts_on, old.ends_on),
    ]


def test_another_day_is_read_and_nothing_is_offered_on_it(
    seat: Seat, bob: User, ana: User, today: dt.date
) -> None:
    nomination = factories.NominationFactory(
        seat=seat,
        state="declined",
        reason="Sits elsewhere.",
        proposed_at=timezone.now() - 9 * DAY,
        settled_at=timezone.now() - 2 * DAY,
        settled_by=bob,
    )
    client = signed_in(bob)
    states = []
    for days_ago in (10, 9, 2, 0):
        response = client.get(page_of(seat) + f"?as_of={today - days_ago * DAY}")
        states.append([row[:2] for row in response.context["nominations"]])
        assert bool(response.context.get("offers")) == (days_ago == 0)
    assert states == [
        [],
        [(nomination, "proposed")],
        [(nomination, "declined")],
        [(nomination, "declined")],
    ]
    seat.ended_on = today
    seat.save()
    assert f"Ended on {says(today)}" in read(client, page_of(seat))
    # A seat that is gone takes nobody any more; what is missing of its past can be entered.
    assert offered(client.get(page_of(seat))) == ["fill"]
    assert "Enter another term" in read(client, page_of(seat))


# --- What one does --------------------------------------------------------------------------------


def test_the_page_unfolds_the_one_form_that_the_seat_needs(
    seat: Seat, lead_body: Body, alice: User, bob: User, ana: User, today: dt.date
) -> None:
    keeper, delegate = signed_in(bob), signed_in(alice)
    path = page_of(seat)
    assert first(keeper.get(path)) == ["ask"]
    assert first(delegate.get(path)) == ["nominate"]
    html = keeper.get(path).content.decode()
    assert html.count('class="btn go"') == 1
    assert "A mail goes to Alice and Ana." in html
    request = succession.ask_for_successor(actor=bob, seat=seat, origin="web")
    assert "The party was asked today" in read(keeper, path)
    assert first(keeper.get(path)) == []
    SuccessionRequest.objects.update(asked_at=request.asked_at - DAY)
    assert first(keeper.get(path)) == ["ask"]
    nomination = factories.NominationFactory(seat=seat, proposed_by=alice)
    assert offered(keeper.get(path)) == ["accept", "decline", "fill", "withdraw"]
    assert (first(keeper.get(path)), first(delegate.get(path))) == (["accept"], [])
    assert offered(delegate.get(path)) == ["withdraw"]
    nomination.delete()
    term = factories.TermFactory(seat=seat, holder=ana)
    assert offered(keeper.get(path)) == ["nominate", "fill", "hand-over", "alternate", "end"]
    assert first(keeper.get(path)) == []
    term.ends_on = today + 10 * DAY
    term.save()
    assert first(keeper.get(path)) == ["ask"]
    by_function = factories.SeatFactory(body=lead_body, party=None)
    assert first(keeper.get(page_of(by_function))) == ["fill"]


def test_where_nobody_can_be_asked_the_page_says_what_to_do(
    seat: Seat, alice: User, bob: User
) -> None:
    alice.memberships.update(ended_at=timezone.now())
    page = read(signed_in(bob), page_of(seat))
    assert (
        "Nobody who acts for Avaria is a member of the process, so nobody can be asked: "
        "add a delegate of theirs, or seat somebody yourself." in page
    )


def test_a_seat_from_vacant_to_held_and_handed_over(
    seat: Seat, alice: User, ana: User, bob: User, coordinator: User, today: dt.date
) -> None:
    """Asked for, named, accepted, given an alternate, handed over, ended: by forms alone."""
    keeper, delegate, path = signed_in(bob), signed_in(alice), page_of(seat)

    def does(client: Client, verb: str, **fields: Any) -> str:
        form = opened(client, seat, verb, **fields)
        response = client.post(path, form, follow=True)
        assert response.redirect_chain == [(path, 302)]
        return main(response.content.decode())

    assert "Asked." in does(keeper, "ask", words="By Friday.")
    assert Message.objects.get(recipient=ana).kind == "succession"
    assert "Proposed." in does(
        delegate, "nominate", name="Ana", email="ana@people.example", starts_on=today
    )
    nomination = seat.nominations.get()
    assert "Accepted" in does(keeper, "accept", nomination=nomination.pk)
    assert "recorded" in does(keeper, "alternate", alternate=alice.pk)
    term = seat.terms.get()
    assert (term.holder, term.alternate) == (ana, alice)
    page = does(
        keeper,
        "hand-over",
        to=alice.pk,
        on=today + 5 * DAY,
        handover="Keys in the safe.",
        tenure="while in office",
    )
    assert f"Alice takes it on {says(today + 5 * DAY)}" in page
    assert "Keys in the safe." in page
    assert "recorded" in does(keeper, "end", ends_on=today + 3 * DAY)
    days = seat.terms.order_by("starts_on").values_list("holder", "starts_on", "ends_on")
    assert list(days) == [
        (ana.pk, today, today + 3 * DAY),
        (alice.pk, today + 5 * DAY, None),
    ]


def test_a_keeper_declines_and_the_party_withdraws(
    seat: Seat, alice: User, bob: User, today: dt.date
) -> None:
    for client, verb, fields in (
        (signed_in(bob), "decline", {"reason": "Sits in the court."}),
        (signed_in(alice), "withdraw", {}),
    ):
        nomination = factories.NominationFactory(seat=seat, proposed_by=alice)
        form = sent(verb, nomination=nomination.pk, **fields)
        assert client.post(page_of(seat), form).status_code == 302
    states = seat.nominations.order_by("pk").values_list("state", "reason")
    assert list(states) == [("declined", "Sits in the court."), ("withdrawn", "")]


def test_what_was_typed_stays_and_errors_stand_beside_their_fields(
    seat: Seat, alice: User, bob: User, today: dt.date
) -> None:
    form = sent("nominate", name="Vera Lind", function="Judge", email="nonsense", starts_on="soon")
    response = signed_in(alice).post(page_of(seat), form)
    html = response.content.decode()
    assert (response.status_code, first(response)) == (422, ["nominate"])
    for text in (
        'value="Vera Lind"',
        'value="Judge"',
        'value="nonsense"',
        'value="soon"',
        "Write an address like name@example.org.",
        "Write a day as in 1996-02-14.",
    ):
        assert text in html
    taken = sent("fill", holder=alice.pk, starts_on=today, ends_on=today - DAY, tenure="in office")
    response = signed_in(bob).post(page_of(seat), taken)
    form = response.context["offers"][0].form
    assert (response.status_code, form.errors) == (
        422,
        {"ends_on": ["A term ends after it starts."]},
    )
    assert 'value="in office"' in response.content.decode()
    assert f'<option value="{alice.pk}" selected>' in response.content.decode()


def test_nobody_can_be_chosen_who_may_not_sit(
    seat: Seat, bob: User, dave: User, outsider: User, today: dt.date
) -> None:
    for person in (dave, outsider):
        form = sent("fill", holder=person.pk, starts_on=today)
        response = signed_in(bob).post(page_of(seat), form)
        assert response.status_code == 422
        assert "others may not take the seat" in response.content.decode()
    assert not seat.terms.exists()


def test_a_form_that_somebody_else_made_void_says_so(
    seat: Seat, alice: User, bob: User, ana: User, carol: User, today: dt.date
) -> None:
    """Each was right when the page was opened."""
    client, path = signed_in(bob), page_of(seat)
    nomination = factories.NominationFactory(
        seat=seat, state="withdrawn", settled_by=alice, settled_at=timezone.now()
    )
    other = factories.NominationFactory(seat__body=seat.body)
    factories.TermFactory(seat=seat, holder=ana, starts_on=today)
    for form, words in (
        (
            sent("accept", nomination=nomination.pk),
            "The nomination of Mira Novak is settled already: withdrawn by Alice.",
        ),
        (sent("accept", nomination=other.pk), "This nomination is not of this seat."),
        (
            sent("fill", holder=alice.pk, starts_on=today),
            f"Ana holds the seat since {says(today)}: end that term first, or hand over.",
        ),
        (
            sent("ask", words="Please"),
            "The seat is held, and no end is set: set the last day of the term first.",
        ),
    ):
        response = client.post(path, form)
        assert response.status_code == 422
        assert words in main(response.content.decode())
    forms = [
        opened(client, seat, "end", ends_on=today),
        opened(client, seat, "alternate", alternate=alice.pk),
        opened(client, seat, "hand-over", to=alice.pk, on=today + DAY),
    ]
    Term.objects.filter(seat=seat).update(starts_on=today - 9 * DAY, ends_on=today - DAY)
    for form in forms:
        response = client.post(path, form)
        assert response.status_code == 422
        assert "Nobody holds the seat any more." in response.content.decode()
    for spoilt in ("", "x", "9" * 30, "²"):
        response = client.post(path, forms[0] | {"end-term": spoilt})
        assert response.status_code == 422
        assert "This term is not of this seat." in response.content.decode()


def test_a_form_that_is_sent_twice_counts_once(
    seat: Seat, bob: User, alice: User, today: dt.date
) -> None:
    client = signed_in(bob)
    form = sent("ask", words="By Friday.")
    pages = [client.post(page_of(seat), form, follow=True) for _ in range(2)]
    assert "Asked." in main(pages[0].content.decode())
    assert "sent twice and counted once" in main(pages[1].content.decode())
    assert (SuccessionRequest.objects.count(), Message.objects.count()) == (1, 1)
