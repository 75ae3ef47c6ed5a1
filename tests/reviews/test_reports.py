"""Implementation reports: figures of the register, words of people, an approval that seals both."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from coordination.base.errors import Overtaken, Refused
from coordination.bodies.models import ReportingLine
from coordination.commitments.actions import record_verification
from coordination.commitments.models import Commitment
from coordination.commitments.standing import of_commitment
from coordination.ledger.actions import verify
from coordination.ledger.models import Entry
from coordination.ledger.signing import canonical, digest_of
from coordination.reviews.actions import (
    approve_report,
    create_report,
    draft_anew,
    edit_section,
)
from coordination.reviews.models import Outcome, Report, ReportFile
from coordination.reviews.reports.access import may_approve
from coordination.reviews.reports.document import document
from coordination.reviews.reports.figures import addressees, figures_of
from tests.factories import (
    AgendaItemFactory,
    BreachFactory,
    BreachStepFactory,
    DisputeFactory,
    OutcomeFactory,
    ReviewFactory,
)

from .conftest import reported, verified

pytestmark = pytest.mark.django_db


@pytest.fixture
def report(process, lead_body, bob, coordinator) -> Report:
    """A draft about the last thirty days, issued by the body that bob chairs."""
    return made(process, lead_body, coordinator)


def made(process: Any, issuer: Any, actor: Any, days: int = 30, **more: Any) -> Report:
    today = process.today()
    return create_report(
        actor=actor, process=process, issued_by=issuer, title="Third quarterly report",
        period_from=today - dt.timedelta(days=days), period_until=today, origin="web", **more,
    )  # fmt: skip


def text_of(report: Report, part: str) -> str:
    return report.sections.get(part=part).text


def approved(report: Report, actor: Any) -> Report:
    seen = digest_of(figures_of(report))
    return approve_report(actor=actor, report=report, seen=seen, origin="web")


# --- What is drafted ---


def test_it_is_drafted_in_words_from_the_data(
    process, lead_body, owe, party, coordinator, dave
) -> None:
    full, late, said, _none = owe(-9), owe(-5), owe(-2), owe(20)
    verified(full, 3)
    verified(late, 1)
    reported(said, 3, days_ago=2)
    verified(said, 2, days_ago=1)
    Commitment.every.update(created_at=timezone.now() - dt.timedelta(days=60))
    breach = BreachFactory(obligation=late.obligations.get(), state="confirmed", number=1)
    BreachStepFactory(breach=breach, number=1, state="confirmed")
    DisputeFactory(body=lead_body, number=4, subject="From when it counts")
    held = timezone.now() - dt.timedelta(days=3)
    review = ReviewFactory(
        body=lead_body, number=7, held_on=held.date(), opened_at=held, state="minutes_draft"
    )
    item = AgendaItemFactory(review=review, commitment=said)
    OutcomeFactory(
        item=item, kind="decision", text="To meet monthly.", carried=True, rule="consensus"
    )
    report = made(process, lead_body, coordinator)
    assert text_of(report, "summary") == (
        "At the end of the period 1 of 4 commitments were complete, 2 were ongoing and 1 were "
        "pending.\n\nAt the end of the period before, 0 of 4 were complete, 0 ongoing and 4 "
        "pending."
    )
    assert "1 meeting was held" in text_of(report, "context")
    assert "- JMC: To meet monthly." in text_of(report, "context")
    progress = text_of(report, "progress")
    assert "Joint Military Commission: 1 complete, 2 ongoing and 1 pending of 4." in progress
    assert f"- {full.code}, Due in -9: complete, before pending" in progress
    assert "1 breach stood at the end" in text_of(report, "breaches")
    assert "JMC, dispute 4, From when it counts: open" in text_of(report, "disputes")
    assert text_of(report, "recommendations") == (
        "- AAA: Due in -5 (Art. I; In breach).\n- AAA: Due in -2 (Art. I; Contradicted)."
    )


def test_what_a_meeting_agreed_an_action_on_is_not_recommended(
    process, lead_body, owe, coordinator
) -> None:
    late, action = owe(-5), owe(9)
    item = AgendaItemFactory(review__body=lead_body, commitment=late)
    OutcomeFactory(item=item, kind=Outcome.Kind.ACTION, commitment=action)
    report = made(process, lead_body, coordinator)
    assert "Nothing is overdue" in text_of(report, "recommendations")


def test_one_of_a_body_has_what_the_body_leads(
    process, lead_body, verifying_body, owe, coordinator
) -> None:
    mine, _other = owe(3), owe(3, lead_body=verifying_body, verifying_body=None)
    figures = figures_of(made(process, lead_body, coordinator, body=lead_body))
    assert [row["code"] for row in figures["rows"]] == [mine.code]
    assert figures["body"] == lead_body.name


def test_a_remark_is_what_was_last_found_and_released(
    process, lead_body, verifying_body, commitment, obligation, carol, coordinator
) -> None:
    for words, released in (("First.", True), ("Two are left.", True), ("Not out yet.", False)):
        record_verification(
            actor=carol, obligation=obligation, body=verifying_body, level=2, found=words,
            occurred_on=process.today(), origin="web", released=released,
        )  # fmt: skip
    [row] = figures_of(made(process, lead_body, coordinator))["rows"]
    assert [one["text"] for one in row["remarks"]] == ["Two are left."]


def test_it_goes_to_whom_the_issuing_body_reports_on_that_day(
    process, lead_body, verifying_body, party, report
) -> None:
    kinds = ReportingLine.Kind
    for kind, fields in (
        (kinds.REPORTS_TO, {"to_body": verifying_body}),
        (kinds.INFORMS, {"to_name": "African Union"}),
        (kinds.LIAISON, {"to_party": party}),
        (kinds.INFORMS, {"to_name": "Former friend", "ended_on": process.today()}),
    ):
        ReportingLine.objects.create(body=lead_body, kind=kind, **fields)
    names = [line.target_name for line in addressees(report)]
    assert names == ["Verification Mission", "African Union"]
    assert figures_of(report)["addressees"] == names


def test_it_asks_the_database_as_often_for_many_commitments(
    process, lead_body, owe, coordinator
) -> None:
    report = made(process, lead_body, coordinator)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            figures_of(Report.objects.select_related("body", "issued_by", "process").get())
        return len(captured)

    owe(1), owe(-3)
    few = queries()
    for days in range(5):
        verified(owe(days), 2)
    assert report and queries() == few


# --- What people write ---


def test_two_editors_never_overwrite_each_other(report, bob, coordinator) -> None:
    section = report.sections.get(part="summary")
    edit_section(actor=bob, section=section, text="Bob's words.", version=1, origin="web")
    with pytest.raises(Overtaken):
        edit_section(actor=coordinator, section=section, text="Mine.", version=1, origin="web")
    assert text_of(report, "summary") == "Bob's words."


def test_the_form_shows_what_the_other_wrote_and_keeps_what_was_typed(
    client, report, bob, coordinator
) -> None:
    path = f"/p/valley/reports/{report.pk}/sections/summary/"
    client.force_login(coordinator)
    seen = client.get(path).context["form"]["seen"].value()
    section = report.sections.get(part="summary")
    edit_section(actor=bob, section=section, text="Bob's words.", version=1, origin="web")
    sent = {"what": "words", "text": "Cora's words.", "seen": seen}
    page = client.post(path, sent)
    assert page.status_code == 422
    for words in ("Bob’s words", "Cora&#x27;s words.", "Bob changed"):
        assert words.replace("’", "&#x27;") in page.content.decode()
    sent["seen"] = page.context["form"]["seen"].value()
    assert client.post(path, sent).status_code == 302
    assert text_of(report, "summary") == "Cora's words."


def test_a_section_is_drafted_anew_unless_somebody_has_edited_it(report, owe, bob) -> None:
    section = report.sections.get(part="summary")
    owe(5)
    again = draft_anew(actor=bob, section=section, version=1, origin="web")
    assert again.text.startswith("At the end of the period 0 of 1 commitment was complete")
    edited = edit_section(actor=bob, section=again, text="Mine.", version=2, origin="web")
    with pytest.raises(Refused):
        draft_anew(actor=bob, section=edited, version=3, origin="web")
    again = draft_anew(actor=bob, section=edited, version=3, origin="web", although_edited=True)
    assert again.text.startswith("At the end") and again.edited_at is None
    kept = Entry.objects.filter(verb="report.section-drafted").order_by("-sequence").first()
    assert kept.before["text"] == "Mine."


# --- Approval ---


def test_the_chair_approves_it_once_and_its_figures_are_sealed(report, owe, bob, process) -> None:
    one = owe(-3)
    verified(one, 2)
    sealed = approved(report, bob)
    assert approved(report, bob).approved_at == sealed.approved_at
    stored = Report.objects.get()
    assert digest_of(stored.figures) == stored.digest == sealed.digest
    entry = Entry.objects.get(verb="report.approved")
    assert entry.after["digest"] == stored.digest
    assert (entry.after["ongoing"], entry.after["total"]) == (1, 1)
    assert sorted(stored.files.values_list("format", flat=True)) == ["docx", "pdf"]
    assert list(verify(process)) == []


def test_an_approved_report_shows_the_same_whatever_changes_in_the_record(
    client, report, owe, bob
) -> None:
    one = owe(-3)
    verified(one, 2)
    approved(report, bob)
    client.force_login(bob)
    path = f"/p/valley/reports/{report.pk}/"
    before = canonical(figures_of(Report.objects.get()))
    assert "0 complete, 1 ongoing, 0 pending of 1" in client.get(path).content.decode()
    verified(one, 3)
    owe(5)
    assert canonical(figures_of(Report.objects.get())) == before
    assert "0 complete, 1 ongoing, 0 pending of 1" in client.get(path).content.decode()
    section = report.sections.get(part="summary")
    with pytest.raises(Overtaken):
        edit_section(actor=bob, section=section, text="Late words.", version=1, origin="web")


def test_what_has_changed_since_it_was_read_is_not_approved(client, report, owe, bob) -> None:
    client.force_login(bob)
    seen = client.get(f"/p/valley/reports/{report.pk}/").context["seen"]
    owe(5)
    client.post(f"/p/valley/reports/{report.pk}/approve/", {"seen": seen})
    assert Report.objects.get().approved_at is None
    seen = client.get(f"/p/valley/reports/{report.pk}/").context["seen"]
    client.post(f"/p/valley/reports/{report.pk}/approve/", {"seen": seen})
    assert Report.objects.get().approved_by == bob


def test_it_is_approved_from_the_last_day_of_its_period_on(process, lead_body, bob) -> None:
    report = made(process, lead_body, bob)
    report.period_until += dt.timedelta(days=1)
    report.save()
    with pytest.raises(Refused, match="not over"):
        approved(report, bob)


def test_a_coordinator_approves_where_no_chair_can_sign_in(report, bob, coordinator, alice) -> None:
    assert (may_approve(bob, report), may_approve(coordinator, report)) == (True, False)
    bob.is_active = False
    bob.save()
    assert may_approve(coordinator, report) and not may_approve(alice, report)


# --- The register says the same ---


def test_the_report_and_the_register_say_the_same_of_a_past_day(
    client, process, lead_body, owe, coordinator
) -> None:
    with time_machine.travel(timezone.now() - dt.timedelta(days=40)):
        one, two = owe(50), owe(60)
    with time_machine.travel(timezone.now() - dt.timedelta(days=20)):
        verified(one, 3)
        verified(two, 1)
    for made_at, level in ((two, 3), (owe(9), 2)):
        verified(made_at, level)
    day = process.today() - dt.timedelta(days=10)
    report = create_report(
        actor=coordinator, process=process, issued_by=lead_body, title="Past", origin="web",
        period_from=day - dt.timedelta(days=20), period_until=day,
    )  # fmt: skip
    client.force_login(coordinator)
    words = "1 complete, 1 ongoing, 0 pending of 2"
    assert words in client.get(f"/p/valley/reports/{report.pk}/").content.decode()
    past = client.get("/p/valley/commitments/", {"as_of": day.isoformat()})
    assert words in past.content.decode()
    rows = figures_of(report)["rows"]
    shown = [
        (row.number, row.reported_level, row.verified_level, standing.mark, standing.words)
        for row in past.context["page"].rows
        for standing in [of_commitment(row, past.context["moment"])]
    ]
    assert shown == [
        (row["number"], row["reported"], row["verified"], row["mark"], row["standing"])
        for row in rows
    ]
    now = client.get("/p/valley/commitments/").content.decode()
    assert "2 complete, 1 ongoing, 0 pending of 3" in now


# --- Pages ---


def test_a_report_is_drafted_on_its_page_and_listed(client, process, lead_body, bob) -> None:
    client.force_login(bob)
    today = process.today()
    sent = {
        "title": "First report", "issued_by": lead_body.pk, "language": "ar", "reference": "JMC/1",
        "period_from": (today - dt.timedelta(days=9)).isoformat(),
        "period_until": today.isoformat(), "body": "",
    }  # fmt: skip
    page = client.post("/p/valley/reports/new/", sent)
    report = Report.objects.get()
    assert page.url == f"/p/valley/reports/{report.pk}/"
    assert "JMC/1" in client.get("/p/valley/reports/").content.decode()
    assert 'dir="rtl"' in client.get(page.url).content.decode()
    sent["period_until"] = (today - dt.timedelta(days=20)).isoformat()
    page = client.post("/p/valley/reports/new/", sent)
    assert (page.status_code, Report.objects.count()) == (422, 1)
    assert "The period ends before it begins." in page.content.decode()


def test_the_html_file_stands_alone(client, report, owe, alice) -> None:
    owe(-3, title="Withdraw <b>all</b>")
    client.force_login(alice)
    response = client.get(f"/p/valley/reports/{report.pk}/html/")
    page = response.content.decode()
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "<style>" in page and "Withdraw &lt;b&gt;all&lt;/b&gt;" in page
    assert not [word for word in ("src=", "href=", "<script") if word in page]


def test_a_long_matrix_has_pages_and_one_page_for_printing(client, report, alice) -> None:
    report.figures = figures_of(report) | {"rows": [ROW | {"number": n} for n in range(1, 151)]}
    report.digest, report.approved_at = digest_of(report.figures), timezone.now()
    report.save()
    client.force_login(alice)
    path = f"/p/valley/reports/{report.pk}/"
    assert len(client.get(path).context["matrix"]) == 60
    assert len(client.get(path, {"matrix": "all"}).context["matrix"]) == 150


ROW = {
    "number": 1, "code": "C-1", "article": "Art. I", "title": "Withdraw", "body": "JMC",
    "owed_by": ["AAA"], "due": "2019-05-01", "reported": 3, "verified": 1, "state": "ongoing",
    "was": "", "mark": "over", "standing": "5 days late", "to_act_on": True,
    "remarks": [{"owner": "", "text": "Two are left.", "on": "2019-05-01"}],
}  # fmt: skip


def test_the_api_gives_what_was_approved(client, report, bob, alice, outsider) -> None:
    client.force_login(alice)
    one = client.get(f"/api/reports/{report.pk}/").json()
    assert (one["figures"], len(one["sections"])) == (None, 6)
    approved(report, bob)
    one = client.get("/api/reports/", {"process": "valley"}).json()["results"][0]
    assert digest_of(one["figures"]) == one["digest"] == Report.objects.get().digest
    client.force_login(outsider)
    assert client.get(f"/api/reports/{report.pk}/").status_code == 404


def test_files_are_asked_for_by_any_member(client, report, alice) -> None:
    client.force_login(alice)
    for _ in range(2):
        client.post(f"/p/valley/reports/{report.pk}/files/pdf/make/")
    assert ReportFile.objects.count() == 1
    page = client.get(f"/p/valley/reports/{report.pk}/files/")
    assert page["Refresh"] == "5"


def test_it_is_drafted_in_its_own_language(process, lead_body, owe, coordinator) -> None:
    verified(owe(-3), 3)
    report = made(process, lead_body, coordinator, language="fr")
    assert text_of(report, "summary").startswith(
        "À la fin de la période, sur 1 engagement, 1 était réalisé, 0 en cours et 0 en attente."
    )
    given = document(figures_of(report))
    assert given["headline"] == "1 réalisés, 0 en cours, 0 en attente sur 1"
    assert given["matrix"]["rows"][0]["verified"] == "Complet"
