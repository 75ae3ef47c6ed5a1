"""Who leaves a process: what they held passes to others, and it closes to them at once."""

import datetime as dt

import pytest
from django.test import Client

from accounts.models import User
from coordination.base.errors import Refused
from coordination.bodies.models import Body, Seat, Term
from coordination.commitments.models import Obligation
from coordination.insights.actions import leave
from coordination.insights.leaving import duties_of
from coordination.ledger.actions import Origin
from coordination.processes.models import Party, Process
from tests.conftest import member
from tests.editing import browser, fill, form_on, says
from tests.factories import (
    ApiTokenFactory,
    CheckInFactory,
    NominationFactory,
    SeatFactory,
    TermFactory,
    VerificationFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(process: Process, party: Party) -> User:
    """A second delegate of alice's party."""
    return member(process, "Ana", "delegate", party)


@pytest.fixture
def today(process: Process) -> dt.date:
    return process.today()


def page_of(user: User) -> str:
    return f"/p/valley/people/{user.memberships.get().pk}/end/"


@pytest.fixture
def terms(lead_body: Body, party: Party, alice: User, bob: User, today: dt.date) -> dict[str, Term]:
    """alice sits since long, since today and from next month on, and is bob's alternate."""
    seats = iter(SeatFactory.create_batch(4, body=lead_body, party=party))
    month = dt.timedelta(days=30)
    return {
        "long": TermFactory(seat=next(seats), holder=alice, ends_on=today + month),
        "new": TermFactory(seat=next(seats), holder=alice, starts_on=today),
        "coming": TermFactory(seat=next(seats), holder=alice, starts_on=today + month),
        "alternate": TermFactory(
            seat=SeatFactory(body=lead_body), holder=bob, alternate=alice, ends_on=today + month
        ),
    }


def test_everything_passes_to_one_person_at_once(
    process: Process,
    obligation: Obligation,
    terms: dict[str, Term],
    alice: User,
    ana: User,
    coordinator: User,
    today: dt.date,
) -> None:
    check_in = CheckInFactory(obligation=obligation, author=alice)
    client = browser(coordinator)
    client.post(page_of(alice), fill(client, page_of(alice), everything=str(ana.pk)))
    obligation.refresh_from_db()
    check_in.refresh_from_db()
    assert (obligation.focal_point, check_in.author) == (ana, alice)
    yesterday = today - dt.timedelta(days=1)
    held = {name: list(one.seat.terms.order_by("starts_on")) for name, one in terms.items()}
    assert [(one.holder, one.ends_on) for one in held["long"]] == [
        (alice, yesterday),
        (ana, terms["long"].ends_on),
    ]
    assert [(one.holder, one.ends_on) for one in held["new"]] == [(alice, today), (ana, None)]
    assert [(one.holder, one.starts_on) for one in held["coming"]] == [
        (ana, terms["coming"].starts_on)
    ]
    assert held["alternate"][0].alternate == ana
    assert alice.memberships.get().ended_at is not None
    verbs = [entry.verb for entry in process.ledger_entries.all()]
    assert verbs[0] == "member.removed"
    assert {"focal-point.changed", "seat.taken", "term.ended", "term.alternate"} <= set(verbs)
    assert duties_of(process, alice) == []


def test_line_by_line_each_goes_to_who_fits_or_to_nobody_yet(
    obligation: Obligation,
    terms: dict[str, Term],
    alice: User,
    ana: User,
    dave: User,
    carol: User,
    coordinator: User,
    today: dt.date,
) -> None:
    client, address = browser(coordinator), page_of(alice)
    fits = {duty.key: duty.fits for duty, _field in client.get(address).context["form"].rows()}
    assert fits[f"obligation-{obligation.pk}"] == [ana]
    assert fits[f"term-{terms['long'].pk}"] == [ana, carol, coordinator]
    page = client.post(address, fill(client, address))
    assert (page.status_code, len(page.context["form"].errors)) == (422, 5)
    page = client.post(address, fill(client, address, everything=str(carol.pk)))
    assert list(page.context["form"].errors) == [f"obligation-{obligation.pk}"]
    assert "Carol cannot take this over: choose somebody else." in says(page)
    shown = form_on(page, having="everything")
    assert shown["everything"] == shown[f"term-{terms['long'].pk}"] == str(carol.pk)
    assert shown[f"obligation-{obligation.pk}"] == ""
    offered = dict(page.context["form"].fields["everything"].choices)
    assert list(offered)[1] == str(ana.pk)
    assert (offered[str(ana.pk)], offered[str(carol.pk)]) == ("Ana", "Carol, 4 of 5 lines")
    chosen = {f"obligation-{obligation.pk}": str(ana.pk), f"term-{terms['new'].pk}": str(carol.pk)}
    client.post(address, fill(client, address, everything="nobody", **chosen))
    obligation.refresh_from_db()
    assert obligation.focal_point == ana
    assert [one.holder for one in terms["new"].seat.terms.order_by("starts_on")] == [alice, carol]
    assert [one.ends_on for one in terms["long"].seat.terms.all()] == [today]
    assert list(terms["coming"].seat.terms.all()) == []
    assert Term.objects.get(pk=terms["alternate"].pk).alternate is None


def test_nothing_changes_where_one_of_them_is_refused_or_came_in_meanwhile(
    process: Process, obligation: Obligation, alice: User, ana: User, dave: User, coordinator: User
) -> None:
    given = {"actor": coordinator, "member": alice.memberships.get(), "origin": Origin.WEB}
    with pytest.raises(Refused, match="came in meanwhile"):
        leave(successors={}, **given)
    with pytest.raises(Refused, match="is no member of the process"):
        leave(successors={f"obligation-{obligation.pk}": User(pk=0, name="No one")}, **given)
    obligation.refresh_from_db()
    assert (obligation.focal_point, alice.memberships.get().ended_at) == (alice, None)


def test_nobody_ends_their_own_membership_nor_the_last_coordinators(
    process: Process, coordinator: User
) -> None:
    client, address = browser(coordinator), page_of(coordinator)
    assert "another coordinator ends it" in says(client.get(address))
    assert client.post(address).status_code == 422
    with pytest.raises(Refused, match="without a coordinator"):
        leave(
            actor=None,
            member=coordinator.memberships.get(),
            successors={},
            origin=Origin.SYSTEM,
        )


def test_what_nobody_takes_over_is_named(
    obligation: Obligation, carol: User, coordinator: User, verifying_body: Body
) -> None:
    VerificationFactory(obligation=obligation, author=carol, approved_at=None, released_at=None)
    NominationFactory(seat__body=verifying_body, proposed_by=carol, name="Nora")
    html = says(browser(coordinator).get(page_of(carol)))
    assert "Finding that waits for approval: C-1, verification" in html
    assert "Nomination without an answer: Nora" in html


def test_a_finding_is_not_named_to_a_coordinator_who_acts_for_who_owes_it(
    obligation: Obligation, party: Party, carol: User, coordinator: User
) -> None:
    VerificationFactory(obligation=obligation, author=carol, approved_at=None, released_at=None)
    coordinator.memberships.update(party=party)
    assert "Finding that waits" not in says(browser(coordinator).get(page_of(carol)))


def test_an_open_session_a_seat_and_a_token_end_with_the_membership(
    process: Process, obligation: Obligation, bob: User, coordinator: User
) -> None:
    """bob chairs the body that leads it; his term goes on where nobody ends it."""
    session, program = browser(bob), Client()
    ApiTokenFactory(user=bob, text="entente_of-bob")
    by_token = {"headers": {"Authorization": "Bearer entente_of-bob"}}
    CheckInFactory(obligation=obligation)

    def reads() -> tuple[int, int, int, int]:
        return (
            session.get("/p/valley/").status_code,
            session.get("/p/valley/commitments/1/edit/").status_code,
            session.get("/api/check-ins/").json()["results"] != [],
            program.get("/api/check-ins/", **by_token).json()["results"] != [],
        )

    assert reads() == (200, 200, True, True)
    form = form_on(browser(coordinator).get(page_of(bob)))
    assert any(name.startswith("term-") for name in form)
    bob.memberships.update(ended_at=process.memberships.first().started_at)
    assert reads() == (404, 404, False, False)


def test_a_seat_opens_its_body_no_longer_once_its_term_is_over(
    process: Process, obligation: Obligation, bob: User, today: dt.date
) -> None:
    session = browser(bob)
    assert session.get("/p/valley/commitments/1/edit/").status_code == 200
    Term.objects.filter(holder=bob, seat__role=Seat.Role.CHAIR).update(
        starts_on=today - dt.timedelta(days=9), ends_on=today - dt.timedelta(days=1)
    )
    assert session.get("/p/valley/commitments/1/edit/").status_code == 403
