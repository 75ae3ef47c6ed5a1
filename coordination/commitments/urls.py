from django.urls import path

from . import views

urlpatterns = [
    path("p/<slug:slug>/commitments/", views.register, name="register"),
    path("p/<slug:slug>/commitments/<int:number>/", views.detail, name="commitment"),
    path(
        "p/<slug:slug>/commitments/<int:number>/check-in/<int:obligation_id>/",
        views.check_in,
        name="report",
    ),
    path("p/<slug:slug>/anchors/<slug:key>/date/", views.anchor_date, name="anchor-date"),
]
