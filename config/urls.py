from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("accounts.urls")),
    path("", include("coordination.urls")),
    path("api/", include(("coordination.api", "api"))),
    path("admin/", admin.site.urls),
]

handler400 = "coordination.base.api.bad_address"
