"""One thing done to many commitments at once: looked at, done, and undone."""

import datetime as dt
import re
from html import escape, unescape
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.http import QueryDict
from django.test import Client
from django.utils import timezone, translation

from accounts.models import User
from coordination.bodies.models import Body, Seat
from coordination.commitments.actions.entering import change_commitment, withdraw_commitment
from coordination.commitments.models import BulkChange, Commitment, Obligation
from coordination.insights.bulk.actions import why_left
from coordination.insights.bulk.selection import Selection, read_selection
from coordination.ledger.actions import verify
from coordination.ledger.models import Entry
from coordination.processes.models import Party, Process
from coordination.reminders.actions import tick
from coordination.reminders.models import Escalation, Occurrence, Reminder
from coordination.reviews.models import AgendaItem, Proposal, Review
from tests.conftest import seated
from tests.editing import browser, form_on, says
from tests.factories import BodyFactory, CommitmentFactory, ObligationFactory, ReviewFactory

pytestmark = pytest.mark.django_db

BULK, HIGH, LOW = "/p/valley/commitments/bulk/", 1, 3


@pytest.fixture
def three(process: Process, lead_body: Body, verifying_body: Body) -> list[Commitment]:
    """C-11 and C-12, led by the commission, and C-13, led by another body."""
    bodies = {"process": process, "verifying_body": verifying_body}
    other = BodyFactory(process=process, code="PEC")
    return [
        CommitmentFactory(number=11, lead_body=lead_body, **bodies),
        CommitmentFactory(number=12, lead_body=lead_body, **bodies, priority=HIGH),
        CommitmentFactory(number=13, lead_body=other, **bodies),
    ]


def look(client: Client, kind: str, to: Any, *numbers: int, **more: str) -> Any:
    said = [("pick", n) for n in numbers] + [("kind", kind), (kind, to), *more.items()]
    return client.get(f"{BULK}?{urlencode(said)}")


def confirm(client: Client, preview: Any) -> Any:
    return client.post(BULK, form_on(preview))


def do(client: Client, kind: str, to: Any, *numbers: int) -> BulkChange:
    answer = confirm(client, look(client, kind, to, *numbers))
    assert answer.status_code == 302
    return BulkChange.objects.latest("pk")


def take_back(client: Client, change: BulkChange) -> Any:
    address = f"{BULK}{change.pk}/"
    return client.post(address, form_on(client.get(address)), follow=True)


def dict_of(selection: Selection) -> QueryDict:
    return QueryDict(urlencode(selection.pairs))


def priorities(*numbers: int) -> list[int]:
    rows = Commitment.every.filter(number__in=numbers or (11, 12, 13)).order_by("number")
    return list(rows.values_list("priority", flat=True))


def test_it_is_looked_at_then_done_then_undone(
    three: list[Commitment], process: Process, coordinator: User
) -> None:
    client = browser(coordinator)
    preview = look(client, "priority", HIGH, 11, 12, 13, choices="view=open&owes=AAA")
    words = says(preview)
    assert "2 of 3 would change" in words and "normal" in words
    assert priorities() == [2, HIGH, 2]
    answer = confirm(client, preview)
    assert answer["Location"] == "/p/valley/commitments/?view=open&owes=AAA"
    assert priorities() == [HIGH] * 3
    changed = Entry.objects.filter(process=process, verb="commitment.changed")
    assert [one.summary for one in changed.order_by("sequence")] == [
        "Changed C-11: priority",
        "Changed C-13: priority",
    ]
    assert changed.filter(before={"priority": 2}, after={"priority": 1}).count() == 2
    change = BulkChange.objects.get()
    assert f'2 commitments changed. <a href="{BULK}{change.pk}/">Undo</a>' in says(
        client.get(answer["Location"])
    )
    assert "2 are as they were before." in says(take_back(client, change))
    assert priorities() == [2, HIGH, 2]
    assert list(verify(process)) == []
    assert "Undo it" not in says(client.get(f"{BULK}{change.pk}/"))


