import re
from typing import Any

from allauth.account import admin as account
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.password_reset import request_password_reset
from allauth.mfa import admin as mfa
from allauth.socialaccount import admin as socialaccount
from allauth.usersessions import admin as usersessions
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.views.main import ERROR_FLAG, SEARCH_VAR
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import throttle
from .actions import close_account, remove_second_steps, reopen_account, revoke
from .adapters import SECOND_STEPS_REMOVED
from .models import ApiToken, User

_BEYOND_64_BITS = re.compile(r"\d{19}")

admin.site.unregister(Group)  # memberships and seats say who may do what
# Whoever could take away another's second step, or add an address or a provider, would get in as
# them: these are kept by their owners, and by the environment.
admin.site.unregister(
    [
        account.EmailAddress,
        mfa.Authenticator,
        socialaccount.SocialAccount,
        socialaccount.SocialApp,
        socialaccount.SocialToken,
        usersessions.UserSession,
    ]
)


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


class NewPersonForm(forms.ModelForm):
    """Nobody sets another's password: the person does, by a link that is sent to them."""

    class Meta:
        model = User
        fields = ("email", "name")

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()

    def save(self, commit: bool = True) -> User:
        self.instance.set_unusable_password()
        person: User = super().save(commit)
        return person


class PersonForm(forms.ModelForm):
    by: User | None = None  # who changes it

    class Meta:
        model = User
        fields = (
            *("name", "email", "function", "language", "time_zone"),
            *("is_active", "is_staff", "is_superuser"),
        )
        help_texts = {
            "email": gettext_lazy(
                "It cannot be changed once somebody takes part in a process: whoever reads what is "
                "sent there can sign in as them. Invite them anew at their other address."
            )
        }

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        if email != self.instance.email and self.instance.memberships.exists():
            raise ValidationError(
                _(
                    "Not changed: this person takes part in a process, and whoever reads the mail "
                    "sent to the address can sign in as them. Invite them anew at the other one."
                )
            )
        return email

    def clean_is_active(self) -> bool:
        """Who closes their own account would not come back to reopen it."""
        stays: bool = self.cleaned_data["is_active"]
        if not stays and self.instance == self.by:
            raise ValidationError(_("This is your own account. Somebody else has to close it."))
        return stays


@admin.register(User)
class PersonAdmin(Plain, UserAdmin):
    """Accounts are kept by superusers; being one opens no process, and sets nobody's password.

    Other staff meet the people of the processes that they are members of, to read.
    """

    form = PersonForm
    add_form = NewPersonForm
    add_form_template = None
    actions = ("send_links", "remove_second_steps")
    list_display = ("name", "email", "function", "time_zone", "is_active", "is_staff")
    list_filter = ("is_active", "is_staff")
    search_fields = ("name", "email", "function")
    ordering = ("name", "email")
    filter_horizontal = ()
    list_per_page = 50
    view_on_site = False
    readonly_fields = ("last_login", "created_at")
    fieldsets = (
        (None, {"fields": ("name", "email", "function")}),
        ("Reading", {"fields": ("language", "time_zone")}),
        ("Access", {"fields": ("is_active", "is_staff", "is_superuser")}),
        ("Dates", {"fields": ("last_login", "created_at")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "fields": ("email", "name"),
                "description": gettext_lazy(
                    "The person chooses their password: afterwards choose them in the list, and "
                    "the action that sends the link for it."
                ),
            },
        ),
    )

    @admin.action(
        description=gettext_lazy("Send the link to set a password"), permissions=["change"]
    )
    def send_links(self, request: HttpRequest, queryset: Any) -> None:
        """What “Forgotten your password?” sends, as often as that may be asked for."""
        for person in queryset:
            if person.is_active and throttle.allowed(request, "reset", person.email):
                request_password_reset(request, person.email, [person], None)
                level = messages.SUCCESS
                said = _("A link is sent to %(name)s. It is good for an hour.")
            else:
                level = messages.WARNING
                said = _("No link for %(name)s: the account is closed, or had several just now.")
            self.message_user(request, said % {"name": person}, level)

    @admin.action(
        description=gettext_lazy("Remove the second steps of somebody who lost them"),
        permissions=["change"],
    )
    def remove_second_steps(self, request: HttpRequest, queryset: Any) -> None:
        """The person is told by mail, signs in with the password and sets one up anew."""
        for person in queryset:
            try:
                had = remove_second_steps(actor=request.user, person=person)  # type: ignore[arg-type]
            except ValidationError as refused:
                self.message_user(request, refused.messages[0], messages.WARNING)
                continue
            if had:
                get_adapter(request).send_notification_mail(SECOND_STEPS_REMOVED, person)
                said, level = _("%(name)s has no second step any more."), messages.SUCCESS
            else:
                said, level = _("%(name)s had no second step."), messages.WARNING
            self.message_user(request, said % {"name": person}, level)

    def get_urls(self) -> list[Any]:
        """Without Django's page that sets somebody's password."""
        return admin.ModelAdmin.get_urls(self)

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
