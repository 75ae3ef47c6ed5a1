"""What reports and findings rest on. Files come in on the commitment's page in the product."""

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from coordination.base.admin import RELATED_ONLY, ReadOnlyAdmin

from ..models import Evidence


@admin.register(Evidence)
class EvidenceAdmin(ReadOnlyAdmin):
    list_display = ("commitment", "number", "title", "source", "dated_on", "added_by", "audience")
    list_display_links = ("number", "title")
    list_filter = (("commitment__process", RELATED_ONLY), "media_type", "audience")
    list_select_related = (
        *("commitment__process", "obligation__commitment", "obligation__party"),
        *("obligation__body", "check_in__obligation__commitment"),
        *("verification__obligation__commitment", "breach__obligation__commitment"),
        *("supersedes__commitment", "added_by", "delegation"),
    )
    search_fields = (
        *("=commitment__number", "commitment__title", "title", "source", "file_name", "=sha256"),
    )
    date_hierarchy = "added_at"
    readonly_fields = ("download", "contradicted_by")
    fields = (
        *("commitment", "number", "obligation", "check_in", "verification", "breach"),
        *("title", "source", "dated_on", "url", "download", "media_type", "size", "sha256"),
        *("supersedes", "contradicted_by", "audience", "delegation", "added_by", "added_at"),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        """What contradicts a piece is named to who may read that too."""
        seen = Evidence.objects.visible_to(request.user).order_by("number")
        return super().get_queryset(request).prefetch_related(Prefetch("contradicts", seen))

    @admin.display(description=Evidence._meta.get_field("contradicts").verbose_name)
    def contradicted_by(self, evidence: Evidence) -> str:
        """The numbers of those under the same commitment."""
        return ", ".join(str(one.number) for one in evidence.contradicts.all())

    @admin.display(description=_("file"))
    def download(self, evidence: Evidence) -> str | None:
        """By the way on which the product checks who may have it."""
        if not evidence.file:
            return None
        commitment = evidence.commitment
        where = [commitment.process.slug, commitment.number, evidence.number]
        return format_html(
            '<a href="{}">{}</a>', reverse("evidence-file", args=where), evidence.file_name
        )
