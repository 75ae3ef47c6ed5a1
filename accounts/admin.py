import re
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ERROR_FLAG, SEARCH_VAR
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from .actions import close_account, reopen_account, revoke
from .models import ApiToken, User

_BEYOND_64_BITS = re.compile(r"\d{19}")

admin.site.unregister(Group)  # memberships and seats say who may do what


class Plain:
    """For pages of the admin: what is not there is not found, and no number is too large to ask."""

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> HttpResponse:
        # Django redirects to the index; here an unknown row and a hidden one are both a plain 404.
        raise Http404

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        asked = (value for name, value in request.GET.items() if name != SEARCH_VAR)
        if any(_BEYOND_64_BITS.search(str(value)) for value in asked):
            return redirect(f"{request.path}?{ERROR_FLAG}=1")  # as for any filter it does not know
        return super().changelist_view(request, extra_context)  # type: ignore[misc]


class NewPersonForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("email", "name")

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()


class PersonForm(UserChangeForm):
    by: User | None = None  # who changes it

    class Meta:
        model = User
        fields = "__all__"

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()

    def clean_is_active(self) -> bool:
        """Who closes their own account would not come back to reopen it."""
        stays: bool = self.cleaned_data["is_active"]
        if not stays and self.instance == self.by:
            raise ValidationError(_("This is your own account. Somebody else has to close it."))
        return stays


@admin.register(User)
class PersonAdmin(Plain, UserAdmin):
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

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.by = request.user  # type: ignore[attr-defined]
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Closing an account ends what is open of it, too."""
        super().save_model(request, obj, form, change)
        if change and "is_active" in form.changed_data:
            act = reopen_account if obj.is_active else close_account
            act(actor=request.user, person=obj)  # type: ignore[arg-type]

    def get_queryset(self, request: HttpRequest) -> Any:
        people = super().get_queryset(request)
        if request.user.is_superuser:
            return people
        processes = request.user.memberships.current().values("process")  # type: ignore[union-attr,misc]
        return people.filter(memberships__process__in=processes).distinct()

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """A field that asks for a person is offered the members of its page's process."""
        if "field_name" in request.GET:
            memberships: Any = request.user.memberships  # type: ignore[union-attr]
            processes = memberships.current().values_list("process", flat=True)
            asked = request.GET.get("process")
            chosen = [pk for pk in processes if asked is None or str(pk) == asked]
            members = memberships.model.objects.current().filter(process__in=chosen)
            queryset = queryset.filter(pk__in=members.values("user"))
        return super().get_search_results(request, queryset, search_term)

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


@admin.register(ApiToken)
class ApiTokenAdmin(Plain, admin.ModelAdmin):
    """Whose tokens there are, for superusers to revoke; staff see their own. None shows a token."""

    list_display = ("name", "user", "start", "scope", "created_at", "last_used_at", "expires_at")
    list_filter = ("scope",)
    list_select_related = ("user",)
    list_per_page = 50
    search_fields = ("name", "user__name", "user__email")
    fields = (
        *("name", "user", "start", "scope"),
        *("created_at", "last_used_at", "expires_at", "revoked_at"),
    )
    actions = ("revoke_chosen",)

    @admin.action(description="Revoke the chosen tokens", permissions=["revoke"])
    def revoke_chosen(self, request: HttpRequest, queryset: Any) -> None:
        for token in queryset:
            revoke(actor=request.user, token=token)  # type: ignore[arg-type]
        self.message_user(request, _("Revoked. What used them is let in no more."))

    def get_queryset(self, request: HttpRequest) -> Any:
        tokens = super().get_queryset(request)
        return tokens if request.user.is_superuser else tokens.filter(user_id=request.user.pk)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.is_staff

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_active and request.user.is_staff

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
