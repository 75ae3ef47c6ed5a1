"""A breach from the allegation to its end: who may take which step, and until when."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import transaction
from django.urls import reverse

from coordination.base.dates import Point
from coordination.base.errors import Refused
from coordination.commitments import breach_access as access
from coordination.commitments.actions import breaches as actions
from coordination.commitments.actions.entering import withdraw_commitment
from coordination.commitments.breach_clocks import clock, last_day, shown
from coordination.commitments.breach_queries import breach_section, clocks_running_out
from coordination.commitments.models import Breach, Commitment, Obligation
from coordination.ledger.actions import Origin, verify
from coordination.ledger.models import Entry
from tests import factories
from tests.conftest import member, seated
from tests.editing import browser, fill, says

State = Breach.State
SARAJEVO = ZoneInfo("Europe/Sarajevo")
DAY = dt.timedelta(days=1)


def allege(obligation: Obligation, actor: Any, **said: Any) -> Breach:
    given = {"allegation": "Two tanks were seen inside the zone.", "origin": Origin.WEB} | said
    given.setdefault("learned_on", obligation.commitment.process.today())
    return actions.allege_breach(actor=actor, obligation=obligation, **given)


def take(breach: Breach, state: str, actor: Any, **said: Any) -> Any:
    """The step into a state, with whatever it has to say."""
    given = {"actor": actor, "breach": breach, "origin": Origin.WEB} | said
    if state in (State.CONFIRMED, State.UNFOUNDED):
        return actions.judge_breach(outcome=state, **({"words": "Seen by two"} | given))
    if state in (State.CURED, State.UNRESOLVED):
        return actions.record_response(outcome=state, **({"words": "They left"} | given))
    if state == State.RESPONSE_DUE:
        today = breach.obligation.commitment.process.today()
        return actions.ask_response(**({"until": today + 7 * DAY} | given))
    act = {State.EXAMINED: actions.examine_breach, State.ESCALATED: actions.escalate_breach}
    return act[State(state)](**given)


def link(commitment: Commitment, breach: Breach | None = None) -> str:
    where = [commitment.process.slug, commitment.number]
    return (
        reverse("breach", args=[*where, breach.pk]) if breach else reverse("breach-new", args=where)
    )


@pytest.fixture
def protocol(lead_body: Any) -> Any:
    """Two dispute steps: 48 hours with the co-chairs, then the guarantors without a time."""
    protocol = factories.ProtocolFactory(body=lead_body)
    factories.DisputeStepFactory(protocol=protocol, order=1, who="The co-chairs", within_hours=48)
    factories.DisputeStepFactory(protocol=protocol, order=3, who="The guarantors")
    return protocol


@pytest.fixture
def breach(obligation: Obligation, dave: Any, other_party: Any) -> Breach:
    return allege(obligation, dave, alleged_by=other_party)


# --- Clocks -----------------------------------------------------------------------------------


def at(*parts: int, zone: ZoneInfo = SARAJEVO) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=zone).astimezone(dt.UTC)


@pytest.mark.parametrize(
    ("state", "until", "hours", "expected"),
    [
        # Summer time begins in Sarajevo on 31 March 1996, at 2 in the morning.
        (State.ALLEGED, None, None, at(1996, 4, 6)),
        (State.EXAMINED, None, None, at(1996, 4, 13)),
        (State.CONFIRMED, None, None, at(1996, 4, 6)),
        (State.RESPONSE_DUE, dt.date(1996, 4, 1), None, at(1996, 4, 2)),
        (State.UNRESOLVED, None, None, at(1996, 4, 6)),
        (State.ESCALATED, None, 48, at(1996, 3, 31, 13)),
        (State.ESCALATED, None, None, None),
        (State.UNFOUNDED, None, None, None),
        (State.CURED, dt.date(1996, 4, 1), None, None),
    ],
)
def test_days_end_with_the_day_and_hours_are_hours_when_summer_time_begins(
    state: str, until: Any, hours: Any, expected: Any
) -> None:
    taken = Point.of(at(1996, 3, 29, 12), SARAJEVO)
    assert clock(state, taken, SARAJEVO, until=until, within_hours=hours) == expected


def test_hours_from_a_day_whose_moment_is_not_known_end_with_the_day_they_reach() -> None:
    taken = Point(dt.date(1996, 3, 29))
    assert clock(State.ESCALATED, taken, SARAJEVO, within_hours=48) == at(1996, 4, 1)


def test_a_clock_says_how_long_it_still_runs_or_is_over() -> None:
    ends = at(1996, 4, 2)  # with the end of the 1st
    assert last_day(ends, SARAJEVO) == dt.date(1996, 4, 1)
    words = [
        (said.what, said.time, said.left, said.is_over)
        for now in (at(1996, 3, 29, 9), at(1996, 4, 1, 23, 59), ends, at(1996, 4, 4, 0, 1))
        if (said := shown(State.RESPONSE_DUE, ends, SARAJEVO, now))
    ]
    assert words == [
        ("answer due", "", "in 3 days", False),
        ("answer due", "", "today", False),
        ("answer due", "", "1 day over", True),
        ("answer due", "", "3 days over", True),
    ]
    ends = at(1996, 4, 2, 14)
    said = shown(State.ESCALATED, ends, SARAJEVO, at(1996, 4, 2, 15))
    assert said and (said.time, said.left, said.is_over) == ("14:00", "over since 14:00", True)
    assert shown(State.CURED, None, SARAJEVO, ends) is None


def test_a_day_that_begins_after_midnight_ends_the_day_before() -> None:
    beirut = ZoneInfo("Asia/Beirut")  # no midnight on 31 March 1996
    ends = clock(
        State.RESPONSE_DUE, Point(dt.date(1996, 3, 25)), beirut, until=dt.date(1996, 3, 30)
    )
    assert ends is not None
    assert last_day(ends, beirut) == dt.date(1996, 3, 30)


# --- Steps ------------------------------------------------------------------------------------

#: The steps that lead to a state.
WAY = {
    State.ALLEGED: (),
    State.EXAMINED: (State.EXAMINED,),
    State.UNFOUNDED: (State.UNFOUNDED,),
    State.CONFIRMED: (State.CONFIRMED,),
    State.RESPONSE_DUE: (State.CONFIRMED, State.RESPONSE_DUE),
    State.CURED: (State.CONFIRMED, State.CURED),
    State.UNRESOLVED: (State.CONFIRMED, State.UNRESOLVED),
    State.ESCALATED: (State.CONFIRMED, State.ESCALATED),
}


@pytest.mark.parametrize("state", list(State))
def test_only_the_next_steps_of_a_state_can_be_taken(
    state: str, obligation, dave, coordinator, protocol
) -> None:
    one = allege(obligation, dave)
    for step in WAY[State(state)]:
        take(one, step, coordinator)
    taken = set()
    for following in set(State) - {State.ALLEGED}:
        with transaction.atomic():
            try:
                take(one, following, coordinator)
                taken.add(following)
            except Refused as refused:
                assert "is not the next step" in refused.message
            transaction.set_rollback(True)
    one.refresh_from_db()
    assert (one.state, taken) == (state, set(Breach.NEXT[State(state)]))
    assert list(verify(obligation.commitment.process)) == []


def test_the_obligation_is_in_breach_from_the_confirmation_to_the_cure(
    breach, obligation, carol
) -> None:
    seen = []
    for state in (
        State.EXAMINED,
        State.CONFIRMED,
        State.RESPONSE_DUE,
        State.UNRESOLVED,
        State.CURED,
    ):
        take(breach, state, carol)
        obligation.refresh_from_db()
        seen.append(obligation.in_breach)
    assert seen == [False, True, True, True, False]
    assert [step.number for step in breach.steps.all()] == [1, 2, 3, 4, 5, 6]
    verbs = Entry.objects.filter(verb__startswith="breach.").order_by("sequence")
    assert [entry.verb for entry in verbs] == [
        *("breach.alleged", "breach.examined", "breach.confirmed"),
        *("breach.asked", "breach.unresolved", "breach.cured"),
    ]


@time_machine.travel("1996-02-10 09:00Z", tick=False)
def test_escalation_follows_the_protocol_until_it_has_no_more_steps(
    obligation, dave, coordinator, protocol
) -> None:
    breach = allege(obligation, dave)
    assert breach.clock_at == at(1996, 2, 18)
    take(breach, State.CONFIRMED, coordinator)
    step = take(breach, State.ESCALATED, coordinator)
    assert (step.who, step.clock_at, breach.dispute_step) == (
        "The co-chairs",
        dt.datetime(1996, 2, 12, 9, tzinfo=dt.UTC),
        1,
    )
    take(breach, State.UNRESOLVED, coordinator)
    step = take(breach, State.ESCALATED, coordinator)
    assert (step.who, step.clock_at, breach.clock_at, breach.dispute_step) == (
        *("The guarantors", None, None),
        3,
    )
    with pytest.raises(Refused, match="no further step for disputes"):
        take(breach, State.ESCALATED, coordinator)
    protocol.dispute_steps.all().delete()
    assert [one.who for one in breach.steps.all()][-1] == "The guarantors"


def test_the_verifying_body_has_the_steps_where_the_lead_body_has_none(
    breach, coordinator, verifying_body
) -> None:
    take(breach, State.CONFIRMED, coordinator)
    with pytest.raises(Refused, match="there is nobody to take it to"):
        take(breach, State.ESCALATED, coordinator)
    protocol = factories.ProtocolFactory(body=verifying_body)
    factories.DisputeStepFactory(protocol=protocol, order=1, who="The head of mission")
    assert take(breach, State.ESCALATED, coordinator).who == "The head of mission"


def test_where_a_step_is_missing_the_page_leads_to_what_its_reader_may_open(
    breach, coordinator, bob
) -> None:
    """The protocol is kept by coordinators; the chair of the body reads its page."""
    take(breach, State.CONFIRMED, coordinator)
    where = reverse("breach", args=["valley", breach.obligation.commitment.number, breach.pk])
    for user, opens in ((coordinator, True), (bob, False)):
        page = browser(user).get(where).content.decode()
        assert ('href="/p/valley/bodies/JMC/protocol/"' in page) == opens
        assert ('href="/p/valley/bodies/JMC/"' in page) != opens


def test_a_day_that_somebody_chooses_goes_before_the_default(obligation, dave) -> None:
    today = obligation.commitment.process.today()
    breach = allege(obligation, dave, until=today + 2 * DAY)
    assert last_day(breach.clock_at, SARAJEVO) == today + 2 * DAY
    assert last_day(allege(obligation, dave).clock_at, SARAJEVO) == today + 7 * DAY


def test_days_that_make_no_sense_are_refused_beside_their_field(
    obligation, dave, carol, breach
) -> None:
    today = obligation.commitment.process.today()
    for said, field in (
        ({"learned_on": today + DAY}, "learned_on"),
        ({"occurred_on": today, "learned_on": today - DAY}, "occurred_on"),
        ({"until": today - DAY}, "until"),
        ({"allegation": " "}, "allegation"),
        ({"alleged_by": factories.PartyFactory()}, "alleged_by"),
    ):
        with pytest.raises(Refused) as refused:
            allege(obligation, dave, **said)
        assert refused.value.field == field
    for state, said, field in (
        (State.EXAMINED, {"on": today + DAY}, "on"),
        (State.EXAMINED, {"on": today - DAY}, "on"),
        (State.CONFIRMED, {"words": ""}, "words"),
        (State.EXAMINED, {"until": today - DAY}, "until"),
    ):
        with pytest.raises(Refused) as refused:
            take(breach, state, carol, **said)
        assert refused.value.field == field
    assert Breach.objects.count() == 1


def test_a_step_decided_on_without_knowing_of_the_last_is_refused(
    breach, carol, coordinator
) -> None:
    take(breach, State.EXAMINED, carol, words="Patrol sent", last=1)
    with pytest.raises(Refused, match="Meanwhile Carol recorded: under examination"):
        take(breach, State.CONFIRMED, coordinator, last=1)
    take(breach, State.CONFIRMED, coordinator, last=2)


def test_the_clocks_that_ran_out_are_found_once_they_did(breach, obligation, dave, carol) -> None:
    over = allege(obligation, dave)
    take(over, State.UNFOUNDED, carol)
    moment = breach.clock_at
    assert list(clocks_running_out(moment - dt.timedelta(seconds=1))) == []
    assert list(clocks_running_out(moment)) == [breach]


# --- Who may ----------------------------------------------------------------------------------


def test_who_may_allege_judge_and_take_further(
    breach, commitment, process, party, lead_body, verifying_body,
    alice, bob, carol, dave, coordinator, outsider,
) -> None:  # fmt: skip
    observer = factories.MembershipFactory(process=process).user
    accused = seated(member(process, "Ana", "monitor", party), verifying_body, "monitor")
    one_sided = member(process, "Cyril", "coordinator", party)
    people = {
        "alice": alice,
        "bob": bob,
        "carol": carol,
        "dave": dave,
        "coordinator": coordinator,
        "outsider": outsider,
        "observer": observer,
        "accused": accused,
        "one-sided": one_sided,
    }

    def those(rule: Any, thing: Any) -> set[str]:
        return {name for name, person in people.items() if rule(person, thing)}

    everybody = set(people) - {"outsider", "observer"}
    assert those(access.may_allege, commitment) == everybody
    assert those(access.may_judge, breach) == {"carol", "coordinator"}
    assert those(access.may_escalate, breach) == {"bob", "coordinator", "one-sided"}
    with pytest.raises(Refused, match="somebody else must judge it"):
        take(breach, State.CONFIRMED, accused)


def test_nobody_of_a_body_that_is_accused_judges_it(commitment, carol, verifying_body) -> None:
    owed = factories.ObligationFactory(commitment=commitment, party=None, body=verifying_body)
    breach = factories.BreachFactory(obligation=owed)
    assert not access.may_judge(carol, breach)


def test_an_allegation_is_confirmed_by_somebody_else_than_entered_it(
    obligation, commitment, carol, coordinator
) -> None:
    own = allege(obligation, carol)
    take(own, State.EXAMINED, carol)
    page = browser(carol).get(link(commitment, own))
    assert "You entered the allegation; somebody else must confirm it." in says(page)
    offered = [one for one in ("Confirm the breach", "Record as unfounded") if one in says(page)]
    assert offered == ["Record as unfounded"]
    sent = {"what": State.CONFIRMED, "confirmed-words": "Seen by two", "confirmed-last": "2"}
    assert browser(carol).post(link(commitment, own), sent).status_code == 403
    with pytest.raises(Refused, match="somebody else must confirm it"):
        take(own, State.CONFIRMED, carol)
    assert [access.may_confirm(one, own) for one in (carol, coordinator)] == [False, True]
    assert take(own, State.CONFIRMED, coordinator).author == coordinator


# --- Pages ------------------------------------------------------------------------------------


def test_a_delegate_alleges_a_breach_for_their_own_party(obligation, commitment, dave) -> None:
    client = browser(dave)
    sent = fill(client, link(commitment), allegation="Two tanks", obligation=str(obligation.pk))
    page = client.post(
        link(commitment), sent | {"alleged_by": str(dave.memberships.get().party_id)}
    )
    breach = Breach.objects.get()
    assert page.headers["Location"] == link(commitment, breach)
    assert (breach.obligation, breach.alleged_by.code, breach.state) == (
        obligation,
        "BBB",
        "alleged",
    )
    page = client.post(link(commitment), sent | {"alleged_by": str(obligation.party_id)})
    assert (page.status_code, "Choose a party of the list." in says(page)) == (422, True)
    assert "Two tanks" in says(page)


def test_an_observer_alleges_nothing_and_an_outsider_sees_nothing(
    commitment, breach, process, outsider, alice
) -> None:
    observer = factories.MembershipFactory(process=process).user
    answers = [
        browser(user).get(where).status_code
        for user in (observer, outsider, alice)
        for where in (link(commitment), link(commitment, breach))
    ]
    assert answers == [403, 200, 404, 404, 200, 200]
    elsewhere = factories.CommitmentFactory(process=process)
    assert browser(alice).get(link(elsewhere, breach)).status_code == 404


def test_the_page_offers_the_next_steps_to_those_who_may_take_them(
    commitment, breach, protocol, alice, bob, carol
) -> None:
    where = link(commitment, breach)
    offered = [says(browser(user).get(where)).count('name="what"') for user in (alice, bob, carol)]
    assert offered == [0, 0, 3]
    client = browser(carol)
    client.post(where, fill(client, where, State.CONFIRMED, **{"confirmed-words": "Seen by two"}))
    page = says(client.get(where))
    assert page.count('class="btn go"') == 1
    assert "Seen by two" in page
    assert "to be asked for an answer by" in page
    client = browser(bob)
    assert "<bdi>The co-chairs</bdi>, within 48 hours" in says(client.get(where))
    client.post(where, fill(client, where, State.ESCALATED))
    breach.refresh_from_db()
    assert (breach.state, breach.dispute_step) == (State.ESCALATED, 1)


def test_who_sits_in_the_body_that_owes_it_judges_no_breach(
    commitment, lead_body, bob, carol
) -> None:
    own = factories.ObligationFactory(commitment=commitment, party=None, body=lead_body)
    breach = allege(own, carol)
    with pytest.raises(Refused, match="somebody else must judge it"):
        take(breach, State.CONFIRMED, bob)
    take(breach, State.UNFOUNDED, carol)


def test_a_breach_of_what_is_withdrawn_takes_no_step_and_runs_no_clock(
    commitment, breach, coordinator, carol
) -> None:
    later = breach.clock_at + DAY
    assert list(clocks_running_out(later)) == [breach]
    withdraw_commitment(actor=coordinator, commitment=commitment, because="A slip", origin="web")
    assert list(clocks_running_out(later)) == []
    with pytest.raises(Refused, match="withdrawn from the register meanwhile"):
        take(breach, State.CONFIRMED, carol)


def test_steps_of_others_are_forbidden(commitment, breach, alice, bob, carol) -> None:
    where = link(commitment, breach)
    answers = [
        browser(user).post(where, {"what": what}).status_code
        for user, what in (
            (alice, "examined"),
            (alice, ""),
            (bob, "examined"),
            (carol, "escalated"),
            (carol, "unheard-of"),
        )
    ]
    assert answers == [403, 403, 403, 403, 302]


def test_who_was_slower_reads_what_happened_and_keeps_their_words(
    commitment, breach, carol, coordinator
) -> None:
    where, client = link(commitment, breach), browser(carol)
    sent = fill(client, where, State.CONFIRMED, **{"confirmed-words": "Seen by two"})
    take(breach, State.EXAMINED, coordinator, words="Patrol sent")
    page = client.post(where, sent)
    assert page.status_code == 422
    assert "Meanwhile Cora recorded: under examination. “Patrol sent”" in says(page)
    assert "Seen by two" in says(page)
    again = sent | {"confirmed-last": "2"}
    assert 'name="confirmed-last" value="2"' in says(page)
    take(breach, State.UNFOUNDED, coordinator)
    page = client.post(where, again)
    assert page.status_code == 409
    assert "These are your words" in says(page)
    assert "Seen by two" in says(page)
    breach.refresh_from_db()
    assert breach.state == State.UNFOUNDED


def test_the_section_shows_open_breaches_first_in_a_constant_number_of_queries(
    commitment, obligation, breach, dave, carol, django_assert_num_queries: Any
) -> None:
    take(breach, State.UNFOUNDED, carol)
    with django_assert_num_queries(4):
        breach_section(commitment, dave)
    for _n in range(4):
        allege(obligation, dave)
    with django_assert_num_queries(4):
        section = breach_section(commitment, dave)
    assert [row.breach.state for row in section.rows] == [*["alleged"] * 4, "unfounded"]
    assert (section.total, section.may_allege) == (5, True)
    assert section.rows[0].clock and section.rows[0].clock.left == "in 7 days"
