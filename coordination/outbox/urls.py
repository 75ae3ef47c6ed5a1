from django.urls import path

from . import views

urlpatterns = [
    path("mail-events/", views.mail_events, name="mail-events"),
]
