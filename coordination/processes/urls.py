from django.urls import path

from . import draft_views, opening, people_views, views

urlpatterns = [
    path("p/<slug:slug>/parties/", views.parties, name="parties"),
    path("p/<slug:slug>/parties/<int:pk>/", views.party, name="party"),
    path("p/<slug:slug>/parties/<int:pk>/edit/", views.edit_party, name="party-edit"),
    path("p/<slug:slug>/add/party/", views.add_party, name="add-party"),
    path("p/<slug:slug>/anchors/", views.anchors, name="anchors"),
    path("p/<slug:slug>/anchors/<slug:key>/edit/", views.edit_anchor, name="anchor-edit"),
    path("p/<slug:slug>/add/anchor/", views.add_anchor, name="add-anchor"),
    path("p/<slug:slug>/people/invite/", people_views.invite, name="people-invite"),
    path("p/<slug:slug>/people/<int:pk>/", people_views.member, name="member"),
    path(
        "p/<slug:slug>/people/second-step/", people_views.second_step_rule, name="second-step-rule"
    ),
    path(
        "p/<slug:slug>/invitations/<int:pk>/resend/", people_views.resend, name="invitation-resend"
    ),
    path(
        "p/<slug:slug>/invitations/<int:pk>/withdraw/",
        people_views.withdraw,
        name="invitation-withdraw",
    ),
    path("processes/new/", opening.new_process, name="process-new"),
    path("drafts/", draft_views.form_drafts, name="form-drafts"),
    path("drafts/<int:pk>/discard/", draft_views.discard, name="form-draft-discard"),
    path("invitation/<str:token>/", people_views.invitation, name="invitation"),
]
