from django.urls import path

from . import policy_views
from .views import check_ins, health, messages, outbox

urlpatterns = [
    path("c/<str:token>/", check_ins.check_in, name="check-in"),
    path("c/<str:token>/receipt/", check_ins.receipt, name="check-in-receipt"),
    path("c/<str:token>/someone-else/", check_ins.pass_on, name="check-in-pass"),
    path("c/<str:token>/new-link/", check_ins.new_link, name="check-in-new-link"),
    path("p/<slug:slug>/outbox/", outbox.outbox, name="outbox"),
    path("p/<slug:slug>/outbox/export/", outbox.export, name="outbox-export"),
    path("p/<slug:slug>/outbox/health/", health.health, name="outbox-health"),
    path("p/<slug:slug>/outbox/clock/", health.clock_confirm, name="clock-confirm"),
    path(
        "p/<slug:slug>/outbox/addresses/<int:pk>/clear/", health.address_clear, name="address-clear"
    ),
    path("p/<slug:slug>/outbox/<int:pk>/", messages.message, name="message"),
    path("p/<slug:slug>/outbox/<int:pk>/html/", messages.message_html, name="message-html"),
    path("p/<slug:slug>/reminders/", policy_views.index, name="reminder-policies"),
    path("p/<slug:slug>/reminders/edit/", policy_views.edit_policy, name="reminder-policy"),
    path("p/<slug:slug>/reminders/working-days/", policy_views.working_days, name="working-days"),
    path(
        "p/<slug:slug>/reminders/<str:code>/edit/",
        policy_views.edit_policy,
        name="reminder-policy-body",
    ),
    path(
        "p/<slug:slug>/commitments/<int:number>/reminders/",
        policy_views.of_commitment,
        name="commitment-reminders",
    ),
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
]
