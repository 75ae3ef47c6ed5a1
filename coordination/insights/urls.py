from django.urls import path

from . import views

urlpatterns = [
    path("", views.desk, name="desk"),
    path("p/<slug:slug>/", views.overview, name="overview"),
    path("p/<slug:slug>/gaps/", views.gaps, name="gaps"),
    path("p/<slug:slug>/ledger/", views.ledger, name="ledger"),
]
