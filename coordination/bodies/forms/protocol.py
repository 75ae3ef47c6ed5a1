"""What is typed about how a body works, in the order in which its rules of procedure say it."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.processes.edit_forms import EditForm
from coordination.processes.models import Party
from coordination.processes.tables import RowForm

from ..actions.protocols import FIELDS, protocol_of, protocol_state
from ..models import Body, Protocol, ProtocolSource, Seat, Share
from .targets import TargetField, Targets

Topic = ProtocolSource.Topic

#: Each group with its fields and its table; its article and wording stand beside it.
GROUPS: tuple[tuple[Topic, Any, tuple[str, ...], str], ...] = (
    (Topic.MEETINGS, _("Meetings"), ("meets_times", "meets_per", "convened_by"), ""),
    (Topic.AGENDA, _("Agenda"), ("agenda_closes_hours",), ""),
    (
        Topic.QUORUM,
        _("Quorum"),
        ("quorum", "quorum_share", "quorum_needs_chair"),
        "quorum_parts",
    ),
    (
        Topic.DECISIONS,
        _("Decisions"),
        ("decision_rule", "majority", "majority_of", "silence_hours"),
        "",
    ),
    (Topic.DISPUTES, _("If members disagree"), (), "dispute_steps"),
    (Topic.REPORTING, _("Reporting"), ("reports_per", "reporting_duty"), ""),
    (Topic.WHOLE, _("The protocol as a whole"), (), ""),
)


class QuorumRow(RowForm):
    group = forms.CharField(label=_("Group of seats"), max_length=60)
    minimum = forms.IntegerField(label=_("At least"), min_value=1, max_value=9999)


class StepRow(RowForm):
    who = forms.CharField(
        label=_("Who is asked, to do what"),
        max_length=200,
        error_messages={"required": _("Say who is asked, and to do what.")},
    )
    to = TargetField(label=_("Leads to"), help_text=_("Seat, body or party"))
    within_hours = forms.IntegerField(
        label=_("Within hours"), required=False, min_value=1, max_value=99999
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].targets = self.owner.targets  # type: ignore[attr-defined]

    @classmethod
    def shown(cls, row: dict[str, Any], owner: Any) -> dict[str, Any]:
        named = ((Seat, row["seat"]), (Body, row["to_body"]), (Party, row["to_party"]))
        to = "".join(owner.targets.name_of(model, pk) for model, pk in named if pk)
        return {"who": row["who"], "to": to, "within_hours": row["within_hours"]}

    def row(self) -> dict[str, Any]:
        said, to = self.cleaned_data, self.cleaned_data["to"]
        return {
            "who": said["who"],
            "seat": to if isinstance(to, Seat) else None,
            "to_body": to if isinstance(to, Body) else None,
            "to_party": to if isinstance(to, Party) else None,
            "within_hours": said["within_hours"],
        }


class ProtocolForm(EditForm):
    """All that the protocol of a body says, saved as one."""

    tables = {
        "quorum_parts": (QuorumRow, _("Parts of the quorum")),
        "dispute_steps": (StepRow, _("Steps")),
    }

    bounds = {
        "meets_times": (1, 366),
        "agenda_closes_hours": (0, 9999),
        "quorum": (1, 9999),
        "silence_hours": (1, 9999),
    }

    class Meta:
        model = Protocol
        fields = FIELDS
        labels = {"meets_per": _("Period")}

    def __init__(self, *args: Any, process: Any, thing: Body, **kwargs: Any) -> None:
        self.targets = Targets(process, thing)
        super().__init__(*args, process=process, thing=thing, **kwargs)
        majority: Any = self.fields["majority"]
        majority.choices = [one for one in Share.choices if one[0] != Share.HALF]

    def more_fields(self) -> Mapping[str, forms.Field]:
        fields: dict[str, forms.Field] = {}
        for topic in Topic:
            fields[f"{topic.value}_article"] = forms.CharField(
                label=_("Article"), max_length=160, required=False
            )
            fields[f"{topic.value}_wording"] = forms.CharField(
                label=_("Wording"), required=False, widget=forms.Textarea
            )
        return fields

    def state_of(self, thing: Body) -> dict[str, Any]:
        return protocol_state(protocol_of(thing))

    def ledger_thing(self) -> Any:
        protocol = protocol_of(self.thing)
        return protocol if protocol.pk else self.thing

    @property
    def groups(self) -> list[dict[str, Any]]:
        """The fields as they stand on the page."""
        return [
            {
                "title": title,
                "topic": topic.value,
                "fields": [self[name] for name in names],
                "table": self.lists.get(table),
                "caption": self.tables[table][1] if table else "",
                "article": self[f"{topic.value}_article"],
                "wording": self[f"{topic.value}_wording"],
            }
            for topic, title, names, table in GROUPS
        ]

    def _label(self, name: str) -> str:
        """The article and wording of a topic by its name: there are seven of each."""
        topic, _underline, what = name.rpartition("_")
        if topic in Topic.values and what in ("article", "wording"):
            return f"{Topic(topic).label}: {super()._label(name)}"
        return super()._label(name)
