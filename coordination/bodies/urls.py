from django.urls import path

from .views import pages

urlpatterns = [
    path("p/<slug:slug>/bodies/", pages.index, name="bodies"),
    path("p/<slug:slug>/bodies/<str:code>/", pages.detail, name="body"),
    # Editing
    # Seats
]
