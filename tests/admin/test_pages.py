"""Every page of the admin: it answers, and shows nothing of another process."""

import datetime as dt
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Attempts, User
from coordination.audiences.models import Release
from coordination.bodies.models import ProtocolSource, Seat
from coordination.commitments.models import BulkChange, CheckInDraft, SavedView
from coordination.insights.models import LastLook
from coordination.ledger.models import SigningKey
from coordination.outbox.models import ClockReading
from coordination.processes.models import FormDraft, Process
from coordination.reviews.models import CalendarFeed
from tests import factories
from tests.admin.conftest import HIDDEN
from tests.furnishing import furnish

PAGES = {
    model._meta.model_name: page
    for model, page in admin.site._registry.items()
    if model._meta.app_label in ("accounts", "coordination")
}
#: Only actions or other pages add these.
NOT_ADDED = {
    *(
        "acceptance",
        "addressproblem",
        "agendaitem",
        "apitoken",
        "bound",
        "chain",
        "entry",
        "evidence",
        "expectedoccurrence",
        "membership",
    ),
    *("agendarules", "ballot", "dispatch", "dispute", "disputestage", "minutes"),
    *("minutescomment", "minutessection", "proposal", "reply", "report", "reportfile"),
    *("reportsection", "standingitem"),
    *(
        "checkpoint",
        "escalation",
        "heartbeat",
        "holiday",
        "invitation",
        "meetingnotice",
        "message",
        "nomination",
        "obligation",
        "occurrence",
        "processfile",
        "protocol",
        "reminder",
        "reminderpolicy",
        "successionrequest",
        "user",
    ),
}


def address(name: str, page: str, *args: Any) -> str:
    app = "accounts" if name in ("user", "apitoken") else "coordination"
    return reverse(f"admin:{app}_{name}_{page}", args=args)


def test_every_model_has_a_page_or_a_place_on_one() -> None:
    shown = set(admin.site._registry)
    for page in admin.site._registry.values():
        inlines = getattr(page, "inlines", ())
        shown |= {inline.model for inline in inlines}
    models = {
        model
        for label in ("accounts", "coordination")
        for model in apps.get_app_config(label).get_models()
    }
    # What somebody has not sent is theirs alone; a count of attempts tells nobody anything; a key
    # is of no process, and is named by each checkpoint.
    # A release stands on the page of its record: a delegation's own is nothing to a coordinator.
    # What the clock said is of no process either, and the address of a calendar is its owner's.
    # So are views, looks and what is kept while one types; of what was done at once to many
    # commitments, the ledger tells each.
    assert models - shown == {
        *(CheckInDraft, Attempts, SigningKey, Release, ClockReading, CalendarFeed),
        *(FormDraft, LastLook, SavedView, BulkChange),
    }


def test_no_filter_lists_related_rows_that_one_may_not_see() -> None:
    careless = []
    for page in PAGES.values():
        for name in page.list_filter:
            if isinstance(name, str) and page.opts.get_field(name).is_relation:
                careless.append((page, name))
    assert careless == []


def test_the_lists_show_the_rows_of_ones_processes_only(
    office: Client, rows: dict[str, Any], hidden: dict[str, Any]
) -> None:
    shown = {}
    for name in PAGES:
        response = office.get(address(name, "changelist"))
        listed = {row.pk for row in response.context["cl"].result_list}
        shown[name] = (rows[name].pk in listed, HIDDEN in response.content.decode())
    assert shown == dict.fromkeys(PAGES, (True, False))


@pytest.mark.parametrize("term", ["plover", HIDDEN, "9" * 30 + "“x'%"])
def test_the_lists_can_be_searched_and_sorted(
    term: str, office: Client, rows: dict[str, Any], hidden: dict[str, Any]
) -> None:
    found = {}
    for name in PAGES:
        response = office.get(address(name, "changelist"), {"q": term, "o": "1"})
        listed = {row.pk for row in response.context["cl"].result_list}
        found[name] = (response.status_code, hidden[name].pk in listed and name != "heartbeat")
    assert found == dict.fromkeys(PAGES, (200, False))


