from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("accounts.urls")),
    path("", include("coordination.urls")),
    path("api/", include(("coordination.api", "api"))),
    path("admin/", admin.site.urls),
]

handler400 = "coordination.processes.wrong.bad_request"
handler403 = "coordination.processes.wrong.not_allowed"
handler404 = "coordination.processes.wrong.not_found"
handler500 = "coordination.processes.wrong.server_error"
