from django.urls import path

from .views import contacts, editing, gaps, pages, responsibilities, seats

urlpatterns = [
    path("p/<slug:slug>/bodies/", pages.index, name="bodies"),
    path("p/<slug:slug>/bodies/<str:code>/", pages.detail, name="body"),
    path("p/<slug:slug>/structure/", pages.structure, name="structure"),
    # Responsibilities
    path("p/<slug:slug>/responsibilities/", responsibilities.index, name="responsibilities"),
    path(
        "p/<slug:slug>/responsibilities/<int:pk>/",
        responsibilities.detail,
        name="responsibility",
    ),
    path(
        "p/<slug:slug>/responsibilities/<int:pk>/end/",
        responsibilities.end,
        name="responsibility-end",
    ),
    path(
        "p/<slug:slug>/bodies/<str:code>/responsibilities/",
        responsibilities.add,
        name="responsibility-add",
    ),
    path(
        "p/<slug:slug>/bodies/<str:code>/responsibilities/<int:pk>/",
        responsibilities.row,
        name="responsibility-row",
    ),
    path("p/<slug:slug>/gaps/<str:subject>/", gaps.gap, name="gap"),
    # Editing
    path("p/<slug:slug>/add/body/", editing.add_body, name="add-body"),
    path("p/<slug:slug>/bodies/<str:code>/edit/", editing.edit_body, name="body-edit"),
    path("p/<slug:slug>/bodies/<str:code>/edit/lines/", editing.lines, name="body-lines"),
    path("p/<slug:slug>/bodies/<str:code>/edit/roles/", editing.roles, name="body-roles"),
    path(
        "p/<slug:slug>/bodies/<str:code>/edit/seats/", editing.composition, name="body-composition"
    ),
    path("p/<slug:slug>/bodies/<str:code>/edit/seats/add/", editing.add_seat, name="seat-add"),
    path(
        "p/<slug:slug>/bodies/<str:code>/edit/seats/<int:number>/",
        editing.edit_seat,
        name="seat-edit",
    ),
    path("p/<slug:slug>/bodies/<str:code>/wind-up/", editing.wind_up, name="body-wind-up"),
    path("p/<slug:slug>/bodies/<str:code>/protocol/", editing.protocol, name="body-protocol"),
    path("p/<slug:slug>/bodies/<str:code>/contacts/", contacts.contacts, name="body-contacts"),
    # Seats
    path("p/<slug:slug>/seats/<int:pk>/", seats.seat, name="seat"),
    path("p/<slug:slug>/vacancies/", seats.vacancies, name="vacancies"),
]
