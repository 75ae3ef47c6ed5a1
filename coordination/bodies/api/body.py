"""Bodies as they were on a day: names, lines, seats, terms and channels."""

from typing import Any

from django.db.models import OuterRef, Prefetch, Q, Subquery
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers

from coordination.base.api import NamedSerializer, PersonSerializer
from coordination.processes.api import ENDED_ON
from coordination.processes.api_days import AS_OF, AsOf, AsOfFilter
from coordination.processes.models import Track

from ..models import (
    Body,
    ChannelTest,
    CompositionPart,
    ContactChannel,
    FormerName,
    ReportingLine,
    RoleTerms,
    Seat,
    Succession,
    Term,
)
from .protocol import ProtocolSerializer, protocols

LASTS = {
    "started_on": {"help_text": "Null where it was always so."},
    "ended_on": {"help_text": ENDED_ON},
}


class TermSerializer(serializers.ModelSerializer):
    """Who holds a seat on the day."""

    holder = PersonSerializer()
    alternate = PersonSerializer(allow_null=True)

    class Meta:
        model = Term
        fields = ("holder", "alternate", "starts_on", "ends_on", "tenure")
        extra_kwargs = {"ends_on": {"help_text": "The last day; null while it is open."}}


class SeatSerializer(serializers.ModelSerializer):
    party: serializers.Field = serializers.SlugRelatedField(
        slug_field="code",
        read_only=True,
        allow_null=True,
        help_text="Code of the party that it is held for.",
    )
    terms = TermSerializer(
        source="terms_of_day",
        many=True,
        help_text="Who holds it on the day; empty when it is vacant.",
    )

    class Meta:
        model = Seat
        fields = (
            *("id", "number", "role", "title", "authority", "party", "group", "vote"),
            *("started_on", "ended_on", "terms"),
        )
        extra_kwargs = LASTS


class LineSerializer(serializers.ModelSerializer):
    """To whom a body answers, sends its reports, or is tied."""

    type = serializers.SerializerMethodField(help_text="What it leads to.")
    code = serializers.SerializerMethodField(help_text="Of the body or party; else empty.")
    name = serializers.SerializerMethodField(help_text="As it is called on the day.")

    class Meta:
        model = ReportingLine
        fields = ("kind", "type", "code", "name", "started_on", "ended_on", "source")
        extra_kwargs = LASTS

    @extend_schema_field(serializers.ChoiceField(choices=("body", "party", "other")))
    def get_type(self, line: ReportingLine) -> str:
        return "body" if line.to_body_id else "party" if line.to_party_id else "other"

    def get_code(self, line: ReportingLine) -> str:
        return line.target.code if line.target else ""

    def get_name(self, line: ReportingLine) -> str:
        if line.to_body is None:
            return line.target_name
        return line.to_body.name_on(self.context["days"].of[line.to_body.process_id])


class FormerNameSerializer(serializers.ModelSerializer):
    ended_on = serializers.DateField(source="until", help_text="The first day of the next name.")

    class Meta:
        model = FormerName
        fields = ("name", "ended_on")


class SuccessorSerializer(serializers.ModelSerializer):
    """A body that took over from this one, and how."""

    body = NamedSerializer(source="successor")

    class Meta:
        model = Succession
        fields = ("body", "kind", "on", "source")


class PredecessorSerializer(serializers.ModelSerializer):
    """A body from which this one took over, and how."""

    body = NamedSerializer(source="predecessor")

    class Meta:
        model = Succession
        fields = ("body", "kind", "on", "source")


class CompositionPartSerializer(serializers.ModelSerializer):
    class Meta:
        model = CompositionPart
        fields = ("group", "seats", "counts_as", "named_by")


class RoleTermsSerializer(serializers.ModelSerializer):
    class Meta:
        model = RoleTerms
        fields = ("role", "authority", "scope", "source")


class ChannelTestSerializer(serializers.ModelSerializer):
    tested_by = PersonSerializer(allow_null=True)

    class Meta:
        model = ChannelTest
        fields = ("tested_at", "worked", "remark", "tested_by")
        extra_kwargs = {"tested_at": {"help_text": "UTC."}}


