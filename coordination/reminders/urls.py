from django.urls import path

from . import views

urlpatterns = [
    path("c/<str:token>/", views.check_in, name="check-in"),
    path("c/<str:token>/receipt/", views.receipt, name="check-in-receipt"),
    path("c/<str:token>/someone-else/", views.pass_on, name="check-in-pass"),
    path("p/<slug:slug>/outbox/", views.outbox, name="outbox"),
    path("p/<slug:slug>/outbox/<int:pk>/", views.message, name="message"),
    path("p/<slug:slug>/outbox/<int:pk>/html/", views.message_html, name="message-html"),
    path("health/live", views.live, name="health-live"),
    path("health/ready", views.ready, name="health-ready"),
]
