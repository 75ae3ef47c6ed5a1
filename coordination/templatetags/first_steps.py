"""Where a new process says what it needs next."""

from typing import Any

from django import template
from django.template import Context

from coordination.insights import first_steps as steps

register = template.Library()


@register.inclusion_tag("components/first_steps.html", takes_context=True)
def first_steps(context: Context, process: Any) -> dict[str, Any]:
    """For those who keep the record; nothing once all is entered."""
    found = steps.first_steps(process) if process.viewer.is_coordinator else []
    done = len([step for step in found if step.is_done])
    return {"steps": found, "done": done, "request": context.get("request")}
