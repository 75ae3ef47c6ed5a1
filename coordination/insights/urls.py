from django.urls import path

from . import ledger_views, people, views

urlpatterns = [
    path("", views.desk, name="desk"),
    path("p/<slug:slug>/", views.overview, name="overview"),
    path("p/<slug:slug>/gaps/", views.gaps, name="gaps"),
    path("p/<slug:slug>/ledger/", ledger_views.ledger, name="ledger"),
    path("p/<slug:slug>/ledger/<int:sequence>/", ledger_views.entry, name="ledger-entry"),
    path("p/<slug:slug>/ledger/export/", ledger_views.ledger_export, name="ledger-export"),
    path("p/<slug:slug>/ledger/checkpoints/", ledger_views.checkpoints, name="checkpoints"),
    path(
        "p/<slug:slug>/ledger/checkpoints/<int:number>/",
        ledger_views.checkpoint,
        name="checkpoint",
    ),
    path(
        "p/<slug:slug>/ledger/verify_entente_ledger.py", ledger_views.script, name="ledger-script"
    ),
    path("p/<slug:slug>/people/", people.people, name="people"),
    path("p/<slug:slug>/people/<int:pk>/end/", people.end, name="member-end"),
    path("p/<slug:slug>/people/<int:pk>/access/", people.access, name="member-access"),
]
