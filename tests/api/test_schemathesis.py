"""The whole API, tried by Schemathesis as its own document describes it, with all checks.

No answer is a server error, a status or a body that the document does not name; what breaks the
document is refused, and what keeps to it is not. Few examples with a fixed seed run here; more:

    SCHEMATHESIS_EXAMPLES=200 python -m pytest tests/api/test_schemathesis.py -n 0
"""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import schemathesis
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from schemathesis.checks import load_all_checks
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.generation.stateful import run_state_machine_as_test
from schemathesis.pytest.lazy import get_all_tests
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import ignored_auth

from accounts.models import User
from config.wsgi import application
from coordination.bodies.models import Seat
from tests import factories
from tests.conftest import seated
from tests.furnishing import furnish

TEXT = "entente_the-token"
EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "2"))
#: Which of the requests that it thinks of are made; all where more are asked for.
EVERY = 1 if "SCHEMATHESIS_EXAMPLES" in os.environ else 12
CONFIG = {
    "seed": 20260,
    "generation": {
        "max-examples": EXAMPLES,
        "deterministic": True,
        "database": "none",
        "with-security-parameters": False,  # `ignored_auth` brings its own
    },
    "phases": {
        "coverage": {"unexpected-methods": ["delete", "trace"]},
        "stateful": {"generation": {"mode": "positive"}},
    },
    "operations": [
        {
            # What an action refuses by a rule of the domain, no schema of its body can say.
            "include-method": ["POST", "PUT"],
            "checks": {
                "positive_data_acceptance": {
                    "expected-statuses": ["2xx", "400", "403", "404", "409"]
                }
            },
        }
    ],
}


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Requests neither close the connection of the test nor see another one."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def api(one_connection, obligation, verifying_body, bob, carol, coordinator) -> BaseSchema:
    """The API with rows of every kind in the process, for a coordinator who may do what others do:
    act for the party that owes, and sit in the body that verifies."""
    process, party = obligation.commitment.process, obligation.party
    coordinator.memberships.update(party=party)
    seated(coordinator, verifying_body, Seat.Role.MONITOR)
    furnish(process, "wheatear")
    factories.BoundFactory(commitment=obligation.commitment, obligation=obligation)
    factories.VerificationFactory(obligation=obligation, author=carol)
    document = SchemaGenerator().get_schema(request=None, public=True)
    schema = schemathesis.openapi.from_dict(document, config=SchemathesisConfig.from_dict(CONFIG))
    schema.app = application
    return schema


#: It asks without a server, and reads nothing that is compressed.
PLAIN = {"Accept-Encoding": "identity"}


@pytest.fixture
def credentials(coordinator: User) -> list[dict[str, Any]]:
    """The two ways to sign in."""
    factories.ApiTokenFactory(user=coordinator, text=TEXT, scope="keep")
    browser, csrf = Client(), "c" * 32
    browser.force_login(coordinator)
    session = browser.cookies[settings.SESSION_COOKIE_NAME].value
    return [
        {"headers": {"Authorization": f"Bearer {TEXT}"} | PLAIN},
        {
            "headers": {"X-CSRFToken": csrf} | PLAIN,
            "cookies": {
                settings.SESSION_COOKIE_NAME: session,
                settings.CSRF_COOKIE_NAME: csrf,
            },
        },
    ]


@contextmanager
def undone() -> Iterator[None]:
    """What a request has done has not happened for the next."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def test_it_does_what_its_document_says(api: BaseSchema, credentials: list[dict[str, Any]]) -> None:
    load_all_checks()
    seen: Counter[str] = Counter()

    def ask(case: Any) -> None:
        number = seen[case.operation.label]
        seen[case.operation.label] += 1
        if number % EVERY == 0:
            # It asks twice more, without and with wrong credentials: once is enough.
            excluded = [ignored_auth] if number else []
            with undone():
                case.call_and_validate(
                    excluded_checks=excluded, **credentials[number // EVERY % len(credentials)]
                )

    wrong = []
    tests = get_all_tests(schema=api, test_func=ask, settings=None, given_kwargs=None)
    for operation, test in (result.ok() for result in tests):
        try:
            test()
        except FailureGroup as failures:
            wrong += [f"{operation.label}\n{failure}" for failure in failures.exceptions]
    assert wrong == [], "\n\n".join(wrong)
    assert len(seen) == api.statistic.operations.total


def test_what_it_answers_can_be_followed(
    api: BaseSchema, credentials: list[dict[str, Any]]
) -> None:
    """Ids that one answer names are used in the next request, and what was made is read again."""
    load_all_checks()
    api.config.checks.ignored_auth.enabled = False  # tried above, once an operation
    api.config.parameters = {"process": "valley"}  # which most lists know: else they are empty
    followed: Counter[str] = Counter()

    # That what was made is there no more after this, only DELETE could tell it.
    lasting = api.exclude(path="/api/notes/{id}/withdraw/")

    class Steps(lasting.as_state_machine()):  # type: ignore[misc]
        def setup(self) -> None:
            self.steps = 0
            self.scenario = undone()
            self.scenario.__enter__()

        def teardown(self) -> None:
            self.scenario.__exit__(None, None, None)

        def after_call(self, response: Any, case: Any) -> None:
            super().after_call(response, case)
            if self.steps > 1 and case.path_parameters and response.status_code < 300:
                followed[case.operation.label] += 1

        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            self.steps += 1
            return credentials[self.steps % 2]

    few = hypothesis_settings(
        max_examples=12 * EXAMPLES,
        stateful_step_count=6,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Steps, settings=few)
    assert len(followed) > 1
