"""Opening, filling in and sending the pages of the admin."""

from typing import Any

from django.test import Client
from django.urls import reverse

from coordination.ledger.actions import verify
from coordination.ledger.models import Entry
from coordination.processes.models import Process


def address(name: str, pk: int | None = None) -> str:
    page, args = ("change", [pk]) if pk else ("add", [])
    return reverse(f"admin:coordination_{name}_{page}", args=args)


def filled(response: Any) -> dict[str, Any]:
    """What a browser would send from the page as it stands."""
    forms = [response.context["adminform"].form]
    for inline in response.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    data = {"form_key": str(response.context["form_key"])}
    for form in forms:
        for bound in form:
            if bound.field.disabled:
                continue
            value = bound.value()
            widget = bound.field.widget
            if hasattr(widget, "decompress"):
                parts = widget.decompress(value)
                data |= {f"{bound.html_name}_{n}": part or "" for n, part in enumerate(parts)}
            elif value is True:
                data[bound.html_name] = "on"
            elif isinstance(value, list):
                data[bound.html_name] = [getattr(row, "pk", row) for row in value]
            elif value is not None and value is not False:
                data[bound.html_name] = value
    return data


def send(office: Client, where: str, **changes: Any) -> Any:
    """Open a page, change some of its fields and save."""
    return office.post(where, filled(office.get(where)) | changes)


def problems(response: Any) -> dict[str, list[str]]:
    """What the page says is wrong, in its own form and in its inlines; nothing once it is saved."""
    if response.status_code == 302:
        return {}
    found = dict(response.context["adminform"].form.errors)
    for inline in response.context["inline_admin_formsets"]:
        for form in inline.formset.forms:
            found |= {form.add_prefix(name): list(words) for name, words in form.errors.items()}
        if words := list(inline.formset.non_form_errors()):
            found[inline.formset.prefix] = words
    return found


def last(process: Process) -> Entry:
    entry = process.ledger_entries.first()
    assert entry is not None
    assert list(verify(process)) == []
    return entry
