"""An agreement with a few articles, and ways to write it down."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from coordination.agreements.actions import enter_provision
from coordination.agreements.models import Agreement, Provision
from coordination.processes.models import Process
from tests import factories


@pytest.fixture
def by(coordinator: User) -> dict[str, Any]:
    return {"actor": coordinator, "origin": "web"}


@pytest.fixture
def agreement(process: Process) -> Agreement:
    return factories.AgreementFactory(process=process, key="gfa", name="The General Accord")


@pytest.fixture
def enter(agreement: Agreement, by: dict[str, Any]) -> Callable[..., Provision]:
    """Enters a provision of the agreement."""

    def one(label: str, parent: Provision | None = None, **fields: Any) -> Provision:
        return enter_provision(agreement=agreement, label=label, parent=parent, **fields, **by)

    return one


@pytest.fixture
def tree(enter: Callable[..., Provision]) -> dict[str, Provision]:
    """By citation: two annexes, the first with two articles and the paragraphs of one."""
    annex = enter("Annex 1A", heading="Military aspects")
    other = enter("Annex 2")
    article = enter("Art. IV", annex, heading="Redeployment")
    nine = enter("Art. IX", annex)
    one = enter("1.", article, text="Forces withdraw.")
    two = enter("2.", article, text="Forces clear mines.")
    point = enter("(d)", two, text="Each side marks what it leaves.")
    return {row.citation: row for row in (annex, other, article, nine, one, two, point)}
