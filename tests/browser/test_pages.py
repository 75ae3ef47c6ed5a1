"""Every page in a real browser: accessible, fitting, quiet, and without script."""

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import override_settings

from coordination.agreements.models import Provision
from coordination.base.capabilities import reveal
from coordination.bodies.models import Body
from coordination.commitments.models import Commitment, Obligation, Verification
from coordination.outbox.models import Message
from coordination.processes.models import Party
from coordination.reviews.models import Review
from coordination.reviews.occurrences import next_days
from tests import factories
from tests.browser.conftest import Window, Windows

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("examples")]

COORDINATOR = "n.ferreira@ohr.example"
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
DESKTOP = {"viewport": {"width": 1440, "height": 900}}
#: The pages are gone through in parts, which run beside each other.
PARTS = 4
FAILURES = {"resultTypes": ["violations"]}  # what passes is not told in detail, to spare time
RULES = FAILURES | {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
}
#: What a narrower window and darker colours may change.
SIZE_AND_COLOUR = FAILURES | {
    "runOnly": {
        "type": "rule",
        "values": [
            "color-contrast",
            "target-size",
            "scrollable-region-focusable",
            "link-in-text-block",
        ],
    }
}


def link_of(message: Message) -> str:
    """The path of the check-in link in a mail."""
    found = re.search(r"https?://[^/\s]+(/c/[\w-]+/)", reveal(message.body_text))
    assert found is not None
    return found[1]


