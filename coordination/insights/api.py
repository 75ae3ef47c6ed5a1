"""The ledger, for programs."""

from django_filters import rest_framework as filters
from rest_framework import serializers

from coordination.base.api import DayFilter, IdFilter, PersonSerializer, ScopedViewSet
from coordination.commitments.api.common import UTC_MOMENT, process_filter
from coordination.ledger.models import Entry


class EntrySerializer(serializers.ModelSerializer):
    """Who did what to which object, and its place in the chain of the process."""

    process: serializers.Field = serializers.SlugRelatedField(
        slug_field="slug", read_only=True, help_text="Short address of the process."
    )
    actor = PersonSerializer(allow_null=True, help_text="Null where the schedule acted.")

    class Meta:
        model = Entry
        fields = (
            *("id", "process", "sequence", "at", "actor", "actor_name", "verb", "object_type"),
            *("object_id", "object_label", "summary", "before", "after", "origin"),
            *("content_hash", "previous_hash", "hash"),
        )
        extra_kwargs = {
            "sequence": {"help_text": "Place in the process's chain, from 1 on."},
            "at": UTC_MOMENT,
            "actor_name": {"help_text": "As it was then."},
            "verb": {"help_text": "As in “commitment.changed”."},
            "before": {"help_text": "The fields that changed, as they were."},
            "after": {"help_text": "The same, as they became."},
            "origin": {"help_text": "From where: web, admin, api, link, file, system, command."},
            "content_hash": {"help_text": "SHA-256 of salt and content."},
            "hash": {"help_text": "SHA-256 of the hash before, process, sequence and content."},
        }


class EntryFilter(filters.FilterSet):
    process = process_filter("process")
    actor = IdFilter("actor", "Id of the person.")
    object_type = filters.CharFilter(label="Kind of object, as in “commitment”.")
    object_id = IdFilter("object_id", "Id of the object; together with its kind.")
    verb = filters.CharFilter(label="What was done, as in “commitment.changed”.")
    since = DayFilter("at__date", "gte", "On this day (UTC) or later, as YYYY-MM-DD.")
    until = DayFilter("at__date", "lte", "On this day (UTC) or earlier, as YYYY-MM-DD.")

    class Meta:
        model = Entry
        fields = ("process", "actor", "object_type", "object_id", "verb", "since", "until")


class EntryViewSet(ScopedViewSet):
    """The ledgers of your processes, without what is about records that you may not read."""

    queryset = Entry.objects.select_related("process", "actor").order_by("pk")
    serializer_class = EntrySerializer
    filterset_class = EntryFilter
