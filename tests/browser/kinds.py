"""Every kind of page that a coordinator can open, with real rows of the examples."""

import re

from django.utils import timezone

from accounts.models import User
from coordination.agreements.models import Provision
from coordination.base.capabilities import reveal
from coordination.bodies.models import Body
from coordination.commitments.models import Commitment, Obligation, Verification
from coordination.outbox.models import Message
from coordination.processes.models import Party
from coordination.reviews.models import Review
from coordination.reviews.occurrences import next_days
from tests import factories
from tests.pictures import DESKTOP, PHONE

__all__ = ["COORDINATOR", "DESKTOP", "KINDS", "NAMES", "PHONE", "link_of", "pages"]

COORDINATOR = "n.ferreira@ohr.example"
#: What may stand in an address; `pages` has what it is in the examples.
NAMES = (
    *("commitment", "obligation", "found", "evidence", "evidence_pk", "breach", "bulk", "message"),
    *("member", "person", "party", "responsibility", "seat", "agreement", "provision"),
    *("meeting", "item", "outcome", "section", "review", "series", "day", "dispute", "report"),
    *("dependency", "expected", "extension", "flag", "bound", "measurement", "reading", "view"),
    *("token", "trigger", "event"),
)
KINDS = [
    "/",
    "/search/",
    "/search/?q=comission",
    "/search/?q=commission&kind=bodies",
    "/processes/",
    "/accessibility/",
    "/directory/",
    "/directory/?view=parties",
    "/p/dayton/directory/?view=bodies",
    "/p/dayton/",
    "/p/dayton/people/",
    "/p/dayton/people/invite/",
    "/p/dayton/people/second-step/",
    "/p/dayton/people/{member}/",
    "/p/dayton/person/{person}/",
    "/p/dayton/people/{member}/end/",
    "/p/dayton/people/{member}/access/",
    "/invitation/the-invitation/",
    "/p/dayton/reviews/{meeting}/minutes/1/",
    "/p/dayton/reviews/{meeting}/minutes/1/sections/{section}/",
    "/p/dayton/reviews/{meeting}/minutes/1/circulate/",
    "/p/dayton/bodies/JCC/follow-through/",
    "/p/dayton/commitments/",
    "/p/dayton/commitments/?view=overdue&find=nothing+like+this",
    "/p/dayton/commitments/?as_of=2026-01-01&columns=number,kind,track&density=compact",
    "/p/dayton/commitments/?edit={commitment}",
    "/p/dayton/commitments/bulk/?pick={commitment}",
    "/p/dayton/commitments/bulk/?pick={commitment}&kind=lead",
    "/p/dayton/commitments/bulk/?all=1&kind=priority&priority=1",
    "/p/dayton/commitments/bulk/?all=1&kind=remind",
    "/p/dayton/commitments/bulk/{bulk}/",
    "/p/dayton/commitments/{commitment}/",
    "/p/dayton/commitments/{commitment}/?edit={commitment}",
    "/p/dayton/commitments/{commitment}/quick/",
    "/p/dayton/commitments/views/",
    "/p/dayton/commitments/views/new/?view=open",
    "/p/dayton/commitments/{commitment}/chain/?late=30",
    "/p/dayton/commitments/{commitment}/waits-on/new/",
    "/p/dayton/commitments/{commitment}/flags/new/",
    "/p/dayton/commitments/new/?provision={provision}",
    "/p/dayton/commitments/new/?kind=triggered",
    "/p/dayton/commitments/{commitment}/edit/",
    "/p/dayton/commitments/{commitment}/owners/",
    "/p/dayton/commitments/{commitment}/dates/",
    "/p/dayton/commitments/{commitment}/extensions/new/",
    "/p/dayton/commitments/{commitment}/readings/new/",
    "/p/dayton/commitments/{commitment}/readings/in-force/",
    "/p/dayton/commitments/{commitment}/withdraw/",
    "/p/dayton/triggers/",
    "/p/dayton/add/trigger/",
    "/p/dayton/commitments/waiting/",
    "/p/dayton/commitments/{commitment}/evidence/",
    "/p/dayton/commitments/{commitment}/evidence/add/",
    "/p/dayton/commitments/{commitment}/evidence/{evidence}/",
    "/p/dayton/commitments/{commitment}/evidence/{evidence}/supersede/",
    "/p/dayton/commitments/{commitment}/evidence/{evidence}/contradict/",
    "/p/dayton/commitments/{commitment}/breaches/new/",
    "/p/dayton/commitments/{commitment}/breaches/{breach}/",
    "/p/dayton/commitments/{commitment}/check-in/{obligation}/",
    "/p/dayton/commitments/{commitment}/reports/{obligation}/",
    "/p/dayton/commitments/{commitment}/verify/{obligation}/",
    "/p/dayton/commitments/{commitment}/findings/{found}/",
    "/p/dayton/commitments/?as_of=2026-11-01",
    "/p/dayton/commitments/timeline/",
    "/p/dayton/commitments/timeline/?span=8w&lanes=lead&view=open",
    "/p/dayton/commitments/board/",
    "/p/dayton/commitments/board/?by=reported&as_of=2026-11-01",
    "/p/dayton/reports/",
    "/p/dayton/reports/new/",
    "/p/dayton/reports/{report}/",
    "/p/dayton/reports/{report}/sections/summary/",
    "/p/dayton/reports/{report}/files/",
    "/p/dayton/bodies/",
    "/p/dayton/bodies/JCC/",
    "/p/dayton/bodies/JCC/?edit={responsibility}",
    "/p/dayton/bodies/JCC/?as_of=2026-11-01",
    "/p/dayton/bodies/JCC/edit/",
    "/p/dayton/bodies/JCC/edit/lines/",
    "/p/dayton/bodies/JCC/edit/roles/",
    "/p/dayton/bodies/JCC/edit/seats/",
    "/p/dayton/bodies/JCC/wind-up/",
    "/p/dayton/bodies/JCC/protocol/",
    "/p/dayton/bodies/JCC/contacts/",
    "/p/dayton/add/body/",
    "/p/dayton/structure/",
    "/p/dayton/responsibilities/",
    "/p/dayton/responsibilities/{responsibility}/",
    "/p/dayton/gaps/",
    "/p/dayton/gaps/two_accountable:{responsibility}/",
    "/p/dayton/vacancies/",
    "/p/dayton/seats/{seat}/",
    "/p/dayton/parties/",
    "/p/dayton/parties/{party}/",
    "/p/dayton/anchors/",
    "/p/dayton/anchors/signed/date/",
    "/p/dayton/agreements/",
    "/p/dayton/agreements/{agreement}/",
    "/p/dayton/agreements/{agreement}/?find=forces",
    "/p/dayton/agreements/{agreement}/edit/",
    "/p/dayton/agreements/{agreement}/add/?under={provision}",
    "/p/dayton/agreements/{agreement}/provisions/{provision}/",
    "/p/dayton/agreements/{agreement}/provisions/{provision}/edit/",
    "/p/dayton/add/agreement/",
    "/p/dayton/commitments/{commitment}/notes/",
    "/p/dayton/access/evidence/{evidence_pk}/",
    "/p/dayton/reviews/",
    "/p/dayton/reviews/{review}/",
    "/p/dayton/reviews/{review}/move/",
    "/p/dayton/reviews/{review}/cancel/",
    "/p/dayton/bodies/JCC/meet/",
    "/p/dayton/series/",
    "/p/dayton/bodies/JCC/series/add/",
    "/p/dayton/series/{series}/edit/",
    "/p/dayton/series/{series}/{day}/",
    "/p/dayton/calendar/",
    "/p/dayton/calendar/?view=list&due=1",
    "/calendar/",
    "/calendar/?view=list",
    "/calendar/feeds/",
    "/p/dayton/disputes/",
    "/p/dayton/disputes/{dispute}/",
    "/p/dayton/bodies/JCC/dispute/",
    "/p/dayton/outbox/",
    "/p/dayton/outbox/?view=attention",
    "/p/dayton/outbox/?view=waited&find=nothing+like+this",
    "/p/dayton/outbox/health/",
    "/p/dayton/outbox/{message}/",
    "/p/dayton/reminders/",
    "/p/dayton/reminders/edit/",
    "/p/dayton/reminders/JCC/edit/",
    "/p/dayton/reminders/working-days/",
    "/p/dayton/commitments/{commitment}/reminders/",
    "/p/dayton/ledger/",
    "/p/dayton/ledger/1/",
    "/p/dayton/ledger/checkpoints/",
    "/account/",
    "/account/tokens/",
    "/account/password/",
    "/account/second-step/",
    "/account/second-step/app/",
    "/account/second-step/passkeys/",
    "/account/second-step/passkeys/add/",
    "/account/sessions/",
    "/p/dayton/add/anchor/",
    "/p/dayton/anchors/signed/edit/",
    "/p/dayton/add/party/",
    "/p/dayton/parties/{party}/edit/",
    "/p/dayton/bodies/JCC/agenda/",
    "/p/dayton/bodies/JCC/edit/seats/add/",
    "/p/dayton/bodies/JCC/edit/seats/7/",
    "/c/{token}/",
    "/c/{token}/someone-else/",
    "/p/dayton/commitments/{commitment}/record/",
    "/p/dayton/commitments/{commitment}/waits-on/{dependency}/withdraw/",
    "/p/dayton/commitments/{commitment}/expected/{expected}/call-off/",
    "/p/dayton/commitments/{commitment}/extensions/{extension}/withdraw/",
    "/p/dayton/commitments/{commitment}/flags/{flag}/lift/",
    "/p/dayton/commitments/{commitment}/bounds/{bound}/measurements/new/",
    "/p/dayton/commitments/{commitment}/measurements/{measurement}/withdraw/",
    "/p/dayton/commitments/{commitment}/readings/{reading}/",
    "/p/dayton/commitments/{commitment}/readings/{reading}/withdraw/",
    "/p/dayton/commitments/views/{view}/",
    "/drafts/",
    "/p/dayton/reports/{report}/dispatch/",
    "/p/dayton/reports/{report}/edit/",
    "/p/dayton/series/{series}/{day}/move/",
    "/p/dayton/series/{series}/{day}/cancel/",
    "/p/dayton/reviews/{meeting}/attendance/",
    "/p/dayton/reviews/{meeting}/agenda/add/",
    "/p/dayton/reviews/{meeting}/papers/",
    "/p/dayton/reviews/{meeting}/propose/",
    "/p/dayton/reviews/{meeting}/items/{item}/",
    "/p/dayton/reviews/{meeting}/items/{item}/dispute/",
    "/p/dayton/reviews/{meeting}/outcomes/{outcome}/withdraw/",
    "/p/dayton/reviews/{meeting}/minutes/outcomes/{item}/",
    "/p/dayton/triggers/{trigger}/edit/",
    "/p/dayton/triggers/{trigger}/happened/",
    "/p/dayton/triggers/{trigger}/events/{event}/withdraw/",
    "/sign-in/closed/",
    "/sign-in/forgotten/",
    "/sign-in/forgotten/sent/",
    "/sign-in/sso/cancelled/",
    "/sign-out/",
]


