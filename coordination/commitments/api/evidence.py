"""What reports and findings rest on: where it comes from, and where its file is fetched."""

from typing import Any

from django.db.models import Prefetch
from django.urls import reverse
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from coordination.base.api import IdFilter, PersonSerializer, ScopedViewSet

from ..models import Evidence, Verification
from .common import READ_BY, UTC_MOMENT, obligation_code, process_filter


class EvidenceFileSerializer(serializers.Serializer):
    """A file that was uploaded; it never changes."""

    name = serializers.CharField()
    media_type = serializers.CharField()
    size = serializers.IntegerField(help_text="Bytes.")
    sha256 = serializers.CharField(help_text="SHA-256 of its content, in hexadecimal digits.")
    download = serializers.URLField(help_text="Where members of the process fetch it.")


class EvidenceSerializer(serializers.ModelSerializer):
    """A file or a link, with where it comes from."""

    commitment_code = obligation_code("commitment.code")
    verification = serializers.IntegerField(
        source="finding.pk",
        default=None,
        allow_null=True,
        help_text="Id of the finding that rests on it, where you may read that.",
    )
    file = serializers.SerializerMethodField(help_text="Null where it is a link.")
    supersedes = serializers.IntegerField(
        source="earlier.pk",
        default=None,
        allow_null=True,
        help_text="Id of the earlier one whose place it takes, where you may read that; or null.",
    )
    superseded_by = serializers.SerializerMethodField(
        help_text="Ids of what takes its place; empty while it stands."
    )
    contradicts = serializers.SerializerMethodField(
        help_text="Ids of what says otherwise; both stay."
    )
    added_by = PersonSerializer()

    class Meta:
        model = Evidence
        fields = (
            *("id", "commitment", "commitment_code", "number", "obligation", "check_in"),
            *("verification", "breach", "title", "source", "dated_on", "url", "file"),
            *("supersedes", "superseded_by", "contradicts", "audience", "added_by", "added_at"),
        )
        extra_kwargs = {
            "obligation": {"help_text": "Id of the one that it is about; null for all of them."},
            "check_in": {"help_text": "Id of the check-in that rests on it, or null."},
            "breach": {"help_text": "Id of the breach that it is about, or null."},
            "source": {"help_text": "Who made it, and how it came here."},
            "url": {"help_text": "Empty where it is a file."},
            "audience": {"help_text": READ_BY},
            "added_at": UTC_MOMENT,
        }

    @extend_schema_field(EvidenceFileSerializer(allow_null=True))
    def get_file(self, evidence: Evidence) -> Any:
        if not evidence.file:
            return None
        commitment = evidence.commitment
        where = [commitment.process.slug, commitment.number, evidence.number]
        address = self.context["request"].build_absolute_uri(reverse("evidence-file", args=where))
        return {
            "name": evidence.file_name,
            "media_type": evidence.media_type,
            "size": evidence.size,
            "sha256": evidence.sha256,
            "download": address,
        }

    @extend_schema_field(serializers.ListField(child=serializers.IntegerField()))
    def get_superseded_by(self, evidence: Evidence) -> list[int]:
        return sorted(one.pk for one in evidence.superseded_by.all())

    @extend_schema_field(serializers.ListField(child=serializers.IntegerField()))
    def get_contradicts(self, evidence: Evidence) -> list[int]:
        return sorted(one.pk for one in evidence.contradicts.all())


class EvidenceFilter(filters.FilterSet):
    process = process_filter("commitment__process")
    commitment = IdFilter("commitment", "Id of the commitment.")
    obligation = IdFilter("obligation", "Id of the obligation.")

    class Meta:
        model = Evidence
        fields = ("process", "commitment", "obligation")


class EvidenceViewSet(ScopedViewSet):
    """What reports and findings rest on, to whom it is for; that which was superseded too."""

    queryset = Evidence.objects.filter(commitment__withdrawn_at=None).select_related(
        "commitment__process", "added_by"
    )
    serializer_class = EvidenceSerializer
    filterset_class = EvidenceFilter

    def get_queryset(self) -> Any:
        """Whatever a piece names is named to those who may read that too."""
        findings = Verification.objects.visible_to(self.request.user)
        seen = Evidence.objects.visible_to(self.request.user)
        return (
            super()
            .get_queryset()
            .prefetch_related(
                Prefetch("verification", findings, to_attr="finding"),
                Prefetch("supersedes", seen, to_attr="earlier"),
                Prefetch("superseded_by", seen),
                Prefetch("contradicts", seen),
            )
        )
