"""Every row of a process as plain data, such that two processes can be compared field by field."""

from typing import Any

from django.apps import apps
from django.db import models

from coordination.processes.models import Process

Rows = dict[str, list[dict[str, Any]]]

#: Begins the addresses of those who are none of the people any more.
FORMERLY = "formerly-"
#: What is not part of a process as it can be written down.
_ELSEWHERE = {
    "Entry",  # the record of how it came to be
    "Chain",
    "ProcessFile",  # from which file
    "Message",  # mails, and the links in them
    "MessageEvent",
    *("Reminder", "MeetingNotice", "AddressProblem", "ClockReading"),
    "CheckInLink",
    "Heartbeat",
    *("ApiToken", "Attempts", "Invitation"),  # how people come in
    *("SigningKey", "Checkpoint"),  # of the record
    *("SavedView", "BulkChange", "FormDraft", "LastLook"),  # how somebody reads and types
}
#: What the clock or chance decides when a row is made, and what two processes never share.
_UNLIKE = {
    *("id", "slug", "rebased_days", "created_at", "password", "last_login"),
    *("AnchorDate.recorded_at", "Membership.started_at", "Membership.role_since"),
    "CheckIn.submission",
    *("Extension.recorded_at", "TriggerEvent.recorded_at", "Process.second_factor_since"),
}


def rows_of(process: Process) -> Rows:
    """The rows of each model in their order; a row is named by what is unique of it."""
    return _Rows(process).all()


class _Rows:
    def __init__(self, process: Process) -> None:
        self.process = process
        self.models = [
            model
            for app in ("accounts", "coordination")
            for model in apps.get_app_config(app).get_models()
            if model.__name__ not in _ELSEWHERE
        ]
        every = {model: list(model._base_manager.order_by("pk")) for model in self.models}
        self.every = {model: {row.pk: row for row in rows} for model, rows in every.items()}
        self.names: dict[tuple[type[models.Model], Any], Any] = {}

    def all(self) -> Rows:
        found = {model.__name__: self.of(model) for model in self.models}
        return {name: rows for name, rows in found.items() if rows}

    def of(self, model: type[models.Model]) -> list[dict[str, Any]]:
        """The rows of each parent, which is what their first relation names, in their order."""
        if model.__name__ == "User":
            order = model._base_manager.exclude(email__startswith=FORMERLY).order_by("email")
        else:
            path = "pk" if model is Process else getattr(model, "scope_path", "process")
            order = model._default_manager.filter(**{path: self.process.pk})
            order = order.order_by(*model._meta.ordering, "pk")
        keys = order.values_list("pk", flat=True)
        rows = [self.described(self.every[model][pk]) for pk in keys]
        relations = [field.name for field in model._meta.concrete_fields if field.is_relation]
        return sorted(rows, key=lambda row: repr(row[relations[0]] if relations else ""))

    def described(self, row: models.Model) -> dict[str, Any]:
        name = type(row).__name__
        fields = {
            field.name: self.value(row, field)
            for field in row._meta.concrete_fields
            if not {field.name, f"{name}.{field.name}"} & _UNLIKE
        }
        for field in row._meta.many_to_many:
            if field.related_model in self.every:
                linked = field.remote_field.through._base_manager.filter(
                    **{field.m2m_field_name(): row.pk}
                ).values_list(field.m2m_reverse_field_name(), flat=True)
                fields[field.name] = sorted(
                    str(self.name(field.related_model, pk)) for pk in linked
                )
        return fields

    def value(self, row: models.Model, field: Any) -> Any:
        value = getattr(row, field.attname)
        if (type(row).__name__, field.name) == ("Release", "object_id"):
            return self.name(apps.get_model("coordination", row.object_type), value)
        return self.name(field.related_model, value) if field.is_relation else value

    def name(self, model: type[models.Model], pk: Any) -> Any:
        """What tells a row from the others of its process, without its key."""
        if pk is None:
            return None
        if (model, pk) not in self.names:
            row = self.every[model][pk]
            fields = [row._meta.get_field(name) for name in _unique(model)]
            values = [self.value(row, field) for field in fields if field.name not in _UNLIKE]
            self.names[model, pk] = (model.__name__, *values)
        return self.names[model, pk]


def _unique(model: type[models.Model]) -> list[str]:
    """The fields that together are unique, and that do not change from load to load."""
    alone = [field.name for field in model._meta.concrete_fields if field.unique]
    together = [
        name
        for constraint in model._meta.constraints
        if isinstance(constraint, models.UniqueConstraint)
        for name in constraint.fields
    ]
    return [
        name
        for name in dict.fromkeys([*alone, *together])
        if not {name, f"{model.__name__}.{name}"} & _UNLIKE
    ]