def test_what_somebody_changed_since_the_look_is_shown_and_left(
    three: list[Commitment], coordinator: User, bob: User
) -> None:
    client = browser(coordinator)
    preview = look(client, "priority", HIGH, 11, 13)
    change_commitment(actor=bob, commitment=three[0], origin="web", priority=LOW)
    answer = confirm(client, preview)
    assert answer.status_code == 409
    assert "somebody else was faster" in says(answer) and "It is now: low." in says(answer)
    assert priorities() == [LOW, HIGH, 2]
    assert confirm(client, answer).status_code == 302  # the rest
    assert priorities() == [LOW, HIGH, HIGH]


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"pick": ["11", "12", "13"]}, "picks=11-13"),
        ({"all": "1", "choices": "leads=JMC"}, "all=1&choices=leads%3DJMC"),
    ],
)
def test_after_a_conflict_something_else_is_chosen_for_the_same(
    three: list[Commitment], coordinator: User, chosen: dict[str, str], said: str
) -> None:
    client = browser(coordinator)
    preview = client.get(BULK, chosen | {"kind": "priority", "priority": LOW})
    Commitment.objects.filter(number=11).update(priority=HIGH)
    answer = confirm(client, preview)
    assert answer.status_code == 409
    assert f'href="{BULK}?{escape(said)}">Choose something else' in says(answer)


def test_the_address_of_hundreds_is_one_that_servers_take() -> None:
    assert len(urlencode(Selection([*range(1000, 1980, 2)], "", False).pairs)) < 3000


def test_what_was_withdrawn_since_the_look_is_left(
    three: list[Commitment], coordinator: User
) -> None:
    client = browser(coordinator)
    preview = look(client, "priority", HIGH, 11, 13)
    withdraw_commitment(actor=coordinator, commitment=three[0], because="Twice", origin="web")
    answer = confirm(client, preview)
    assert (answer.status_code, priorities()) == (409, [2, HIGH, 2])
    assert "It was withdrawn from the register." in says(answer)
    assert "0 of 1 would change" in says(look(client, "priority", HIGH, 11))


def test_undoing_leaves_what_was_changed_or_withdrawn_since(
    three: list[Commitment], coordinator: User, bob: User
) -> None:
    client = browser(coordinator)
    change = do(client, "priority", LOW, 11, 12, 13)
    three[0].refresh_from_db()
    change_commitment(actor=bob, commitment=three[0], origin="web", priority=HIGH)
    withdraw_commitment(actor=coordinator, commitment=three[1], because="Twice", origin="web")
    page = says(take_back(client, change))
    assert "1 is as it was before. 2 were left, and say why." in page
    assert "Bob changed it meanwhile" in page and "it was withdrawn meanwhile" in page
    assert priorities() == [HIGH, LOW, 2]


def test_undoing_leaves_what_somebody_changed_and_put_back(
    three: list[Commitment], coordinator: User, bob: User
) -> None:
    client = browser(coordinator)
    change = do(client, "priority", LOW, 11, 12)
    for priority in (HIGH, LOW):
        three[0].refresh_from_db()
        change_commitment(actor=bob, commitment=three[0], origin="web", priority=priority)
    assert "Bob changed it meanwhile" in says(take_back(client, change))
    assert priorities() == [LOW, HIGH, 2]


def test_undoing_puts_no_body_back_that_has_ended(
    three: list[Commitment], process: Process, lead_body: Body, verifying_body: Body,
    coordinator: User,
) -> None:  # fmt: skip
    client = browser(coordinator)
    change = do(client, "lead", verifying_body.pk, 11)
    Body.objects.filter(pk=lead_body.pk).update(ended_on=process.today())
    assert "the body has ended meanwhile" in says(take_back(client, change))
    assert Commitment.objects.get(number=11).lead_body == verifying_body


def test_undoing_asks_for_the_right_to_each(
    obligation: Obligation, three: list[Commitment], verifying_body: Body, bob: User,
    coordinator: User,
) -> None:  # fmt: skip
    client = browser(bob)
    given = do(client, "lead", verifying_body.pk, 11)  # and taken back, as it was theirs
    assert "1 is as it was before." in says(take_back(client, given))
    changed, asked = do(client, "priority", LOW, 11, 12), do(client, "remind", "", 1)
    do(browser(coordinator), "lead", verifying_body.pk, 1, 11)
    page = says(take_back(client, changed))
    assert "1 is as it was before. 1 was left, and says why." in page
    assert "only its lead body and coordinators change it" in page
    assert priorities() == [LOW, HIGH, 2]
    assert "only its lead body and coordinators change it" in says(take_back(client, asked))
    assert Occurrence.objects.get().state == "asked"


