"""What people are and were reminded of, for coordinators' programs."""

from django_filters import rest_framework as filters
from rest_framework import serializers

from coordination.base.api import DayFilter, PersonSerializer, ScopedViewSet

from .models import Reminder


class ReminderSerializer(serializers.ModelSerializer):
    """One thing that one person is reminded of, on one day."""

    process: serializers.Field = serializers.SlugRelatedField(
        slug_field="slug", read_only=True, help_text="Short address of the process."
    )
    recipient = PersonSerializer()

    class Meta:
        model = Reminder
        fields = (
            *("id", "process", "kind", "recipient", "local_date", "reference", "title", "due_on"),
            *("because", "urgent", "state", "reason", "write_at", "message", "created_at"),
        )
        extra_kwargs = {
            "due_on": {"help_text": "In the process's time zone; null without a date."},
            "because": {"help_text": "Why it came, in the recipient's language."},
            "reason": {"help_text": "Why it was superseded; else empty."},
            "write_at": {"help_text": "UTC; from then on its mail is written."},
            "message": {"help_text": "Id of the mail that holds it; null while it waits."},
            "created_at": {"help_text": "UTC."},
        }


class ReminderFilter(filters.FilterSet):
    process = filters.CharFilter("process__slug", label="Short address of the process.")
    kind = filters.ChoiceFilter(choices=Reminder.Kind.choices)
    state = filters.ChoiceFilter(choices=Reminder.State.choices)
    before = DayFilter("local_date", "lt", "Of a day before this one, as YYYY-MM-DD.")
    after = DayFilter("local_date", "gt", "Of a day after this one, as YYYY-MM-DD.")

    class Meta:
        model = Reminder
        fields = ("process", "kind", "state", "before", "after")


class ReminderViewSet(ScopedViewSet):
    """The reminders of the processes that you coordinate, without the text of their mails."""

    queryset = Reminder.objects.select_related("process", "recipient")
    serializer_class = ReminderSerializer
    filterset_class = ReminderFilter
