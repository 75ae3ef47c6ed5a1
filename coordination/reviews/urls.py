from django.urls import path

from . import views

urlpatterns = [
    path("p/<slug:slug>/reviews/", views.index, name="reviews"),
    path("p/<slug:slug>/reviews/<int:pk>/", views.detail, name="review"),
    path("p/<slug:slug>/reviews/<int:pk>/items/<int:order>/", views.item, name="review-item"),
    path(
        "p/<slug:slug>/reviews/<int:pk>/open/",
        views.change_state,
        {"verb": "open"},
        name="review-open",
    ),
    path(
        "p/<slug:slug>/reviews/<int:pk>/cancel/",
        views.change_state,
        {"verb": "cancel"},
        name="review-cancel",
    ),
    path(
        "p/<slug:slug>/reviews/<int:pk>/close/",
        views.change_state,
        {"verb": "close"},
        name="review-close",
    ),
    path("p/<slug:slug>/reviews/<int:pk>/attendance/", views.attendance, name="review-attendance"),
]