def test_why_it_was_left_is_read_in_the_language_of_the_reader(
    three: list[Commitment], coordinator: User
) -> None:
    client = browser(coordinator)
    change = do(client, "priority", LOW, 11)
    withdraw_commitment(actor=coordinator, commitment=three[0], because="Twice", origin="web")
    take_back(client, change)
    change.refresh_from_db()
    assert change.items[0]["left"] == ["withdrawn"]
    assert why_left(change.items[0]) == "it was withdrawn meanwhile"
    with translation.override("fr"):
        assert why_left(change.items[0]) == translation.gettext("it was withdrawn meanwhile")


def test_confirmed_again_after_it_was_undone_it_says_so(
    three: list[Commitment], coordinator: User
) -> None:
    client = browser(coordinator)
    preview = look(client, "priority", LOW, 11, 12)
    confirm(client, preview)
    assert "counted once" in says(client.post(BULK, form_on(preview), follow=True))
    take_back(client, BulkChange.objects.get())
    page = says(client.post(BULK, form_on(preview), follow=True))
    assert "It was done, and undone again meanwhile." in page and "counted once" not in page
    anew = re.search(r'href="([^"]+)">Look at it anew', page)
    assert anew is not None
    assert confirm(client, client.get(unescape(anew[1]))).status_code == 302
    assert priorities() == [LOW, LOW, 2]


def test_it_is_undone_once_and_within_a_day(three: list[Commitment], coordinator: User) -> None:
    client = browser(coordinator)
    change = do(client, "priority", LOW, 11)
    address = f"{BULK}{change.pk}/"
    one, other = form_on(client.get(address)), form_on(client.get(address))
    assert client.post(address, one).status_code == 302
    assert "It was undone already." in says(client.post(address, other))
    again = do(client, "priority", LOW, 11)
    late = form_on(client.get(f"{BULK}{again.pk}/"))
    with time_machine.travel(again.made_at + dt.timedelta(hours=25)):
        client.force_login(coordinator)
        assert "more than a day ago" in says(client.post(f"{BULK}{again.pk}/", late))
    assert priorities(11) == [LOW]


def test_pressed_twice_it_is_done_once(three: list[Commitment], coordinator: User) -> None:
    client = browser(coordinator)
    form = form_on(look(client, "priority", LOW, 11, 12))
    assert [client.post(BULK, form).status_code for _ in range(2)] == [302, 302]
    assert BulkChange.objects.count() == 1


def test_who_runs_a_body_changes_its_own_and_no_other(three: list[Commitment], bob: User) -> None:
    client = browser(bob)
    preview = look(client, "priority", LOW, 11, 13)
    assert "1 of 2 would change" in says(preview)
    assert "Only its lead body and coordinators change it." in says(preview)
    form = form_on(preview)
    answer = client.post(BULK, form | {"rows": f"{form['rows']} 13:{'0' * 10}"})
    assert (answer.status_code, priorities()) == (409, [2, HIGH, 2])
    do(client, "priority", LOW, 11, 13)
    assert priorities() == [LOW, HIGH, 2]


def test_a_delegate_changes_none_and_only_its_author_or_a_coordinator_undoes(
    three: list[Commitment], process: Process, lead_body: Body, alice: User, bob: User,
    coordinator: User,
) -> None:  # fmt: skip
    assert look(browser(alice), "priority", LOW, 11).status_code == 403
    form = {"kind": "priority", "priority": LOW, "rows": "11:0"}
    assert browser(alice).post(BULK, form).status_code == 403
    change = do(browser(coordinator), "priority", LOW, 11)
    other = browser(bob)
    assert "Undo it" not in says(other.get(f"{BULK}{change.pk}/"))
    assert other.post(f"{BULK}{change.pk}/").status_code == 403
    assert browser(alice).get(f"{BULK}{change.pk}/").status_code == 403
    own = do(browser(bob), "priority", HIGH, 11)
    take_back(browser(coordinator), own)
    assert priorities(11) == [LOW]


