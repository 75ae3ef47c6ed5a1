"""What changed since somebody last looked."""

import datetime as dt

import pytest
import time_machine
from django.http import HttpResponse
from django.utils import timezone

from accounts.models import User
from coordination.commitments.actions import submit_check_in
from coordination.commitments.models import Level, Obligation
from coordination.insights.desk.changes import Changes, changes_for
from coordination.insights.models import LastLook
from coordination.ledger.actions import Origin
from coordination.processes.models import Process
from tests import factories
from tests.editing import browser, says

pytestmark = pytest.mark.django_db


def changes(user: User, process: Process) -> Changes:
    return changes_for(user, {process.pk: process}, timezone.now())


def until_of(page: HttpResponse) -> str:
    return str(page.context["changes"].until.isoformat())


def words(user: User, process: Process) -> list[str]:
    return [one.words for one in changes(user, process).rows]


def entry(process: Process, actor: User | None, verb: str, at: dt.datetime) -> None:
    with time_machine.travel(at, tick=False):
        factories.EntryFactory(process=process, actor=actor, verb=verb)


@pytest.fixture
def chain(process: Process, alice: User, bob: User) -> Process:
    """Some days of the process, as alice would read of them."""
    now = timezone.now()
    for days, actor, verb in (
        (9, bob, "review.planned"),
        (5, bob, "review.opened"),
        (4, alice, "note.added"),
        (3, None, "agenda.closed"),
        (2, bob, "message.held"),
        (1, bob, "review.closed"),
    ):
        entry(process, actor, verb, now - dt.timedelta(days=days))
    return process


def test_the_first_look_goes_back_a_week_and_leaves_out_machinery_and_ones_own(
    chain: Process, alice: User, bob: User
) -> None:
    assert words(alice, chain) == ["Review closed", "Agenda closed", "Review opened"]
    assert words(bob, chain) == ["Agenda closed", "Note added"]


def test_a_report_is_shown_as_a_level_before_and_after_with_its_commitment(
    obligation: Obligation, process: Process, alice: User, bob: User
) -> None:
    submit_check_in(obligation=obligation, author=alice, level=Level.MINIMUM, origin=Origin.WEB)
    submit_check_in(obligation=obligation, author=alice, level=Level.FULL, origin=Origin.WEB)
    one = changes(bob, process).rows[0]
    assert (one.title, one.url) == (obligation.commitment.title, "/p/valley/commitments/1/")
    assert (one.words, one.voice, one.before, one.after) == ("Checked in", "r", 1, 3)
    assert (one.party.code, one.entry.actor_name) == ("AAA", "Alice")


def test_what_is_marked_as_seen_ends_with_what_was_shown(
    chain: Process, alice: User, bob: User
) -> None:
    reader = browser(alice)
    form = {"until": until_of(reader.get("/"))}
    came_meanwhile = timezone.now()
    entry(chain, bob, "body.changed", came_meanwhile)
    assert reader.post("/desk/seen/", form)["Location"] == "/"
    assert words(alice, chain) == ["Body changed"]
    assert len(words(bob, chain)) == 2  # who looks sees for themselves
    # Never back, never ahead of the clock, and nothing else than a moment.
    at = LastLook.objects.get(reader=alice).at
    for said in ("2020-01-01T00:00:00+00:00", "2020-01-01T00:00:00", "2020-13-01", "", "now"):
        assert reader.post("/desk/seen/", {"until": said}).status_code == 302
    assert LastLook.objects.get(reader=alice).at == at
    reader.post("/desk/seen/", {"until": "2150-01-01T00:00:00+00:00"})
    assert at < LastLook.objects.get(reader=alice).at <= timezone.now()


def test_of_many_changes_twelve_are_shown_and_the_ledger_has_the_rest(
    process: Process, alice: User, bob: User
) -> None:
    now = timezone.now()
    for n in range(15):
        entry(process, bob, "body.changed", now - dt.timedelta(minutes=20 - n))
    found = changes(alice, process)
    assert (len(found.rows), found.total, found.left) == (12, 15, [(process, 3)])
    assert "3 more changes in Valley" in says(browser(alice).get("/"))


def test_nothing_is_shown_of_a_record_that_the_reader_may_not_read(
    obligation: Obligation, process: Process, carol: User, alice: User, coordinator: User
) -> None:
    """A finding that is not released is not told to those whom it judges."""
    finding = factories.VerificationFactory(
        obligation=obligation, author=carol, approved_at=None, released_at=None
    )
    factories.EntryFactory(
        process=process,
        actor=carol,
        verb="verification.prepared",
        thing=finding,
    )
    shown = ["Finding prepared" in words(user, process) for user in (coordinator, alice)]
    assert shown == [True, False]
