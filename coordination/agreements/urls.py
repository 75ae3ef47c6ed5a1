from django.urls import path

from . import views

_ONE = "p/<slug:slug>/agreements/<slug:key>/"

urlpatterns = [
    path("p/<slug:slug>/agreements/", views.index, name="agreements"),
    path("p/<slug:slug>/add/agreement/", views.add_agreement, name="agreement-new"),
    path(_ONE, views.agreement, name="agreement"),
    path(f"{_ONE}edit/", views.edit_agreement, name="agreement-edit"),
    path(f"{_ONE}add/", views.add_provision, name="provision-new"),
    path(f"{_ONE}provisions/<int:pk>/", views.provision, name="provision"),
    path(f"{_ONE}provisions/<int:pk>/edit/", views.edit_provision, name="provision-edit"),
]