def test_the_pages_of_ones_rows_open(
    office: Client, rows: dict[str, Any], hidden: dict[str, Any]
) -> None:
    shown = {}
    for name in PAGES:
        response = office.get(address(name, "change", rows[name].pk))
        shown[name] = (response.status_code, HIDDEN in response.content.decode())
    assert shown == dict.fromkeys(PAGES, (200, False))


@pytest.mark.parametrize("page", ["change", "history"])
def test_rows_of_another_process_are_not_found(
    page: str, office: Client, rows: dict[str, Any], hidden: dict[str, Any]
) -> None:
    pages = [name for name in PAGES if name != "heartbeat"]
    answers = {name: office.get(address(name, page, hidden[name].pk)).status_code for name in pages}
    unknown = {name: office.get(address(name, page, 10**9)).status_code for name in pages}
    assert answers == unknown == dict.fromkeys(pages, 404)


def test_the_pages_for_new_rows_open_where_one_can_be_added(
    office: Client, rows: dict[str, Any], hidden: dict[str, Any]
) -> None:
    shown = {}
    for name in PAGES:
        response = office.get(address(name, "add"))
        shown[name] = (response.status_code, HIDDEN in response.content.decode())
    assert shown == {name: (403 if name in NOT_ADDED else 200, False) for name in PAGES}


def test_nothing_is_deleted(office: Client, rows: dict[str, Any]) -> None:
    answers = {
        name: office.post(address(name, "delete", rows[name].pk), {"post": "yes"}).status_code
        for name in PAGES
    }
    assert answers == dict.fromkeys(PAGES, 403)
    assert [name for name in PAGES if not _is_there(rows[name])] == []


def _is_there(row: Any) -> bool:
    return type(row)._base_manager.filter(pk=row.pk).exists()


def test_a_superuser_who_is_no_member_sees_accounts_and_no_process(
    client: Client, hidden: dict[str, Any]
) -> None:
    client.force_login(factories.UserFactory(is_staff=True, is_superuser=True))
    filled = {
        name for name in PAGES if client.get(address(name, "changelist")).context["cl"].result_list
    }
    assert filled == {"user", "apitoken", "heartbeat"}


def test_a_member_who_does_not_coordinate_reads_and_does_not_write(
    client: Client, process: Process, rows: dict[str, Any]
) -> None:
    reader = factories.UserFactory(is_staff=True)
    factories.MembershipFactory(process=process, user=reader, role="observer")
    client.force_login(reader)
    answers = {}
    for name in PAGES:
        where = address(name, "change", rows[name].pk)
        answers[name] = (
            client.get(where).status_code,
            client.post(where, {}).status_code,
            client.post(address(name, "add"), {}).status_code,
        )
    expected = dict.fromkeys(PAGES, (200, 403, 403))
    expected["message"] = (404, 403, 403)  # mails are the coordinators' to read
    for name in ("reminder", "meetingnotice", "addressproblem"):
        expected[name] = (404, 403, 403)  # and so is what they are about
    expected["apitoken"] = (404, 403, 403)  # as tokens are their owner's
    expected["invitation"] = (404, 403, 403)  # an address is the coordinators' to know
    # Evidence and check-ins are for the bodies of the commitment, on which an observer has no seat.
    expected |= dict.fromkeys(("evidence", "checkin"), (404, 403, 403))
    expected["process"] = (200, 403, 200)  # whoever opens one becomes its coordinator
    assert answers == expected


def test_a_page_asks_the_database_as_often_for_many_rows_as_for_few(
    office: Client, rows: dict[str, Any], process: Process
) -> None:
    pages = [address(name, "changelist") for name in PAGES]
    pages += [address(name, "change", rows[name].pk) for name in PAGES]
    office.get(pages[0])  # what is asked once only is asked now
    ContentType.objects.get_for_models(*admin.site._registry)
    few = {page: _queries(office, page) for page in pages}
    for _again in range(3):
        furnish(process, "plover")
    _lengthen(rows)
    assert {page: _queries(office, page) for page in pages} == few


