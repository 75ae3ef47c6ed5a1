from django.urls import path

from . import desk_views, directory, display, ledger_views, people, person_views, views
from .bulk import views as bulk
from .search.views import search

urlpatterns = [
    path("search/", search, name="search"),
    path("directory/", directory.directory, name="directory"),
    path("processes/", directory.processes, name="processes"),
    path("display/", display.display, name="display"),
    path("accessibility/", display.accessibility, name="accessibility"),
    path("p/<slug:slug>/directory/", directory.directory, name="process-directory"),
    path("p/<slug:slug>/commitments/bulk/", bulk.bulk, name="bulk"),
    path("p/<slug:slug>/commitments/bulk/<int:pk>/", bulk.change, name="bulk-change"),
    path("p/<slug:slug>/commitments/<int:number>/quick/", bulk.quick, name="commitment-quick"),
    path("", desk_views.desk, name="desk"),
    path("desk/seen/", desk_views.seen, name="desk-seen"),
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
    path("p/<slug:slug>/person/<int:pk>/", person_views.person, name="person"),
    path("p/<slug:slug>/people/<int:pk>/end/", people.end, name="member-end"),
    path("p/<slug:slug>/people/<int:pk>/access/", people.access, name="member-access"),
]
