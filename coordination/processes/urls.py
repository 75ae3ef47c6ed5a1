from django.urls import path

from . import views

urlpatterns = [
    path("p/<slug:slug>/parties/", views.parties, name="parties"),
    path("p/<slug:slug>/parties/<int:pk>/", views.party, name="party"),
    path("p/<slug:slug>/parties/<int:pk>/edit/", views.edit_party, name="party-edit"),
    path("p/<slug:slug>/add/party/", views.add_party, name="add-party"),
    path("p/<slug:slug>/anchors/", views.anchors, name="anchors"),
    path("p/<slug:slug>/anchors/<slug:key>/edit/", views.edit_anchor, name="anchor-edit"),
    path("p/<slug:slug>/add/anchor/", views.add_anchor, name="add-anchor"),
]