def _queries(office: Client, page: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        office.get(page)
    return len(asked)


def _lengthen(rows: dict[str, Any]) -> None:
    """More rows for the inlines."""
    commitment, body, process = rows["commitment"], rows["body"], rows["process"]
    days = (dt.date(2019, 1, day) for day in range(1, 4))
    roles = iter((Seat.Role.SECRETARY, Seat.Role.MEMBER, Seat.Role.ADVISER))
    topics = iter(ProtocolSource.Topic.values[1:])
    for letter in "RCI":
        other = factories.CommitmentFactory(process=process)
        person = factories.MembershipFactory(process=process, role="observer").user
        party = factories.PartyFactory(process=process)
        obligation = factories.ObligationFactory(
            commitment=commitment, party=party, focal_point=person
        )
        factories.DeadlineTermFactory(deadline=commitment.deadline, on=None, after_commitment=other)
        seat = factories.SeatFactory(body=body, party=party)
        factories.TermFactory(seat=rows["seat"], holder=person, ends_on=factories.today())
        factories.AttendanceFactory(review=rows["review"], seat=seat, person=person)
        factories.AgendaItemFactory(review=rows["review"], commitment=other)
        factories.OutcomeFactory(
            item=rows["agendaitem"], kind="finding", obligation=obligation, level=1
        )
        factories.CheckInFactory(obligation=rows["obligation"], author=person)
        factories.VerificationFactory(obligation=rows["obligation"], author=person)
        factories.ExpectedOccurrenceFactory(obligation=rows["obligation"])
        factories.TriggerEventFactory(trigger=rows["trigger"], recorded_by=person)
        reading = factories.ReadingFactory(deadline=commitment.deadline, party=party)
        for one in (reading, rows["reading"]):
            factories.DeadlineTermFactory(deadline=commitment.deadline, reading=one)
        factories.ExtensionFactory(deadline=commitment.deadline, author=person)
        factories.BoundFactory(commitment=commitment, obligation=obligation)
        factories.MeasurementFactory(bound=rows["bound"], author=person)
        factories.FlagFactory(commitment=commitment, obligation=obligation, author=person)
        factories.DependencyFactory(commitment=commitment, on=other)
        breach = factories.BreachFactory(obligation=rows["obligation"], alleged_by=party)
        for one in (breach, rows["breach"]):
            factories.BreachStepFactory(breach=one, author=person)
        contradicting = factories.EvidenceFactory(commitment=commitment, added_by=person)
        rows["evidence"].contradicts.add(contradicting)
        factories.CheckInLinkFactory(occurrence=rows["occurrence"], recipient=person)
        factories.MessageEventFactory(message=rows["message"])
        factories.AnchorDateFactory(anchor=rows["anchorevent"])
        factories.QuorumPartFactory(protocol=rows["protocol"])
        factories.DisputeStepFactory(protocol=rows["protocol"], seat=seat)
        factories.ProtocolSourceFactory(protocol=rows["protocol"], topic=next(topics))
        factories.AffiliationFactory(party=rows["party"])
        factories.ReportingLineFactory(body=body)
        factories.ReportingLineFactory(body=body, to_body=None, to_party=party)
        factories.FormerNameFactory(body=body, until=next(days))
        factories.SuccessionFactory(predecessor=body)
        factories.SuccessionFactory(
            predecessor=factories.BodyFactory(process=process), successor=body
        )
        factories.CompositionPartFactory(body=body)
        factories.RoleTermsFactory(body=body, role=next(roles))
        channel = factories.ContactChannelFactory(body=body)
        factories.ChannelTestFactory(channel=channel, tested_by=person)
        factories.ChannelTestFactory(channel=rows["contactchannel"], tested_by=person)
        asked = factories.SuccessionRequestFactory(seat=rows["seat"], asked_by=person)
        asked.asked.add(person)
        rows["successionrequest"].asked.add(person)
        factories.NominationFactory(seat=rows["seat"], proposed_by=person, state="declined")
        responsibility = rows["responsibility"]
        factories.ClaimFactory(responsibility=responsibility)
        factories.AssignmentFactory(responsibility=responsibility, seat=seat)
        factories.AssignmentFactory(
            responsibility=responsibility, seat=None, body=seat.body, letter=letter
        )
        factories.ProvisionFactory(agreement=rows["agreement"])


def test_a_reader_without_a_process_sees_empty_lists(client: Client, db: None) -> None:
    client.force_login(factories.UserFactory(is_staff=True))
    answers = {name: client.get(address(name, "changelist")).status_code for name in PAGES}
    assert answers == dict.fromkeys(PAGES, 200)


def test_an_outsider_is_sent_to_the_products_own_sign_in(client: Client, db: None) -> None:
    response = client.get("/admin/coordination/body/", follow=True)
    addresses = [address for address, _status in response.redirect_chain]
    assert addresses[-1] == reverse("account_login") + "?next=/admin/coordination/body/"


def test_who_is_in_and_is_not_staff_is_told_so(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert client.get("/admin/", follow=True).status_code == 403


def test_the_sign_in_sends_nobody_to_another_site(office: Client) -> None:
    response = office.get("/admin/login/", {"next": "https://elsewhere.example/"})
    assert response.headers["Location"] == "/admin/"


def test_no_redirect_reveals_a_hidden_row(office: Client, hidden: dict[str, Any]) -> None:
    assert office.get(f"/admin/r/1/{hidden['process'].pk}/").status_code == 404


def test_a_mail_is_shown_without_its_capability(office: Client, rows: dict[str, Any]) -> None:
    shown = office.get(address("message", "change", rows["message"].pk)).content.decode()
    assert ("plover body_text …" in shown, "capability" in shown) == (True, False)


def test_a_links_hash_and_an_entrys_salt_are_not_shown(
    office: Client, rows: dict[str, Any]
) -> None:
    page = office.get(address("occurrence", "change", rows["occurrence"].pk)).content.decode()
    entry = office.get(address("entry", "change", rows["entry"].pk)).content.decode()
    assert (rows["checkinlink"].token_hash in page, rows["entry"].salt in entry) == (False, False)


def test_the_history_of_a_row_is_the_ledgers(office: Client, rows: dict[str, Any]) -> None:
    response = office.get(address("process", "history", rows["process"].pk), follow=True)
    entries = [entry.summary for entry in response.context["cl"].result_list]
    assert entries == ["plover summary"]


@pytest.mark.parametrize(
    ("model", "field"),
    [
        ("commitment", "lead_body"),
        ("commitment", "provision"),
        ("deadlineterm", "after_commitment"),
        ("assignment", "seat"),
        ("contactchannel", "body"),
        ("disputestep", "seat"),
        ("checkin", "obligation"),
        ("checkin", "expected"),
        ("commitment", "trigger"),
        ("measurement", "bound"),
        ("obligation", "party"),
        ("obligation", "focal_point"),
        ("review", "series"),
        ("membership", "process"),
        ("entry", "actor"),
    ],
)
def test_the_autocomplete_offers_nothing_of_another_process(
    model: str, field: str, office: Client, rows: dict[str, Any], hidden: dict[str, Any]
) -> None:
    asked = {"app_label": "coordination", "model_name": model, "field_name": field}
    for term in ("", HIDDEN, "kestrel"):
        response = office.get(reverse("admin:autocomplete"), {**asked, "term": term})
        assert (response.status_code, HIDDEN in response.content.decode()) == (200, False)
    everything = office.get(reverse("admin:autocomplete"), asked).json()["results"]
    assert everything != []


def test_the_autocomplete_keeps_to_the_process_of_the_page(
    office: Client, staff: User, rows: dict[str, Any], hidden: dict[str, Any]
) -> None:
    """Also for somebody who coordinates both."""
    factories.MembershipFactory(process=hidden["process"], user=staff, role="coordinator")
    asked = {"app_label": "coordination", "model_name": "commitment", "field_name": "lead_body"}
    response = office.get(
        reverse("admin:autocomplete"), {**asked, "term": "", "process": rows["process"].pk}
    )
    offered = [int(row["id"]) for row in response.json()["results"]]
    bodies = rows["process"].bodies.values_list("pk", flat=True)
    assert sorted(offered) == sorted(bodies)