def link_of(message: Message) -> str:
    """The path of the check-in link in a mail."""
    found = re.search(r"https?://[^/\s]+(/c/[\w-]+/)", reveal(message.body_text))
    assert found is not None
    return found[1]


def pages() -> list[str]:
    """Their addresses; what the examples lack is made."""
    dayton = Commitment.objects.get(process__slug="dayton", title__startswith="Notify minefields")
    obligation = Obligation.objects.filter(commitment=dayton).first()
    message = Message.objects.filter(process__slug="dayton").first()
    review = Review.objects.get(body__process__slug="dayton", body__code="JMC", state="planned")
    found = Verification.objects.filter(obligation__commitment=dayton).first()
    assert obligation is not None
    assert found is not None
    assert message is not None
    jcc = Body.objects.get(process__slug="dayton", code="JCC")
    series = jcc.review_series.select_related("body__process").get()
    claim = jcc.claims.get(responsibility__name="Remove fixed checkpoints")
    party = Party.objects.get(process__slug="dayton", code="BA-SRP")
    provision = Provision.objects.get(citation="Annex 1A, Art. IX.1(c)")
    evidence = factories.EvidenceFactory(commitment=dayton)
    breach = factories.BreachStepFactory(breach__obligation=obligation).breach
    dispute = factories.DisputeStageFactory(dispute__body=jcc, dispute__commitment=dayton).dispute
    report = factories.ReportFactory(process=jcc.process, issued_by=jcc)
    factories.ReportSectionFactory(report=report, text="All is well.\n\n- But for one.")
    meeting = factories.ReviewFactory(body=jcc, state="in_session", opened_at=timezone.now())
    item = factories.AgendaItemFactory(review=meeting, commitment=dayton)
    section = factories.MinutesSectionFactory(minutes__review=meeting, item=item)
    event = factories.TriggerEventFactory(trigger__process=jcc.process)
    reader = User.objects.get(email=COORDINATOR)
    form = f"/p/dayton/commitments/{dayton.number}/edit/"
    factories.FormDraftFactory(owner=reader, page=form)
    head = party.memberships.filter(role="delegate").first()
    assert head is not None
    factories.InvitationFactory(process=head.process, party=party, token="the-invitation")
    change = {"commitment": dayton.pk, "field": "priority", "was": 2, "became": 1}
    bulk = factories.BulkChangeFactory(process=head.process, items=[change])
    names = {
        "commitment": dayton.number,
        "obligation": obligation.pk,
        "found": found.pk,
        "evidence": evidence.number,
        "evidence_pk": evidence.pk,
        "breach": breach.pk,
        "bulk": bulk.pk,
        "message": message.pk,
        "member": head.pk,
        "person": head.user_id,
        "party": party.pk,
        "responsibility": claim.responsibility_id,
        "seat": jcc.seats.get(number=7).pk,
        "agreement": provision.agreement.key,
        "provision": provision.pk,
        "meeting": meeting.pk,
        "item": item.order,
        "outcome": factories.OutcomeFactory(item=item).pk,
        "section": section.order,
        "review": review.pk,
        "series": series.pk,
        "day": next_days(series, 2)[1],
        "dispute": dispute.number,
        "report": report.pk,
        "dependency": factories.DependencyFactory(commitment=dayton).pk,
        "expected": factories.ExpectedOccurrenceFactory(obligation=obligation).pk,
        "extension": factories.ExtensionFactory(deadline=dayton.deadline).pk,
        "flag": factories.FlagFactory(commitment=dayton).pk,
        "bound": factories.BoundFactory(commitment=dayton).pk,
        "measurement": factories.MeasurementFactory(bound__commitment=dayton).pk,
        "reading": factories.ReadingFactory(deadline=dayton.deadline).pk,
        "view": factories.SavedViewFactory(process=jcc.process, owner=reader).pk,
        "token": link_of(message).strip("/").removeprefix("c/"),
        "trigger": event.trigger.key,
        "event": event.number,
    }
    return [kind.format_map(names) for kind in KINDS]
