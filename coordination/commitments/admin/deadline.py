"""When a commitment is due, on its own page: rule, terms, readings and extensions."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from coordination.base.admin import RELATED_ONLY, ReadOnlyInline
from coordination.ledger.actions import Origin
from coordination.processes.admin_base import (
    AddedOnlyInline,
    RecordAdmin,
    RecordInline,
    adopt,
    choices_of,
)
from coordination.processes.admin_forms import Autocomplete, RecordForm

from ..actions.agreed_dates import enter_reading, extend_deadline
from ..models import Commitment, Deadline, DeadlineTerm, ExpectedOccurrence, Extension, Reading

_COUNTED = ("amount", "unit", "direction", "anchor", "after_commitment", "from_opening", "on", "at")


class DeadlineInline(RecordInline):
    model = Deadline
    fields = (
        *("rule", "precision", "wording", "extendable", "original_on", "due_on", "latest_on"),
        *("starts_on", "ends_on", "is_projected"),
    )
    readonly_fields = (
        *("original_on", "due_on", "latest_on", "starts_on", "ends_on", "is_projected"),
    )
    max_num = 1


class MomentForm(RecordForm):
    """A moment decides its day, in the process's time zone."""

    def __init__(self, *args: Any, commitment: Commitment | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.commitment = commitment  # on the page of a new one it gets its process meanwhile

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or {}
        if (at := data.get("at")) and self.commitment and self.commitment.process_id:
            data["on"] = at.astimezone(self.commitment.process.zone).date()
        return data


class OfDeadline(RecordInline):
    """Belongs to the deadline; stands on the commitment's page all the same."""

    def __init__(self, parent_model: Any, admin_site: Any) -> None:
        super().__init__(Deadline, admin_site)


class TermInline(RecordInline):
    model = DeadlineTerm
    form = MomentForm
    computed = ("on",)
    autocomplete_fields = ("after_commitment",)
    list_select_related = ("after_commitment",)
    removable = True


class DeadlineTermInline(OfDeadline, TermInline):
    """What the agreement itself says; how a party reads it stands on the reading's page."""

    fields = ("purpose", *_COUNTED)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).filter(reading=None)


class ReadingInline(OfDeadline, ReadOnlyInline):
    model = Reading
    list_select_related = ("party", "deadline__commitment")
    fields = ("party", "due_on", "in_force", "decided_by", "source")
    readonly_fields = fields
    show_change_link = True


class ExtensionInline(OfDeadline, AddedOnlyInline):
    """Earlier extensions stay; a new one moves the date in force."""

    model = Extension
    form = MomentForm
    list_select_related = ("expected__obligation__commitment", "deadline__commitment")
    fields = (
        *("on", "at", "amount", "unit", "expected", "agreed_by", "agreed_on", "source", "reason"),
        "recorded_at",
    )
    readonly_fields = ("recorded_at",)

    def narrow(self, form: Any, request: HttpRequest, obj: Any) -> None:
        super().narrow(form, request, obj)
        if field := form.base_fields.get("expected"):
            times = ExpectedOccurrence.objects.filter(obligation__commitment=obj)
            field.queryset = times.select_related("obligation__commitment")
            field.choices = choices_of(field.queryset)

    def add_row(self, request: HttpRequest, row: Extension) -> None:
        extend_deadline(
            actor=request.user,
            commitment=Commitment.objects.select_related("process", "deadline").get(
                deadline=row.deadline
            ),
            origin=Origin.ADMIN,
            **given(row, self),
        )


class ReadingForm(RecordForm):
    """A new one names its commitment."""

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or {}
        if commitment := data.get("commitment"):
            self.instance.deadline = commitment.deadline
        return data


class NewReadingForm(ReadingForm):
    commitment = DeadlineTerm._meta.get_field("after_commitment").formfield(
        required=True,
        label=Commitment._meta.verbose_name,
        widget=Autocomplete(DeadlineTerm._meta.get_field("after_commitment"), admin.site),
    )


class ReadingTermInline(TermInline):
    fk_name = "reading"
    fields = _COUNTED


@admin.register(Reading)
class ReadingAdmin(RecordAdmin):
    """Which one is in force is decided on the commitment's page in the product."""

    list_display = ("party", "deadline_of", "due_on", "in_force", "decided_by")
    list_filter = (
        *(("deadline__commitment__process", RELATED_ONLY), ("party", RELATED_ONLY)),
        "in_force",
    )
    list_select_related = ("party", "deadline__commitment__process")
    search_fields = (
        *("=deadline__commitment__number", "deadline__commitment__title"),
        *("party__code", "party__name", "argument"),
    )
    fixed = ("party",)
    inlines = (ReadingTermInline,)
    readonly_fields = ("due_on", "in_force", "decided_by")

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:  # type: ignore[override]
        kwargs["form"] = ReadingForm if obj else NewReadingForm
        return super().get_form(request, obj, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        said = ("party", "rule", "argument", "source")
        return ("commitment", *said) if obj is None else (*said, *self.readonly_fields)

    def get_formset_kwargs(self, request: HttpRequest, obj: Any, inline: Any, prefix: str) -> Any:
        kwargs = super().get_formset_kwargs(request, obj, inline, prefix)
        commitment = obj.deadline.commitment if obj.deadline_id else None
        return {**kwargs, "form_kwargs": {"commitment": commitment}}

    def create(self, request: HttpRequest, form: Any, formsets: Any) -> None:
        adopt(form.instance, self._enter(request, form, formsets, None))

    def change(self, request: HttpRequest, form: Any, formsets: Any) -> None:
        self._enter(request, form, formsets, form.instance)

    def _enter(
        self, request: HttpRequest, form: Any, formsets: Any, reading: Reading | None
    ) -> Reading:
        [terms] = formsets
        said = {name: form.cleaned_data[name] for name in ("rule", "argument", "source")}
        made, _moves = enter_reading(
            actor=request.user,
            commitment=form.instance.deadline.commitment,
            party=form.cleaned_data["party"],
            terms=[given(row, ReadingTermInline) for row in rows_on(terms)],
            origin=Origin.ADMIN,
            reading=reading,
            **said,
        )
        return made

    @admin.display(description=Commitment._meta.verbose_name)
    def deadline_of(self, reading: Reading) -> str:
        return str(reading.deadline.commitment)


def given(row: Any, inline: Any) -> dict[str, Any]:
    """The fields of a row that its inline asks for."""
    asked: Any = inline.fields
    return {name: getattr(row, name) for name in asked if name not in inline.readonly_fields}


def rows_on(formset: Any) -> list[Any]:
    """The rows as a page leaves them, without the ones that it removes and the ones left empty."""
    kept = [form for form in formset.forms if form not in formset.deleted_forms]
    return [form.instance for form in kept if form.instance.pk or form.has_changed()]
