"""The pages on which coordinators keep a process's record; every change reaches the ledger."""

import functools
import hashlib
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.contrib.auth import get_user_model
from django.db import IntegrityError, models, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from coordination.base.admin import Scoped, ScopedAdmin
from coordination.base.errors import Refused
from coordination.ledger.actions import Origin, append, lock, snapshot

from .admin_forms import Autocomplete, RecordForm
from .models import Membership, Process

User = get_user_model()

#: In the session; as many as somebody has open in as many windows.
SAVED_FORMS, REMEMBERED = "saved_forms", 20


def scope_path(model: type[models.Model]) -> str:
    """How one gets from a row to its process; "" for the process itself."""
    return "" if model is Process else getattr(model, "scope_path", "process")


def process_of(thing: Any) -> Process:
    for step in filter(None, scope_path(type(thing)).split("__")):
        thing = getattr(thing, step)
    return thing


def coordinated(request: Any) -> set[int]:
    """The ids of the processes that the person coordinates, asked once a request."""
    if not hasattr(request, "coordinated_processes"):
        request.coordinated_processes = set(
            Membership.objects.current()
            .filter(user=request.user, role=Membership.Role.COORDINATOR)
            .values_list("process", flat=True)
        )
    return request.coordinated_processes


def rows_of(
    model: type[models.Model], processes: Iterable[int], current: bool = False
) -> models.QuerySet:
    """The rows of a model that belong to the processes.

    Of people, those who ever took part, or only those who are members now.
    """
    if model is User:
        rows = Membership.objects.current() if current else Membership.objects.all()
        members = rows.filter(process__in=processes)
        return User.objects.filter(pk__in=members.values("user"))
    path = scope_path(model)
    return model._default_manager.filter(**{f"{path}__in" if path else "pk__in": processes})


def state(thing: models.Model) -> dict[str, Any]:
    """The row as the ledger records it, with the rows that it lists."""
    lists = {
        field.name: sorted(getattr(thing, field.name).values_list("pk", flat=True))
        for field in thing._meta.many_to_many
    }
    return snapshot(thing) | lists


def record(
    request: HttpRequest,
    thing: models.Model,
    what: str,
    before: dict[str, Any],
    after: dict[str, Any],
) -> None:
    """Append a row's addition, change or removal; nothing where nothing changed."""
    changed = [name for name in after if before.get(name) != after[name]]
    if what == "changed" and not changed:
        return
    summary = f"{what.capitalize()} the {thing._meta.verbose_name} {thing}"
    if what == "changed":
        summary += ": " + get_text_list([name.removesuffix("_id") for name in changed], "and")
    append(
        process=process_of(thing),
        actor=request.user,
        verb=f"{thing._meta.model_name}.{what}",
        thing=thing,
        origin=Origin.ADMIN,
        summary=summary,
        before=before,
        after=after,
    )


class Coordinated(Scoped):
    """For pages and inlines: coordinators change them, with rows of the same process only."""

    form: Any = RecordForm
    fixed: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    beside: tuple[tuple[str, str], ...] = ()

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is None or obj.pk is None:
            return bool(coordinated(request))
        return process_of(obj).pk in coordinated(request)

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):  # type: ignore[attr-defined]
            kwargs.setdefault("widget", Autocomplete(db_field, self.admin_site))  # type: ignore[attr-defined]
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]

    def narrow(self, form: Any, request: HttpRequest, obj: Any) -> None:
        """Limit what can be chosen to the page's process, or to those that one coordinates."""
        process_id = process_of(obj).pk if obj and obj.pk else None
        processes = {process_id} & coordinated(request) if process_id else coordinated(request)
        owner = scope_path(form._meta.model).partition("__")[0]
        form.fixed = (*self.fixed, *([owner] if owner else []))
        form.members = self.members
        form.beside = self.beside
        for name, field in form.base_fields.items():
            if not isinstance(field, forms.ModelChoiceField) or field.queryset is None:
                continue
            field.queryset = rows_of(field.queryset.model, processes, name in self.members)
            widget = getattr(field.widget, "widget", field.widget)
            if isinstance(widget, Autocomplete):
                widget.process_id = process_id
            else:
                field.widget = widget  # without the links to add and change


