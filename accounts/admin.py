from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.http import Http404, HttpRequest, HttpResponse

from .models import User

admin.site.unregister(Group)  # memberships and seats say who may do what


class NewPersonForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("email", "name")

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()


class PersonForm(UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()


@admin.register(User)
class PersonAdmin(UserAdmin):
    """Accounts are kept by superusers; being one opens no process.

    Other staff meet the people of the processes that they are members of, to read.
    """

    form = PersonForm
    add_form = NewPersonForm
    list_display = ("name", "email", "function", "time_zone", "is_active", "is_staff")
    list_filter = ("is_active", "is_staff")
    search_fields = ("name", "email", "function")
    ordering = ("name", "email")
    filter_horizontal = ()
    list_per_page = 50
    view_on_site = False
    readonly_fields = ("last_login", "created_at")
    fieldsets = (
        (None, {"fields": ("name", "email", "function", "password")}),
        ("Reading", {"fields": ("language", "time_zone")}),
        ("Access", {"fields": ("is_active", "is_staff", "is_superuser")}),
        ("Dates", {"fields": ("last_login", "created_at")}),
    )
    add_fieldsets = (
        (None, {"fields": ("email", "name", "usable_password", "password1", "password2")}),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        people = super().get_queryset(request)
        if request.user.is_superuser:
            return people
        processes = request.user.memberships.current().values("process")  # type: ignore[union-attr,misc]
        return people.filter(memberships__process__in=processes).distinct()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if request.user.is_superuser:
            return super().get_fieldsets(request, obj)
        return ((None, {"fields": ("name", "email", "function", "time_zone")}),)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.is_staff

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_active and request.user.is_staff

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_active and request.user.is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """An account is closed, never deleted: what the person did stays theirs."""
        return False

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> HttpResponse:
        raise Http404