def pages() -> list[str]:
    """Every kind of page that a coordinator can open, with real rows."""
    dayton = Commitment.objects.get(process__slug="dayton", title__startswith="Notify minefields")
    home, register = "/p/dayton/", "/p/dayton/commitments/"
    obligation = Obligation.objects.filter(commitment=dayton).first()
    message = Message.objects.filter(process__slug="dayton").first()
    review = Review.objects.get(body__process__slug="dayton", body__code="JMC", state="planned")
    found = Verification.objects.filter(obligation__commitment=dayton).first()
    assert obligation is not None
    assert found is not None
    assert message is not None
    jcc = Body.objects.get(process__slug="dayton", code="JCC")
    series = jcc.review_series.select_related("body__process").get()
    responsibility = (
        jcc.claims.select_related("responsibility")
        .get(responsibility__name="Remove fixed checkpoints")
        .responsibility
    )
    party = Party.objects.get(process__slug="dayton", code="BA-SRP")
    body = f"{home}bodies/JCC/"
    provision = Provision.objects.get(citation="Annex 1A, Art. IX.1(c)")
    agreement = f"{home}agreements/{provision.agreement.key}/"
    evidence = factories.EvidenceFactory(commitment=dayton)
    breach = factories.BreachStepFactory(breach__obligation=obligation).breach
    dispute = factories.DisputeStageFactory(dispute__body=jcc, dispute__commitment=dayton).dispute
    report = factories.ReportFactory(process=jcc.process, issued_by=jcc)
    factories.ReportSectionFactory(report=report, text="All is well.\n\n- But for one.")
    section = factories.MinutesSectionFactory(minutes__review__body=jcc)
    meeting = f"{home}reviews/{section.minutes.review_id}/"
    head = party.memberships.filter(role="delegate").first()
    assert head is not None
    factories.InvitationFactory(process=head.process, party=party, token="the-invitation")
    return [
        "/",
        home,
        f"{home}people/",
        f"{home}people/invite/",
        f"{home}people/second-step/",
        f"{home}people/{head.pk}/",
        f"{home}people/{head.pk}/end/",
        f"{home}people/{head.pk}/access/",
        "/invitation/the-invitation/",
        f"{meeting}minutes/1/",
        f"{meeting}minutes/1/sections/{section.order}/",
        f"{meeting}minutes/1/circulate/",
        f"{body}follow-through/",
        register,
        f"{register}?view=overdue&find=nothing+like+this",
        f"{register}{dayton.number}/",
        f"{register}{dayton.number}/chain/?late=30",
        f"{register}{dayton.number}/waits-on/new/",
        f"{register}{dayton.number}/flags/new/",
        f"{register}new/?provision={provision.pk}",
        f"{register}new/?kind=triggered",
        f"{register}{dayton.number}/edit/",
        f"{register}{dayton.number}/owners/",
        f"{register}{dayton.number}/dates/",
        f"{register}{dayton.number}/extensions/new/",
        f"{register}{dayton.number}/readings/new/",
        f"{register}{dayton.number}/readings/in-force/",
        f"{register}{dayton.number}/withdraw/",
        f"{home}triggers/",
        f"{home}add/trigger/",
        f"{register}waiting/",
        f"{register}{dayton.number}/evidence/",
        f"{register}{dayton.number}/evidence/add/",
        f"{register}{dayton.number}/evidence/{evidence.number}/",
        f"{register}{dayton.number}/evidence/{evidence.number}/supersede/",
        f"{register}{dayton.number}/evidence/{evidence.number}/contradict/",
        f"{register}{dayton.number}/breaches/new/",
        f"{register}{dayton.number}/breaches/{breach.pk}/",
        f"{register}{dayton.number}/check-in/{obligation.pk}/",
        f"{register}{dayton.number}/reports/{obligation.pk}/",
        f"{register}{dayton.number}/verify/{obligation.pk}/",
        f"{register}{dayton.number}/findings/{found.pk}/",
        f"{register}?as_of=2026-11-01",
        f"{home}reports/",
        f"{home}reports/new/",
        f"{home}reports/{report.pk}/",
        f"{home}reports/{report.pk}/sections/summary/",
        f"{home}reports/{report.pk}/files/",
        f"{home}bodies/",
        body,
        f"{body}?edit={responsibility.pk}",
        f"{body}?as_of=2026-11-01",
        f"{body}edit/",
        f"{body}edit/lines/",
        f"{body}edit/roles/",
        f"{body}edit/seats/",
        f"{body}wind-up/",
        f"{body}protocol/",
        f"{body}contacts/",
        f"{home}add/body/",
        f"{home}structure/",
        f"{home}responsibilities/",
        f"{home}responsibilities/{responsibility.pk}/",
        f"{home}gaps/",
        f"{home}gaps/two_accountable:{responsibility.pk}/",
        f"{home}vacancies/",
        f"{home}seats/{jcc.seats.get(number=7).pk}/",
        f"{home}parties/",
        f"{home}parties/{party.pk}/",
        f"{home}anchors/",
        f"{home}anchors/signed/date/",
        f"{home}agreements/",
        agreement,
        f"{agreement}?find=forces",
        f"{agreement}edit/",
        f"{agreement}add/?under={provision.pk}",
        f"{agreement}provisions/{provision.pk}/",
        f"{agreement}provisions/{provision.pk}/edit/",
        f"{home}add/agreement/",
        f"{register}{dayton.number}/notes/",
        f"{home}access/evidence/{evidence.pk}/",
        f"{home}reviews/",
        f"{home}reviews/{review.pk}/",
        f"{home}reviews/{review.pk}/move/",
        f"{home}reviews/{review.pk}/cancel/",
        f"{home}bodies/JCC/meet/",
        f"{home}series/",
        f"{home}bodies/JCC/series/add/",
        f"{home}series/{series.pk}/edit/",
        f"{home}series/{series.pk}/{next_days(series, 2)[1]}/",
        f"{home}calendar/",
        f"{home}calendar/?view=list&due=1",
        "/calendar/",
        "/calendar/?view=list",
        "/calendar/feeds/",
        f"{home}disputes/",
        f"{home}disputes/{dispute.number}/",
        f"{home}bodies/JCC/dispute/",
        f"{home}outbox/",
        f"{home}outbox/?view=attention",
        f"{home}outbox/?view=waited&find=nothing+like+this",
        f"{home}outbox/health/",
        f"{home}outbox/{message.pk}/",
        f"{home}reminders/",
        f"{home}reminders/edit/",
        f"{home}reminders/JCC/edit/",
        f"{home}reminders/working-days/",
        f"{register}{dayton.number}/reminders/",
        f"{home}ledger/",
        f"{home}ledger/1/",
        f"{home}ledger/checkpoints/",
        "/account/",
        "/account/tokens/",
        "/account/password/",
        "/account/second-step/",
        "/account/second-step/app/",
        "/account/second-step/passkeys/",
        "/account/second-step/passkeys/add/",
        "/account/sessions/",
        "/sign-out/",
    ]


