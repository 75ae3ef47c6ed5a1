"""Fetching a process for a page."""

from typing import Any

from django.shortcuts import get_object_or_404

from .access import membership
from .models import Process


def get_process(user: Any, slug: str) -> Process:
    """The process, with `viewer` set to the reader's membership; 404 to everybody else."""
    process = get_object_or_404(
        Process.objects.visible_to(user).prefetch_related("anchors"), slug=slug
    )
    process.viewer = membership(user, process)  # type: ignore[attr-defined]
    return process