def test_a_new_rhythm_plans_the_next_check_ins_and_goes_back(
    three: list[Commitment], party: Party, process: Process, alice: User, coordinator: User
) -> None:
    obligation = ObligationFactory(commitment=three[0], party=party, focal_point=alice)
    client = browser(coordinator)
    change = do(client, "rhythm", "weekly", 11, 12)
    obligation.refresh_from_db()
    assert obligation.next_check_in_on == process.today() + dt.timedelta(days=7)
    take_back(client, change)
    obligation.refresh_from_db()
    assert (three[0].check_in_rhythm, obligation.next_check_in_on) == ("", None)


def test_a_new_lead_is_one_of_the_process_that_exists(
    three: list[Commitment], process: Process, verifying_body: Body, coordinator: User
) -> None:
    gone = BodyFactory(process=process, code="OLD", ended_on=process.today())
    client = browser(coordinator)
    for body in (gone, BodyFactory(code="ELSE")):
        assert look(client, "lead", body.pk, 11).status_code == 422
    change = do(client, "lead", verifying_body.pk, 11, 13)
    leads = Commitment.objects.filter(lead_body=verifying_body).values_list("number", flat=True)
    assert set(leads) == {11, 13}
    take_back(client, change)
    assert not Commitment.objects.filter(lead_body=verifying_body).exists()


def test_all_that_fit_the_choices_are_taken_as_they_were_looked_at(
    three: list[Commitment], process: Process, lead_body: Body, coordinator: User
) -> None:
    client = browser(coordinator)
    said = {"all": 1, "choices": "leads=JMC", "kind": "priority", "priority": LOW}
    preview = client.get(BULK, said)
    CommitmentFactory(process=process, number=14, lead_body=lead_body)
    assert confirm(client, preview)["Location"].endswith("/commitments/?leads=JMC")
    assert priorities(11, 12, 13, 14) == [LOW, LOW, 2, 2]


def test_more_than_five_hundred_are_refused_in_words(
    process: Process, coordinator: User, django_assert_max_num_queries: Any
) -> None:
    Commitment.objects.bulk_create(
        Commitment(process=process, number=n, reference="Art. 1", title=f"Do {n}", track="military")
        for n in range(1, 502)
    )
    client = browser(coordinator)
    said = {"all": 1, "kind": "priority", "priority": HIGH}
    assert "At most 500 are changed at once" in says(client.get(BULK, said))
    many = client.get(BULK, said | {"choices": "find=Do+1"})  # 111 of them
    assert len(many.content) < 50_000 and "C-199" in says(many)
    with django_assert_max_num_queries(50):
        confirm(client, many)
    assert Commitment.objects.filter(priority=HIGH).count() == 111
    rows = " ".join(f"{n}:0" for n in range(1, 502))
    form = {"kind": "priority", "priority": LOW, "rows": rows}
    assert "At most 500 are changed at once." in says(client.post(BULK, form))


def test_nothing_chosen_says_what_to_do(process: Process, coordinator: User) -> None:
    client = browser(coordinator)
    said = {"pick": ["x", "9" * 12], "picks": f"x.-.7-.{'9' * 12}.9-5", "choices": "find=%00"}
    assert read_selection(client.get(BULK, said).wsgi_request.GET, coordinator, process) == (
        Selection([7], "", False)
    )
    del said["picks"]
    assert "Tick some in the register" in says(client.get(BULK, said))
    many = QueryDict("picks=1-999999999.5-7")
    assert read_selection(many, coordinator, process).is_too_many
    short = Selection([1, 2, 3, 5, 8, 9], "", False)
    assert short.pairs == [("picks", "1-3.5.8-9")]
    assert read_selection(dict_of(short), coordinator, process) == short


def test_something_else_is_chosen_without_losing_the_selection(
    three: list[Commitment], coordinator: User
) -> None:
    client = browser(coordinator)
    said = {"pick": [11, 13], "choices": "view=open"}
    page = client.get(BULK, said)
    assert 'name="picks" value="11.13"' in says(page)
    assert "Change 2 commitments at once" in says(page)
    one = client.get(BULK, said | {"kind": "lead"})
    assert "Look at what would change" in says(one)
    assert "?picks=11.13&amp;choices=view%3Dopen" in says(one)
    assert client.get(BULK, said | {"kind": "lead", "lead": ""}).status_code == 422


