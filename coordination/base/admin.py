"""What all pages of the admin share: nobody meets a row that is not theirs to see."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.admin import Plain

#: Filters by a related row list only those that the shown rows have, and so only visible ones.
RELATED_ONLY = admin.RelatedOnlyFieldListFilter


class Scoped:
    """For pages and inlines: fetches through `visible_to`, for superusers as well."""

    list_select_related: ClassVar[Any] = False

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request).visible_to(request.user)  # type: ignore[misc]
        # Also for the autocomplete and for inlines, where Django does not apply it.
        return rows.select_related(*self.list_select_related) if self.list_select_related else rows

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_active and request.user.is_staff

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is deleted: what is no longer so is ended, revised or superseded."""
        return False


class ScopedAdmin(Plain, Scoped, admin.ModelAdmin):
    """A list and a page of rows; what happened to one stands in the ledger."""

    view_on_site = False
    list_per_page = 50
    show_full_result_count = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.is_staff

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """The ledger's entries about the row; Django's own log is not kept beside it."""
        thing = self.get_object(request, unquote(object_id))
        if thing is None:
            raise Http404
        if not self.has_view_permission(request, thing):
            raise PermissionDenied
        entries = reverse("admin:coordination_entry_changelist")
        return redirect(f"{entries}?object_type={self.opts.model_name}&object_id={thing.pk}")

    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> None:  # type: ignore[override]
        """Nothing: see `history_view`."""

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> None:  # type: ignore[override]
        """Nothing: see `history_view`."""

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        return ""


class ReadOnly:
    """For pages and inlines of rows that only actions write."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(ReadOnly, ScopedAdmin):
    pass


class ReadOnlyInline(ReadOnly, Scoped, admin.TabularInline):
    extra = 0
    can_delete = False
