"""Registry: one line a resource."""

from csp.decorators import csp_update
from django.contrib.auth.decorators import login_required
from django.urls import path, re_path
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from .agreements import api as agreements
from .base.api import NoSuchResource
from .base.schema import DocumentView
from .bodies import api as bodies
from .commitments import api as commitments
from .insights import api as insights
from .processes import api as processes
from .processes import api_holidays as holidays
from .reminders import api as reminders
from .reviews import api as reviews
from .reviews import api_meetings as meetings
from .reviews import api_minutes as minutes
from .reviews import api_reports as reports

router = SimpleRouter()
router.register("processes", processes.ProcessViewSet)
router.register("parties", processes.PartyViewSet)
router.register("anchors", processes.AnchorViewSet, "anchor")
router.register("holidays", holidays.HolidayViewSet)
router.register("bodies", bodies.BodyViewSet)
router.register("responsibilities", bodies.ResponsibilityViewSet)
router.register("gaps", bodies.GapViewSet, "gap")
router.register("agreements", agreements.AgreementViewSet)
router.register("provisions", agreements.ProvisionViewSet)
router.register("commitments", commitments.CommitmentViewSet)
router.register("obligations", commitments.ObligationViewSet)
router.register("check-ins", commitments.CheckInViewSet, "check-in")
router.register("expected-occurrences", commitments.ExpectedOccurrenceViewSet, "expected")
router.register("triggers", commitments.TriggerViewSet)
router.register("verifications", commitments.VerificationViewSet)
router.register("measurements", commitments.MeasurementViewSet)
router.register("flags", commitments.FlagViewSet)
router.register("notes", commitments.NoteViewSet)
router.register("breaches", commitments.BreachViewSet)
router.register("reminder-policies", commitments.ReminderPolicyViewSet, "reminder-policy")
router.register("reminders", reminders.ReminderViewSet)
router.register("review-series", meetings.ReviewSeriesViewSet, "review-series")
router.register("reviews", meetings.ReviewViewSet)
router.register("disputes", reviews.DisputeViewSet)
router.register("reports", reports.ReportViewSet, "implementation-report")
router.register("minutes", minutes.MinutesViewSet)
router.register("outcomes", minutes.OutcomeViewSet)
router.register("dispatches", minutes.DispatchViewSet)
router.register("evidence", commitments.EvidenceViewSet, "evidence")
router.register("ledger-entries", insights.EntryViewSet, "ledger-entry")

# Swagger's stylesheet holds a few of its symbols as data: images.
docs = csp_update({"img-src": ["data:"]})(
    login_required(SpectacularSwaggerSplitView.as_view(url_name="api:schema"))
)

urlpatterns = [
    *router.urls,
    path("schema/", DocumentView.as_view(), name="schema"),
    path("docs/", docs, name="docs"),
    re_path(r"", NoSuchResource.as_view(), name="nowhere"),
]