def violations(window: Window, rules: Any = RULES) -> list[str]:
    """What axe-core finds against WCAG 2.2 AA and good practice."""
    found = Axe().run(window.page, options=rules).response["violations"]
    return [f"{one['id']}: {[node['target'] for node in one['nodes']][:3]}" for one in found]


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize(
    ("size", "scheme", "rules"),
    [(DESKTOP, "light", RULES), (PHONE, "dark", SIZE_AND_COLOUR)],
    ids=["a light desktop", "a dark phone"],
)
def test_every_page_is_accessible_small_fits_its_window_and_raises_no_complaint(
    windows: Windows, size: dict, scheme: str, rules: dict, part: int
) -> None:
    """At most 50 KB of HTML, and nothing fetched from anywhere else."""
    window = windows.open(COORDINATOR, color_scheme=scheme, **size)
    requests: list[str] = []
    window.page.on("request", lambda request: requests.append(request.url))
    for path in pages()[part::PARTS]:
        window.visit(path)
        assert window.size < 50_000, path
        assert window.sideways() == 0, path
        assert violations(window, rules) == [], path
    assert window.complaints == []
    assert [url for url in requests if not url.startswith(window.base)] == []


def test_pages_for_people_who_are_not_signed_in_are_accessible(windows: Windows) -> None:
    message = Message.objects.filter(process__slug="dayton").first()
    assert message is not None
    link = link_of(message)
    factories.InvitationFactory(process=message.process, token="the-invitation")
    window = windows.open(**PHONE)
    entrances = ("/sign-in/", "/sign-in/forgotten/", "/sign-in/forgotten/sent/")
    for path in (*entrances, link, f"{link}someone-else/", "/invitation/the-invitation/"):
        window.visit(path)
        assert window.sideways() == 0, path
        assert violations(window) == [], path
    assert window.complaints == []


def test_a_check_in_on_a_phone_without_script(windows: Windows) -> None:
    message = Message.objects.filter(
        process__slug="dayton", subject__contains="Notify minefields"
    ).get()
    phone = windows.open(java_script_enabled=False, **PHONE)
    page = phone.visit(link_of(message))
    assert page.locator("input:checked").count() == 0
    page.get_by_label("What changed").fill("Forty fields marked.")
    page.get_by_role("button", name="Send check-in").click()
    assert "Choose one of the four levels." in page.inner_text("main")
    assert page.get_by_label("What changed").input_value() == "Forty fields marked."
    page.get_by_label("Intermediate").check()
    page.get_by_label("What holds it up?").select_option("access")
    page.get_by_role("button", name="Send check-in").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Check-in recorded"
    page.get_by_role("link", name="Correct this").click()
    page.get_by_role("button", name="No change").click()
    page.get_by_role("button", name="Confirm: nothing has changed").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Check-in recorded"
    obligation = Obligation.objects.get(
        commitment__title__startswith="Notify minefields", party__code="BA-SRP"
    )
    assert [c.revises_id is not None for c in obligation.check_ins.order_by("pk")] == [
        False,
        False,
        True,
    ]


def test_the_chair_runs_a_review_without_script(windows: Windows) -> None:
    window = windows.open("h.pryce@ifor.example", java_script_enabled=False, **DESKTOP)
    review = Review.objects.get(body__process__slug="dayton", body__code="JMC", state="planned")
    page = window.visit(f"/p/dayton/reviews/{review.pk}/")
    page.get_by_role("button", name="Open the meeting").click()
    page.get_by_role("link", name="Mark attendance").click()
    page.get_by_role("button", name="All others are present").click()
    page.get_by_role("link", name="Notify minefields").first.click()
    page.get_by_label("Finding, as it will stand").fill("Two of three returns are complete.")
    page.get_by_role("button", name="Record the finding").click()
    assert "Choose one of the four levels." in page.inner_text("article")
    finding = page.get_by_label("Finding, as it will stand")
    assert finding.input_value() == "Two of three returns are complete."
    page.locator("#id_finding-obligation").select_option(label="Republika Srpska")
    page.get_by_label("Minimum").check()
    page.get_by_role("button", name="Record the finding").click()
    assert "Two of three returns are complete." in page.inner_text("article")
    obligation = Obligation.objects.get(
        commitment__title__startswith="Notify minefields", party__code="BA-SRP"
    )
    assert obligation.verified_level == 1
    page.get_by_role("button", name="Close the meeting").click()
    assert "minutes in draft" in page.inner_text("main")


@override_settings(EMAIL_HOST="mail.example")
def test_a_mail_that_left_is_shown_without_its_link(windows: Windows) -> None:
    message = Message.objects.filter(process__slug="dayton").first()
    assert message is not None
    window = windows.open(COORDINATOR, **DESKTOP)
    page = window.visit(f"/p/dayton/outbox/{message.pk}/")
    assert link_of(message) not in page.content()
