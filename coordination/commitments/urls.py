from django.urls import path

from .views import (
    breaches,
    dates,
    dependencies,
    detail,
    entering,
    evidence,
    flags,
    measures,
    notes,
    pages,
    reporting,
    saved,
    shapes,
    triggers,
    verifying,
)

_ONE = "p/<slug:slug>/commitments/<int:number>/"
_TRIGGER = "p/<slug:slug>/triggers/<slug:key>/"

urlpatterns = [
    path("p/<slug:slug>/commitments/", pages.register, name="register"),
    path("p/<slug:slug>/commitments/export/", pages.export, name="register-export"),
    path("p/<slug:slug>/commitments/views/", saved.views, name="register-views"),
    path("p/<slug:slug>/commitments/views/new/", saved.view_new, name="register-view-new"),
    path("p/<slug:slug>/commitments/views/<int:pk>/", saved.view, name="register-view"),
    path("p/<slug:slug>/commitments/timeline/", shapes.timeline, name="timeline"),
    path("p/<slug:slug>/commitments/board/", shapes.board, name="board"),
    path("p/<slug:slug>/commitments/<int:number>/", detail.detail, name="commitment"),
    path(
        "p/<slug:slug>/commitments/<int:number>/record/",
        detail.history,
        name="commitment-record",
    ),
    path(
        "p/<slug:slug>/commitments/<int:number>/check-in/<int:obligation_id>/",
        reporting.check_in,
        name="report",
    ),
    path(
        "p/<slug:slug>/commitments/<int:number>/reports/<int:obligation_id>/",
        reporting.reports,
        name="reports",
    ),
    path(
        "p/<slug:slug>/commitments/<int:number>/verify/<int:obligation_id>/",
        verifying.verify,
        name="verify",
    ),
    path(
        "p/<slug:slug>/commitments/<int:number>/findings/<int:pk>/",
        verifying.verification,
        name="verification",
    ),
    path(
        "p/<slug:slug>/commitments/<int:number>/findings/<int:pk>/revise/",
        verifying.revise,
        name="verification-revise",
    ),
    path("p/<slug:slug>/anchors/<slug:key>/date/", dates.anchor_date, name="anchor-date"),
    path("p/<slug:slug>/commitments/new/", entering.new, name="commitment-new"),
    path(f"{_ONE}edit/", entering.edit, name="commitment-edit"),
    path(f"{_ONE}owners/", entering.owners, name="commitment-owners"),
    path(f"{_ONE}withdraw/", entering.withdraw, name="commitment-withdraw"),
    path(f"{_ONE}dates/", dates.dates, name="commitment-dates"),
    path(f"{_ONE}extensions/new/", dates.extension_new, name="extension-new"),
    path(
        f"{_ONE}extensions/<int:pk>/withdraw/", dates.extension_withdraw, name="extension-withdraw"
    ),
    path(f"{_ONE}readings/new/", dates.reading_new, name="reading-new"),
    path(f"{_ONE}readings/in-force/", dates.reading_in_force, name="reading-in-force"),
    path(f"{_ONE}readings/<int:pk>/", dates.reading_edit, name="reading-edit"),
    path(f"{_ONE}readings/<int:pk>/withdraw/", dates.reading_withdraw, name="reading-withdraw"),
    path(f"{_ONE}expected/<int:pk>/call-off/", dates.expected_call_off, name="expected-call-off"),
    path("p/<slug:slug>/triggers/", triggers.triggers, name="triggers"),
    path("p/<slug:slug>/add/trigger/", triggers.trigger_new, name="trigger-new"),
    path(f"{_TRIGGER}edit/", triggers.trigger_edit, name="trigger-edit"),
    path(f"{_TRIGGER}happened/", triggers.event_new, name="trigger-event-new"),
    path(
        f"{_TRIGGER}events/<int:number>/withdraw/",
        triggers.event_withdraw,
        name="trigger-event-withdraw",
    ),
    path("p/<slug:slug>/commitments/<int:number>/evidence/", evidence.index, name="evidence-list"),
    path("p/<slug:slug>/commitments/<int:number>/evidence/add/", evidence.add, name="evidence-add"),
    path(
        "p/<slug:slug>/commitments/<int:number>/evidence/<int:evidence>/",
        evidence.detail,
        name="evidence",
    ),
    path(
        "p/<slug:slug>/commitments/<int:number>/evidence/<int:evidence>/file/",
        evidence.file,
        name="evidence-file",
    ),
    path(
        "p/<slug:slug>/commitments/<int:number>/evidence/<int:evidence>/supersede/",
        evidence.supersede,
        name="evidence-supersede",
    ),
    path(
        "p/<slug:slug>/commitments/<int:number>/evidence/<int:evidence>/contradict/",
        evidence.contradict,
        name="evidence-contradict",
    ),
    path("p/<slug:slug>/commitments/<int:number>/breaches/new/", breaches.new, name="breach-new"),
    path(
        "p/<slug:slug>/commitments/<int:number>/breaches/<int:pk>/",
        breaches.detail,
        name="breach",
    ),
    path("p/<slug:slug>/commitments/waiting/", dependencies.waiting, name="waiting"),
    path(
        "p/<slug:slug>/commitments/<int:number>/chain/",
        dependencies.commitment_chain,
        name="commitment-chain",
    ),
    path(
        "p/<slug:slug>/commitments/<int:number>/waits-on/new/",
        dependencies.dependency_new,
        name="dependency-new",
    ),
    path(
        "p/<slug:slug>/commitments/<int:number>/waits-on/<int:dependency_id>/withdraw/",
        dependencies.dependency_withdraw,
        name="dependency-withdraw",
    ),
    path(f"{_ONE}notes/", notes.notes, name="notes"),
    path(f"{_ONE}notes/<int:note_id>/withdraw/", notes.note_withdraw, name="note-withdraw"),
    path("p/<slug:slug>/commitments/<int:number>/flags/new/", flags.flag_new, name="flag-new"),
    path(
        "p/<slug:slug>/commitments/<int:number>/flags/<int:flag_id>/lift/",
        flags.flag_lift,
        name="flag-lift",
    ),
    path(
        "p/<slug:slug>/commitments/<int:number>/bounds/<int:bound_id>/measurements/new/",
        measures.measurement_new,
        name="measurement-new",
    ),
    path(
        "p/<slug:slug>/commitments/<int:number>/measurements/<int:measurement_id>/withdraw/",
        measures.measurement_withdraw,
        name="measurement-withdraw",
    ),
]
