"""What delegations write for themselves. A coordinator meets what they may read, and no more."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from coordination.base.admin import RELATED_ONLY
from coordination.ledger.actions import Origin
from coordination.processes.admin_base import AddedOnlyAdmin, adopt

from ..actions.notes import add_note
from ..models import Note


@admin.register(Note)
class NoteAdmin(AddedOnlyAdmin):
    """Withdrawn, with the reason, on the page of the commitment's notes."""

    list_display = ("commitment", "kind", "delegation", "audience", "author", "written_at")
    list_filter = (("commitment__process", RELATED_ONLY), "kind", "audience")
    list_select_related = ("commitment__process", "delegation", "author")
    search_fields = ("=commitment__number", "commitment__title", "text", "author__name")
    date_hierarchy = "written_at"
    autocomplete_fields = ("commitment",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        asked = ("commitment", "kind", "audience", "text")
        return asked if obj is None else (*asked, "delegation", "author", "written_at")

    def create(self, request: HttpRequest, form: Any, formsets: Any) -> None:
        made = add_note(actor=request.user, origin=Origin.ADMIN, **form.cleaned_data)
        adopt(form.instance, made)
