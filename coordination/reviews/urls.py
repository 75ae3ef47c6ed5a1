from django.urls import path

from .views import (
    agenda,
    calendar,
    dispatches,
    disputes,
    feeds,
    follow_through,
    meetings,
    minutes,
    pages,
    report_files,
    reports,
    series,
    session,
)

urlpatterns = [
    path("p/<slug:slug>/reviews/", pages.index, name="reviews"),
    path("p/<slug:slug>/reviews/<int:pk>/", pages.detail, name="review"),
    path("p/<slug:slug>/reviews/<int:pk>/items/<int:order>/", session.item, name="review-item"),
    path(
        "p/<slug:slug>/reviews/<int:pk>/open/",
        pages.change_state,
        {"verb": "open"},
        name="review-open",
    ),
    path("p/<slug:slug>/reviews/<int:pk>/cancel/", meetings.cancel, name="review-cancel"),
    path("p/<slug:slug>/reviews/<int:pk>/move/", meetings.move, name="review-move"),
    path("p/<slug:slug>/reviews/<int:pk>/reply/", meetings.reply, name="review-reply"),
    path("p/<slug:slug>/bodies/<str:code>/meet/", meetings.plan, name="review-plan"),
    path("p/<slug:slug>/calendar/", calendar.of_process, name="calendar"),
    path("calendar/", calendar.own, name="calendar-own"),
    path("calendar/feeds/", feeds.own, name="calendar-feeds"),
    path("calendar/feeds/<int:pk>/revoke/", feeds.revoke, name="calendar-feed-revoke"),
    path("calendar/feed/<str:token>.ics", feeds.fetch, name="calendar-feed"),
    path("p/<slug:slug>/series/", series.index, name="series"),
    path("p/<slug:slug>/bodies/<str:code>/series/add/", series.add, name="series-add"),
    path("p/<slug:slug>/series/<int:pk>/edit/", series.edit, name="series-edit"),
    path("p/<slug:slug>/series/<int:series>/<str:day>/", meetings.untouched, name="occurrence"),
    path(
        "p/<slug:slug>/series/<int:series>/<str:day>/move/", meetings.move, name="occurrence-move"
    ),
    path(
        "p/<slug:slug>/series/<int:series>/<str:day>/cancel/",
        meetings.cancel,
        name="occurrence-cancel",
    ),
    path(
        "p/<slug:slug>/series/<int:series>/<str:day>/open/",
        meetings.begin,
        name="occurrence-open",
    ),
    path(
        "p/<slug:slug>/series/<int:series>/<str:day>/reply/",
        meetings.reply,
        name="occurrence-reply",
    ),
    path(
        "p/<slug:slug>/reviews/<int:pk>/close/",
        pages.change_state,
        {"verb": "close"},
        name="review-close",
    ),
    path(
        "p/<slug:slug>/reviews/<int:pk>/attendance/", session.attendance, name="review-attendance"
    ),
    path(
        "p/<slug:slug>/reviews/<int:pk>/outcomes/<int:outcome>/withdraw/",
        session.withdraw,
        name="review-withdraw",
    ),
    path("p/<slug:slug>/bodies/<str:code>/agenda/", agenda.rules, name="agenda-rules"),
    path("p/<slug:slug>/reviews/<int:pk>/papers/", agenda.papers, name="review-papers"),
    path("p/<slug:slug>/reviews/<int:pk>/propose/", agenda.propose, name="review-propose"),
    path(
        "p/<slug:slug>/reviews/<int:pk>/proposals/<int:proposal>/withdraw/",
        agenda.withdraw_proposal,
        name="review-proposal-withdraw",
    ),
    path("p/<slug:slug>/reviews/<int:pk>/agenda/close/", agenda.close, name="review-agenda-close"),
    path("p/<slug:slug>/reviews/<int:pk>/agenda/add/", agenda.add_item, name="review-add-item"),
    path(
        "p/<slug:slug>/reviews/<int:pk>/outcomes/<int:outcome>/object/",
        agenda.object_to,
        name="review-object",
    ),
    path("p/<slug:slug>/disputes/", disputes.index, name="disputes"),
    path("p/<slug:slug>/disputes/<int:number>/", disputes.detail, name="dispute"),
    path("p/<slug:slug>/bodies/<str:code>/dispute/", disputes.new, name="dispute-new"),
    path(
        "p/<slug:slug>/reviews/<int:pk>/items/<int:order>/dispute/",
        disputes.on_item,
        name="review-dispute",
    ),
    path("p/<slug:slug>/reports/", reports.index, name="implementation-reports"),
    path("p/<slug:slug>/reports/new/", reports.add, name="implementation-report-new"),
    path("p/<slug:slug>/reports/<int:pk>/", reports.detail, name="implementation-report"),
    path("p/<slug:slug>/reports/<int:pk>/edit/", reports.edit, name="implementation-report-edit"),
    path(
        "p/<slug:slug>/reports/<int:pk>/sections/<slug:part>/",
        reports.section,
        name="implementation-report-section",
    ),
    path(
        "p/<slug:slug>/reports/<int:pk>/approve/",
        reports.approve,
        name="implementation-report-approve",
    ),
    path(
        "p/<slug:slug>/reports/<int:pk>/files/",
        report_files.index,
        name="implementation-report-files",
    ),
    path(
        "p/<slug:slug>/reports/<int:pk>/files/<int:file>/",
        report_files.fetch,
        name="implementation-report-file",
    ),
    path(
        "p/<slug:slug>/reports/<int:pk>/files/<slug:kind>/make/",
        report_files.ask,
        name="implementation-report-file-ask",
    ),
    path(
        "p/<slug:slug>/reports/<int:pk>/html/",
        report_files.alone,
        name="implementation-report-html",
    ),
    path("p/<slug:slug>/reviews/<int:pk>/minutes/", minutes.holding, name="minutes-holding"),
    path("p/<slug:slug>/reviews/<int:pk>/minutes/draft/", minutes.draft, name="minutes-draft"),
    path(
        "p/<slug:slug>/reviews/<int:pk>/minutes/correct/", minutes.correct, name="minutes-correct"
    ),
    path(
        "p/<slug:slug>/reviews/<int:pk>/minutes/outcomes/<int:order>/",
        minutes.outcome,
        name="minutes-outcome",
    ),
    path("p/<slug:slug>/reviews/<int:pk>/minutes/<int:version>/", minutes.detail, name="minutes"),
    path(
        "p/<slug:slug>/reviews/<int:pk>/minutes/<int:version>/sections/<int:order>/",
        minutes.section,
        name="minutes-section",
    ),
    path(
        "p/<slug:slug>/reviews/<int:pk>/minutes/<int:version>/circulate/",
        minutes.circulate,
        name="minutes-circulate",
    ),
    path(
        "p/<slug:slug>/reviews/<int:pk>/minutes/<int:version>/approve/",
        minutes.approve,
        name="minutes-approve",
    ),
    path("p/<slug:slug>/dispatches/<int:pk>/again/", dispatches.again, name="dispatch-again"),
    path(
        "p/<slug:slug>/reports/<int:pk>/dispatch/",
        dispatches.of_report,
        name="implementation-report-dispatch",
    ),
    path(
        "p/<slug:slug>/bodies/<str:code>/follow-through/",
        follow_through.detail,
        name="follow-through",
    ),
]
