from django.urls import path

from . import views

urlpatterns = [
    path("p/<slug:slug>/access/<slug:kind>/<int:pk>/", views.record_access, name="record-access"),
]