class RecordAdmin(Coordinated, ScopedAdmin):
    """A page that coordinators edit as a whole: the row, its lists and its inlines.

    A `Refused` from an action rolls the save back and stands in the form; so does what a constraint
    of the database refuses. A form that is sent twice is saved once. `computed` names the fields
    that the form fills in without asking.
    """

    computed: tuple[str, ...] = ()

    save_on_top = False

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        asked = request.GET.get("process")  # see Autocomplete
        if asked and (mine := [pk for pk in coordinated(request) if str(pk) == asked]):
            queryset = queryset.filter(pk__in=rows_of(self.model, mine))
        return super().get_search_results(request, queryset, search_term)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.refused = getattr(request, "refused", None)
        self.narrow(form, request, obj)
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """The only process that one coordinates is chosen already."""
        mine = coordinated(request)
        chosen = {"process": next(iter(mine))} if len(mine) == 1 else {}
        return chosen | super().get_changeform_initial_data(request)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        context = {"form_key": uuid.uuid4(), **(extra_context or {})}
        answer = functools.partial(
            super().changeform_view, request, object_id, form_url, extra_context=context
        )
        if request.method != "POST":
            return answer()
        try:
            with transaction.atomic():
                return self.answer_once(request, object_id, answer)
        except Refused as refused:
            request.refused = refused  # type: ignore[attr-defined]
        except IntegrityError:
            request.refused = Refused(  # type: ignore[attr-defined]
                _("This contradicts what is recorded already: look through it and save again.")
            )
        return answer()

    def answer_once(self, request: Any, object_id: str | None, answer: Any) -> HttpResponse:
        """Save a page under the process's lock, unless the same form was saved before."""
        sent = _digest(request)
        saved = _saved_forms(request) if sent else []
        if sent in saved:
            self.message_user(request, _("This form was sent twice and saved once."), messages.INFO)
            return self.response_post_save_add(request, None)
        thing = self.get_object(request, unquote(object_id)) if object_id else None
        if thing and self.has_change_permission(request, thing):
            lock(process_of(thing))
        response = answer()
        if sent and response.status_code == 302:
            request.session[SAVED_FORMS] = [*saved, sent][-REMEMBERED:]
            request.session.save()
        return response

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Waits for `save_related`, which has the whole page in hand."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        if (process := process_of(form.instance)).pk:
            lock(process)  # as every action does; what is new names its process only now
        for part in (form, *(row for formset in formsets for row in formset.forms)):
            _refuse_strangers(part, process)
        if change:
            self.change(request, form, formsets)
        else:
            self.create(request, form, formsets)
        self.after_saving(request, form.instance)

    def create(self, request: HttpRequest, form: Any, formsets: Any) -> None:
        form.instance.save()
        form.save_m2m()
        record(request, form.instance, "added", {}, state(form.instance))
        self.save_inlines(request, formsets)

    def change(self, request: HttpRequest, form: Any, formsets: Any) -> None:
        before = _write(form.instance, {*form.changed_data, *self.computed})
        form.save_m2m()
        record(request, form.instance, "changed", before, state(form.instance))
        self.save_inlines(request, formsets)

    def save_inlines(self, request: HttpRequest, formsets: Any) -> None:
        for formset in formsets:
            if isinstance(inline := getattr(formset, "inline", None), RecordInline):
                inline.save_rows(request, formset)

    def after_saving(self, request: HttpRequest, thing: Any) -> None:
        """What follows from a change; in the same transaction."""


class RecordInline(Coordinated, admin.TabularInline):
    """Rows that are edited on the page of the whole they are part of.

    Only rows without a history of their own can be removed: `removable` says so. `computed` is as
    in `RecordAdmin`.
    """

    extra = 0
    removable = False
    computed: tuple[str, ...] = ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.removable and self.has_change_permission(request, obj)

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset: Any = super().get_formset(request, obj, **kwargs)
        formset.inline = self
        self.narrow(formset.form, request, obj)
        return formset

    def narrow(self, form: Any, request: HttpRequest, obj: Any) -> None:
        super().narrow(form, request, obj)
        form.fixed = self.fixed
        for field in form.base_fields.values():
            if isinstance(field.widget, RelatedFieldWidgetWrapper):
                field.widget = field.widget.widget
            elif isinstance(field, forms.ModelChoiceField):
                field.choices = choices_of(field.queryset)

    def save_rows(self, request: HttpRequest, formset: Any) -> None:
        formset.save(commit=False)
        for row in formset.deleted_objects:
            record(request, row, "removed", state(row), {})
            row.delete()
        for row, fields in formset.changed_objects:
            before = _write(row, {*fields, *self.computed})
            record(request, row, "changed", before, state(row))
        for row in formset.new_objects:
            self.add_row(request, row)

    def add_row(self, request: HttpRequest, row: Any) -> None:
        row.save()
        record(request, row, "added", {}, state(row))


class AddedOnlyInline(RecordInline):
    """Rows that are added through their action (`add_row`) and never changed."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def adopt(instance: Any, made: models.Model) -> None:
    """Let the form's row be the one that an action made."""
    instance.pk = made.pk
    instance._state.adding = False
    instance.refresh_from_db()


def _write(row: Any, names: Iterable[str]) -> dict[str, Any]:
    """Save only the fields that were changed on the page; returns the state before.

    The others may have been written by an action since the page's row was read.
    """
    before = state(type(row)._base_manager.select_for_update().get(pk=row.pk))
    fields = [field.name for field in row._meta.concrete_fields if field.name in set(names)]
    if fields:
        row.save(update_fields=fields)
    row.refresh_from_db()
    return before


def _digest(request: Any) -> str:
    """What a form says, with the key that its page was given; a form sent twice has the same."""
    if not request.POST.get("form_key"):
        return ""
    said = sorted((name, rows) for name, rows in request.POST.lists() if not name.startswith("_"))
    return hashlib.sha256(repr(said).encode()).hexdigest()


def _saved_forms(request: Any) -> list[str]:
    """The forms that were saved last in the person's session, as it stands in the database.

    The session's row is locked: the second of two clicks waits until the first is through.
    """
    session = request.session
    list(session.model.objects.select_for_update().filter(pk=session.session_key).values("pk"))
    return type(session)(session.session_key).get(SAVED_FORMS, [])


def choices_of(rows: Any) -> Callable[[], list[tuple[Any, str]]]:
    """The choices of all rows of an inline, read once."""
    return functools.cache(lambda: [("", "—"), *((row.pk, str(row)) for row in rows)])


def _refuse_strangers(form: Any, process: Process) -> None:
    """A page about no process yet offers those of all that one coordinates: they must not mix."""
    for name in form.changed_data:
        value = form.cleaned_data.get(name)
        for row in value if isinstance(value, models.QuerySet) else [value]:
            if not isinstance(row, models.Model) or row.pk is None:
                continue
            rows = rows_of(type(row), [process.pk], name in form.members)
            if not rows.filter(pk=row.pk).exists():
                raise Refused(_("“%(name)s” is not of this process.") % {"name": row}, name)


class AddedOnlyAdmin(RecordAdmin):
    """Rows that are added through their action and never changed."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