def test_many_are_proposed_for_a_review_and_taken_off(
    three: list[Commitment], lead_body: Body, bob: User, coordinator: User
) -> None:
    starts = timezone.now() + dt.timedelta(days=9)
    review: Review = ReviewFactory(body=lead_body, starts_at=starts, held_on=starts.date())
    client = browser(bob)
    change = do(client, "agenda", review.pk, 11, 13)
    assert set(Proposal.objects.values_list("commitment__number", flat=True)) == {11, 13}
    assert "Stand on it already" in says(look(client, "agenda", review.pk, 11, 12))
    do(browser(coordinator), "agenda", review.pk, 12)
    assert "2 are as they were before." in says(take_back(client, change))
    assert [one.commitment.number for one in Proposal.objects.all()] == [12]


def test_many_are_proposed_in_as_few_statements_as_one(
    process: Process, lead_body: Body, coordinator: User, django_assert_max_num_queries: Any
) -> None:
    starts = timezone.now() + dt.timedelta(days=9)
    review: Review = ReviewFactory(body=lead_body, starts_at=starts, held_on=starts.date())
    Commitment.objects.bulk_create(
        Commitment(process=process, number=n, reference="Art. 1", title=f"Do {n}", track="military")
        for n in range(1, 101)
    )
    client = browser(coordinator)
    preview = look(client, "agenda", review.pk, *range(1, 101))
    with django_assert_max_num_queries(60):
        confirm(client, preview)
    assert Proposal.objects.filter(review=review, proposed_by=coordinator).count() == 100
    assert Entry.objects.filter(verb="agenda.proposed").count() == 100
    change = BulkChange.objects.get()
    form = form_on(client.get(f"{BULK}{change.pk}/"))
    Proposal.objects.filter(commitment__number=7).update(withdrawn_at=timezone.now())
    AgendaItem.objects.create(
        review=review, order=1, title="Do 8", proposal=Proposal.objects.get(commitment__number=8)
    )
    with django_assert_max_num_queries(60), translation.override("fr"):
        client.post(f"{BULK}{change.pk}/", form)
    change.refresh_from_db()
    assert [item["left"] for item in change.items if "left" in item] == [["taken-off"], ["closed"]]
    because = set(Proposal.every.values_list("withdrawn_because", flat=True))
    assert because == {"", f"Undone by {coordinator}"}
    assert list(verify(process)) == []


def test_a_review_in_which_one_has_no_say_is_not_offered(
    three: list[Commitment], process: Process, bob: User
) -> None:
    starts = timezone.now() + dt.timedelta(days=9)
    other = ReviewFactory(body=three[2].lead_body, starts_at=starts, held_on=starts.date())
    assert look(browser(bob), "agenda", other.pk, 11).status_code == 422


def test_owners_are_asked_now_and_the_question_is_taken_back_before_it_left(
    obligation: Obligation, three: list[Commitment], coordinator: User, alice: User
) -> None:
    planned = obligation.next_check_in_on
    client = browser(coordinator)
    preview = look(client, "remind", "", 1, 11)
    assert "1 of 2 would be asked about" in says(preview) and "Nobody owes it." in says(preview)
    confirm(client, preview)
    asked = Occurrence.objects.get()
    assert (asked.state, asked.recipient, asked.obligation) == ("asked", alice, obligation)
    assert Reminder.objects.filter(recipient=alice, state="waiting").count() == 1
    assert "asked today already" in says(look(client, "remind", "", 1))
    take_back(client, BulkChange.objects.get())
    asked.refresh_from_db()
    obligation.refresh_from_db()
    assert (asked.state, obligation.next_check_in_on) == ("skipped", planned)
    assert [one.state for one in Reminder.objects.all()] == ["superseded"]
    assert not Escalation.objects.filter(stopped_at=None).exists()
    do(client, "remind", "", 1)  # and once more
    assert Reminder.objects.filter(state="waiting").count() == 1


