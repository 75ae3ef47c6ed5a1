"""Access is how a row is fetched: every queryset of the domain has `visible_to`."""

from typing import Any, Self

from django.db import models

from .memo import is_reading, once


class ScopedQuerySet(models.QuerySet):
    """Rows that one may see when one may see the row they belong to.

    A model names the way there in `scope_path` (default "process"), and in `scope_rule` the rule of
    that row's queryset that opens it (default "visible_to"). The path is followed through the
    model's own relations, so that a lower slice needs no import of the one that decides.
    """

    def visible_to(self, user: Any) -> Self:
        path = getattr(self.model, "scope_path", "process")
        owner: Any = self.model
        for step in path.split("__"):
            owner = owner._meta.get_field(step).related_model
        rule = getattr(self.model, "scope_rule", "visible_to")

        def opened() -> Any:
            rows = getattr(owner._default_manager, rule)(user)
            if not is_reading() or isinstance(rows, ScopedQuerySet):
                return rows
            # Where all paths end: one has a few processes, and a page asks for them once.
            return list(rows.values_list("pk", flat=True))

        return self.filter(**{f"{path}__in": once(("opened", owner, rule, user.pk), opened)})
