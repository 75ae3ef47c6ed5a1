"""Registry: one line a slice."""

from django.urls import include, path

urlpatterns = [
    path("", include("coordination.insights.urls")),
    path("", include("coordination.portability.urls")),
    path("", include("coordination.processes.urls")),
    path("", include("coordination.bodies.urls")),
    path("", include("coordination.agreements.urls")),
    path("", include("coordination.audiences.urls")),
    path("", include("coordination.commitments.urls")),
    path("", include("coordination.reviews.urls")),
    path("", include("coordination.reminders.urls")),
    path("", include("coordination.outbox.urls")),
]
