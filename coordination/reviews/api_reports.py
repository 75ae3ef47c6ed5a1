"""Implementation reports, through the API."""

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from coordination.base.api import PersonSerializer, ScopedViewSet
from coordination.commitments.api.common import UTC_MOMENT, process_filter

from .models import Report, ReportSection


class ReportSectionSerializer(serializers.ModelSerializer):
    """A part of a report in words."""

    class Meta:
        model = ReportSection
        fields = ("part", "text", "version", "edited_at")
        extra_kwargs = {
            "edited_at": {"help_text": "UTC; null where it is as drafted from the data."}
        }


class ReportSerializer(serializers.ModelSerializer):
    """How commitments stood at the end of a period."""

    process: serializers.Field = serializers.SlugRelatedField(
        slug_field="slug", read_only=True, help_text="Short address of the process."
    )
    body: serializers.Field = serializers.SlugRelatedField(
        slug_field="code",
        read_only=True,
        allow_null=True,
        help_text="Code of the body whose commitments it is about; null for the whole process.",
    )
    issued_by: serializers.Field = serializers.SlugRelatedField(
        slug_field="code", read_only=True, help_text="Code of the body that issues it."
    )
    approved_by = PersonSerializer(allow_null=True)
    sections = ReportSectionSerializer(many=True, help_text="As they are written.")
    figures = serializers.SerializerMethodField(
        help_text="What was approved, whole: `digest` is the SHA-256 of its canonical JSON. "
        "Null while it is a draft, whose figures are those of the register.",
    )

    class Meta:
        model = Report
        fields = (
            *("id", "process", "number", "reference", "title", "body", "issued_by"),
            *("period_from", "period_until", "language", "created_at", "approved_by"),
            *("approved_at", "digest", "sections", "figures"),
        )
        extra_kwargs = {
            "created_at": UTC_MOMENT,
            "approved_at": {"help_text": "UTC; null while it is a draft."},
            "digest": {"help_text": "Empty while it is a draft."},
        }

    @extend_schema_field({"type": "object", "nullable": True})
    def get_figures(self, report: Report) -> dict[str, Any] | None:
        return report.figures if report.approved_at else None


class ReportFilter(filters.FilterSet):
    process = process_filter("process")

    class Meta:
        model = Report
        fields = ("process",)


class ReportViewSet(ScopedViewSet):
    """The implementation reports of one's processes, drafts too."""

    queryset = Report.objects.select_related(
        "process", "body", "issued_by", "approved_by"
    ).prefetch_related("sections")
    serializer_class = ReportSerializer
    filterset_class = ReportFilter
