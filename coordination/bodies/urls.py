from django.urls import path

from . import views

urlpatterns = [
    path("p/<slug:slug>/bodies/", views.index, name="bodies"),
    path("p/<slug:slug>/bodies/<str:code>/", views.detail, name="body"),
]