class ChannelSerializer(serializers.ModelSerializer):
    """A way to reach the body, in the order in which one tries."""

    last_test = serializers.SerializerMethodField(
        help_text="The last one by the end of the day; null where it was never tested."
    )

    class Meta:
        model = ContactChannel
        fields = ("order", "kind", "address", "hours", "started_on", "ended_on", "last_test")
        extra_kwargs = LASTS

    @extend_schema_field(ChannelTestSerializer(allow_null=True))
    def get_last_test(self, channel: ContactChannel) -> Any:
        tests = channel.last_tests  # type: ignore[attr-defined]
        return ChannelTestSerializer(tests[0]).data if tests else None


class BodySerializer(serializers.ModelSerializer):
    process: serializers.Field = serializers.SlugRelatedField(
        slug_field="slug", read_only=True, help_text="Short address of the process."
    )
    name = serializers.SerializerMethodField(help_text="What it is called on the day.")
    exists = serializers.SerializerMethodField(
        help_text="Whether it was established by the day and not yet wound up."
    )
    former_names = FormerNameSerializer(many=True)
    predecessors = PredecessorSerializer(source="precessions", many=True)
    successors = SuccessorSerializer(source="successions", many=True)
    lines = LineSerializer(
        source="lines_of_day",
        many=True,
        help_text="Those of the day: to whom it reports, to whom it sends its reports, and its "
        "liaisons; `kind` says which.",
    )
    composition_parts = CompositionPartSerializer(many=True)
    channels = ChannelSerializer(source="channels_of_day", many=True)
    roles = RoleTermsSerializer(source="role_terms", many=True)
    protocol = ProtocolSerializer(allow_null=True)
    seats = SeatSerializer(source="seats_of_day", many=True, help_text="Those of the day.")

    class Meta:
        model = Body
        fields = (
            *("id", "process", "code", "name", "track", "legal_basis", "mandate"),
            *("authority", "composition", "composition_parts", "established_on", "ended_on"),
            *("exists", "former_names", "predecessors", "successors", "lines", "channels"),
            *("roles", "protocol", "seats"),
        )
        extra_kwargs = {"ended_on": {"help_text": "The first day without it."}}

    def get_name(self, body: Body) -> str:
        return body.name_on(self.context["days"].of[body.process_id])

    def get_exists(self, body: Body) -> bool:
        return body.exists_on(self.context["days"].of[body.process_id])


class BodyFilter(filters.FilterSet):
    process = filters.CharFilter("process__slug", label="Short address of the process.")
    track = filters.ChoiceFilter(choices=Track.choices)
    as_of = AsOfFilter()

    class Meta:
        model = Body
        fields = ("process", "track", "as_of")


@extend_schema(parameters=[AS_OF])
class BodyViewSet(AsOf):
    """Boards, commissions, missions and groups, as they are today or were on another day."""

    queryset = Body.objects.select_related("process")
    serializer_class = BodySerializer
    filterset_class = BodyFilter

    def get_queryset(self) -> Any:
        days = self.days
        terms = Term.objects.filter(
            days.where(
                "seat__body__process",
                lambda day, over: Q(starts_on__lte=day) & (Q(ends_on=None) | Q(ends_on__gte=day)),
            )
        )
        seats = Seat.objects.filter(days.held("body__process")).select_related("party")
        lines = ReportingLine.objects.filter(days.held("body__process"))
        channels = ContactChannel.objects.filter(days.held("body__process"))
        tests = ChannelTest.objects.filter(
            days.where("channel__body__process", lambda day, over: Q(tested_at__lt=over))
        )
        last = tests.filter(channel=OuterRef("channel")).values("pk")[:1]
        return (
            super()
            .get_queryset()
            .select_related("protocol")
            .prefetch_related(
                *("former_names", "composition_parts", "role_terms", *protocols()),
                Prefetch("successions", Succession.objects.select_related("successor")),
                Prefetch("precessions", Succession.objects.select_related("predecessor")),
                Prefetch(
                    "lines", lines.select_related("to_body", "to_party"), to_attr="lines_of_day"
                ),
                "lines_of_day__to_body__former_names",
                Prefetch("channels", channels, to_attr="channels_of_day"),
                Prefetch(
                    "channels_of_day__tests",
                    tests.filter(pk=Subquery(last)).select_related("tested_by"),
                    to_attr="last_tests",
                ),
                Prefetch("seats", seats.order_by("number"), to_attr="seats_of_day"),
                Prefetch(
                    "seats_of_day__terms",
                    terms.select_related("holder", "alternate"),
                    to_attr="terms_of_day",
                ),
            )
        )
