"""Agreements and the tree of their provisions through the API."""

from typing import Any

from django.db.models import Prefetch
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from coordination.base.api import IdFilter, NamedSerializer, ScopedViewSet
from coordination.processes.models import Party

from .models import Agreement, Provision


class AgreementSerializer(serializers.ModelSerializer):
    process: serializers.Field = serializers.SlugRelatedField(
        slug_field="slug", read_only=True, help_text="Short address of the process."
    )
    signatories = NamedSerializer(many=True)
    witnesses = NamedSerializer(many=True)

    class Meta:
        model = Agreement
        fields = (
            *("id", "process", "key", "name", "signed_on", "in_force_on", "languages"),
            *("signatories", "witnesses"),
        )
        extra_kwargs = {
            "key": {"help_text": "Unique in its process."},
            "languages": {"help_text": "Of the authentic texts."},
        }


class AgreementFilter(filters.FilterSet):
    process = filters.CharFilter("process__slug", label="Short address of the process.")

    class Meta:
        model = Agreement
        fields = ("process",)


class AgreementViewSet(ScopedViewSet):
    """What was signed, by whom, when, and in which languages."""

    queryset = Agreement.objects.select_related("process").prefetch_related(
        *(Prefetch(name, Party.objects.order_by("code")) for name in ("signatories", "witnesses"))
    )
    serializer_class = AgreementSerializer
    filterset_class = AgreementFilter


class ProvisionSerializer(serializers.ModelSerializer):
    commitments = serializers.SerializerMethodField(
        help_text="Ids of the commitments that come from it."
    )

    class Meta:
        model = Provision
        fields = (
            *("id", "agreement", "parent", "order", "label", "citation", "heading", "text"),
            "commitments",
        )
        extra_kwargs = {
            "parent": {"help_text": "Id of the provision that it is part of; null at the top."},
            "order": {"help_text": "Its place in the whole agreement, in reading order."},
            "label": {"help_text": "Its own number, as in “(c)”."},
            "citation": {"help_text": "In full, as in “Annex 1A, Art. IX.1(c)”."},
        }

    @extend_schema_field(serializers.ListField(child=serializers.IntegerField()))
    def get_commitments(self, provision: Provision) -> list[int]:
        return sorted(commitment.pk for commitment in provision.commitments.all())


class ProvisionFilter(filters.FilterSet):
    process = filters.CharFilter("agreement__process__slug", label="Short address of the process.")
    agreement = IdFilter("agreement", "Id of the agreement.")
    parent = IdFilter("parent", "Id of the one that it is part of.")

    class Meta:
        model = Provision
        fields = ("process", "agreement", "parent")


class ProvisionViewSet(ScopedViewSet):
    """The articles and paragraphs of the agreements, each with its full citation."""

    queryset = Provision.objects.all()
    serializer_class = ProvisionSerializer
    filterset_class = ProvisionFilter

    def get_queryset(self) -> Any:
        owed = Provision._meta.get_field("commitments").related_model._default_manager.only(
            "provision"
        )
        return super().get_queryset().prefetch_related(Prefetch("commitments", owed))