def test_a_question_whose_mail_has_left_stays(
    obligation: Obligation, coordinator: User, settings: Any
) -> None:
    settings.MAIL_AT_ANY_TIME = True
    client = browser(coordinator)
    change = do(client, "remind", "", 1)
    tick()
    message = Reminder.objects.get(kind="check-in").message
    assert message is not None
    type(message).objects.filter(pk=message.pk).update(state="sent")
    assert "the mail has left" in says(take_back(client, change))
    assert Occurrence.objects.get().state == "asked"


def test_one_commitment_is_changed_in_place_and_undone_as_a_whole(
    commitment: Commitment, lead_body: Body, coordinator: User
) -> None:
    client, address = browser(coordinator), "/p/valley/commitments/1/"
    form = form_on(client.get(f"{address}?edit=1"))
    assert "quick-seen" in form
    form |= {"quick-priority": "1", "quick-verifying_body": ""}
    answer = client.post(f"{address}quick/", form)
    assert answer["Location"] == address
    assert "C-1 is changed." in says(client.get(address))
    commitment.refresh_from_db()
    assert (commitment.priority, commitment.verifying_body) == (1, None)
    assert commitment.lead_body == lead_body
    take_back(client, BulkChange.objects.get())
    commitment.refresh_from_db()
    assert (commitment.priority, commitment.verifying_body.code) == (2, "VM")


def test_in_place_nobody_overwrites_what_somebody_else_just_changed(
    commitment: Commitment, lead_body: Body, coordinator: User, alice: User, bob: User
) -> None:
    client, address = browser(coordinator), "/p/valley/commitments/1/quick/"
    form = form_on(client.get(address)) | {"quick-priority": "1", "choices": "view=open"}
    change_commitment(actor=bob, commitment=commitment, origin="web", priority=LOW)
    answer = client.post(address, form)
    assert answer.status_code == 422
    assert "Bob wrote meanwhile: “low”." in says(answer)
    assert client.post(address, form_on(answer))["Location"].endswith("?view=open")
    assert browser(alice).get(address).status_code == 403
    assert "quick-seen" not in says(browser(alice).get("/p/valley/commitments/1/?edit=1"))


def test_a_page_of_many_asks_the_database_as_often_as_one_of_few(
    three: list[Commitment], process: Process, lead_body: Body, coordinator: User,
    django_assert_max_num_queries: Any,
) -> None:  # fmt: skip
    client = browser(coordinator)
    starts = timezone.now() + dt.timedelta(days=9)
    review = ReviewFactory(body=lead_body, starts_at=starts, held_on=starts.date())
    for n in range(20, 25):
        ObligationFactory(commitment=CommitmentFactory(process=process, number=n))
    for kind, to in (("priority", LOW), ("agenda", review.pk), ("remind", "")):
        for numbers in ((20,), range(11, 25)):
            with django_assert_max_num_queries(20):
                look(client, kind, to, *numbers)


def test_the_secretary_of_a_body_may_as_well(
    three: list[Commitment], lead_body: Body, dave: User
) -> None:
    seated(dave, lead_body, Seat.Role.SECRETARY)
    do(browser(dave), "priority", LOW, 11)
    assert priorities(11) == [LOW]


def test_one_ticked_row_is_edited_where_it_stands_in_the_register(
    three: list[Commitment], coordinator: User, alice: User
) -> None:
    client, register = browser(coordinator), "/p/valley/commitments/"
    answer = client.get(BULK, {"pick": 11, "kind": "edit", "choices": "view=open", "after": "x"})
    assert answer["Location"] == f"{register}?view=open&after=x&edit=11#edit-11"
    page = client.get(f"{register}?edit=11")
    form = form_on(page) | {"quick-priority": "1", "quick-lead_body": "", "choices": "view=open"}
    shown = {"quick-verifying_body": str(three[0].verifying_body_id), "quick-check_in_rhythm": ""}
    answer = client.post(f"{register}11/quick/", form | shown)
    assert answer["Location"] == f"{register}?view=open"
    assert Commitment.objects.filter(priority=1, lead_body=None).count() == 1
    assert "quick-seen" not in says(browser(alice).get(f"{register}?edit=12"))
