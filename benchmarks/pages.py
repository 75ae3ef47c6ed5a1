"""How fast pages are with a million commitments in 200 processes, on PostgreSQL (`make bench`).

Beside each, in the same run, a view as bare as Django allows (`_bare.py`): fifty joined rows from
one hand-written statement for who is signed in, and DRF's own list with a cursor. All are asked
through WSGI in one process, in turns, so that a busy machine is busy for both. One process of the
200 has nearly all commitments, so that its register has a page 19,000; another has 5,000.

Aims, by the medians: the register's first page at most twice the bare one (1.3 would be good), its
page 19,000 at most 1.1 times its first, the overview of 5,000 commitments at most 4 times the bare
page, the API's list of 50 at most 1.5 times the bare list; the first answer after a cold start at
most twice that of a bare Django; an empty database migrated within 5 s.

    python -m benchmarks.pages [--commitments 1000000] [--rounds 40]
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.db import connection
from django.http import QueryDict
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext, override_settings
from django.utils import timezone

from accounts.models import User
from benchmarks import _bare, _many
from coordination.bodies.models import Body
from coordination.commitments.models import Commitment, Deadline, Obligation
from coordination.commitments.register import read_choices
from coordination.commitments.register.paging import Reader
from coordination.ledger.models import Chain
from coordination.processes.models import Membership, Party, Process
from runtime.embedded import EmbeddedPostgres

ROOT = Path(__file__).resolve().parents[1]
PROCESSES, OWNERS, MIDDLE = 200, 2, 5_000
#: How many pages of fifty come before the far one, where there are as many.
FAR, PAGE = 18_999, 50


def seed(commitments: int) -> None:
    """A thousand are made by Django and copied in SQL; the due days lie over three years."""
    now = timezone.now()
    person = User.objects.create_user("coordinator@bench.example", name="A person")
    for n in range(1, PROCESSES + 1):
        Process.objects.create(pk=n, slug=f"many-{n}", name=f"Many {n}", short_name=f"Many {n}")
        Chain.objects.get_or_create(process_id=n)
        Body.objects.create(pk=n, process_id=n, code="JMC", name="JMC", track="military")
    Party.objects.bulk_create(
        Party(pk=n, process_id=(n + 1) // 2, code=f"P{n % 2}", name=f"Party {n}", kind="state",
              part="conflict_party")
        for n in range(1, 2 * PROCESSES + 1)
    )  # fmt: skip
    Membership.objects.bulk_create(
        Membership(process_id=n, user=person, role=Membership.Role.COORDINATOR) for n in (1, 2)
    )
    copied = range(1, 1001)
    Commitment.objects.bulk_create(
        Commitment(pk=n, process_id=1, number=n, reference=f"Art. {n}", track="military",
                   title=f"Withdraw the heavy weapons from zone {n}", lead_body_id=1,
                   verifying_body_id=1)
        for n in copied
    )  # fmt: skip
    Deadline.objects.bulk_create(
        Deadline(pk=n, commitment_id=n, process_id=1, due_on=_due(n, now).date(),
                 due_at=_due(n, now))
        for n in copied
    )  # fmt: skip
    Obligation.objects.bulk_create(
        Obligation(pk=n, commitment_id=(n + 1) // OWNERS, party_id=1 + n % 2,
                   due_on=_due((n + 1) // OWNERS, now).date(), due_at=_due((n + 1) // OWNERS, now),
                   reported_level=(n // 2) % 4, reported_at=now, verified_level=(n // 3) % 4,
                   verified_at=now)
        for n in range(1, OWNERS * 1000 + 1)
    )  # fmt: skip
    big = commitments - MIDDLE - (PROCESSES - 2) * 200
    of = f"CASE WHEN {{0}} <= {big} THEN 1 WHEN {{0}} <= {big + MIDDLE} THEN 2 ELSE"
    of += f" 3 + ({{0}} - {big + MIDDLE + 1}) / 200 END"
    commitment = f"(1 + (n - 1) / {OWNERS})"
    mine = of.format("n")
    bodies = dict.fromkeys(("process_id", "lead_body_id", "verifying_body_id"), mine)
    spread = {"due_at": "template.due_at + n * interval '1 millisecond'"}
    copies: list[tuple[Any, int, dict[str, str]]] = [
        (Commitment, 1, {"number": "n", **bodies}),
        (Deadline, 1, {"commitment_id": "n", "process_id": mine, **spread}),
        (
            Obligation,
            OWNERS,
            {"commitment_id": commitment, "party_id": f"2 * {of.format(commitment)} - n % 2"},
        ),
    ]
    for model, share, differing in copies:
        _many.copy(model, 1000 * share, differing, 1000 * share + 1, commitments * share)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _due(n: int, now: Any) -> Any:
    return now + timedelta(days=n % 1000 - 300)


def signed_in(user: User) -> str:
    """The key of a session, as signing in makes one."""
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)


class Asking:
    """Asks a WSGI application for a page as who is signed in."""

    def __init__(self, application: WSGIHandler, path: str, session: str) -> None:
        self.application, self.path, self.session = application, path, session

    def __call__(self) -> bytes:
        factory = RequestFactory(
            headers={"cookie": f"{settings.SESSION_COOKIE_NAME}={self.session}"}
        )
        environ = factory.get(self.path).environ
        status: list[str] = []
        answer = self.application(environ, lambda said, _headers: status.append(said))
        body = b"".join(answer)
        answer.close()
        assert status[0].startswith("200"), (self.path, status, body[:300])
        return body


def in_turns(asked: dict[str, Callable[[], bytes]], rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each, one after the other, again and again."""
    took: dict[str, list[float]] = {name: [] for name in asked}
    for count in range(rounds + 3):
        for name, ask in asked.items():
            began = time.perf_counter()
            ask()
            if count >= 3:
                took[name].append((time.perf_counter() - began) * 1000)
    return took


def far_page(first: str) -> str:
    """The address of page 19,000, which is where the row before it says: nobody pages so far by
    hand, and no page before it is asked for."""
    process = Process.objects.get(pk=1)
    reader = Reader(read_choices(QueryDict(), process), process)
    rows = Deadline.objects.filter(process=process).order_by("due_at", "commitment_id")
    last = rows[min(FAR * PAGE, rows.count() // PAGE * PAGE - PAGE) - 1]
    return f"{first}&{urlencode({'after': reader.cursor(last.commitment)})}"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--commitments", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=40)
    chosen = parser.parse_args()
    if "postgresql" in os.environ["DATABASE_URL"]:
        measure(chosen.commitments, chosen.rounds)
        return
    with EmbeddedPostgres() as postgres, tempfile.TemporaryDirectory() as var:
        env = {**os.environ, "DATABASE_URL": postgres.url, "ENTENTE_VAR": var}
        command = [sys.executable, "-m", "benchmarks.pages", *sys.argv[1:]]
        subprocess.run(command, env=env, cwd=ROOT, check=True)


def measure(commitments: int, rounds: int) -> None:
    began = time.perf_counter()
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, check=True)
    say("an empty database migrated", f"{time.perf_counter() - began:.1f} s (aim 5)")
    call_command("createcachetable", verbosity=0)
    began = time.perf_counter()
    seed(commitments)
    say(f"{commitments:,} commitments seeded", f"{time.perf_counter() - began:.0f} s")
    session = signed_in(User.objects.get())
    ours = WSGIHandler()
    with override_settings(MIDDLEWARE=_bare.MIDDLEWARE):
        bare = WSGIHandler()
    first = f"/p/many-1/commitments/?rows={PAGE}"
    far = far_page(first)
    asked = {
        "bare page": Asking(bare, "/page/1/", session),
        "register, first page": Asking(ours, first, session),
        "register, page 19,000": Asking(ours, far, session),
        "overview of 5,000": Asking(ours, "/p/many-2/", session),
        "bare list": Asking(bare, "/rows/", session),
        "API, list of 50": Asking(ours, f"/api/commitments/?page_size={PAGE}", session),
    }
    for name, ask in asked.items():
        began = time.perf_counter()
        size = len(ask())
        with CaptureQueriesContext(connection) as queries:
            ask()
        cold = (time.perf_counter() - began) * 1000
        say(name, f"{size / 1000:.0f} KB, {len(queries)} queries, {cold:.0f} ms the first time")
    medians = {n: statistics.median(ms) for n, ms in in_turns(asked, rounds).items()}
    for name, against, aim in (
        ("register, first page", "bare page", 2),
        ("register, page 19,000", "register, first page", 1.1),
        ("overview of 5,000", "bare page", 4),
        ("API, list of 50", "bare list", 1.5),
    ):
        ratio = medians[name] / medians[against]
        say(name, f"{medians[name]:.1f} ms, {ratio:.2f} of {against} ({medians[against]:.1f} ms;"
                  f" aim {aim}; load {os.getloadavg()[0]:.1f})")  # fmt: skip
    cold_starts()


COLD = """
import os, sys, time
began = time.perf_counter()
{how}
from django.core.wsgi import get_wsgi_application
from django.test import RequestFactory
application = get_wsgi_application()
said = []
environ = RequestFactory().get({path!r}).environ
b"".join(application(environ, lambda status, headers: said.append(status)))
assert said[0].startswith("200"), said
print(time.perf_counter() - began)
"""
BARE = """
from django.conf import settings
from django.http import HttpResponse
from django.urls import path
settings.configure(
    SECRET_KEY="only-here", ALLOWED_HOSTS=["testserver"], ROOT_URLCONF="__main__",
    INSTALLED_APPS=["django.contrib." + app for app in ("auth", "contenttypes", "sessions")],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware",
                "django.contrib.auth.middleware.AuthenticationMiddleware"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    DATABASES={"default": {"ENGINE": "django.db.backends.postgresql"}},
)
urlpatterns = [path("sign-in/", lambda request: HttpResponse("Sign in"))]
"""


def cold_starts() -> None:
    """From the start of Python's imports to the first page for who is not signed in."""
    took = {}
    for name, how in (("bare Django", BARE), ("Entente", "")):
        code = COLD.format(how=how, path="/sign-in/")
        runs = [
            float(
                subprocess.run(
                    [sys.executable, "-c", code],
                    cwd=ROOT,
                    check=True,
                    capture_output=True,
                    text=True,
                ).stdout
            )
            for _ in range(5)
        ]
        took[name] = statistics.median(runs)
    ratio = took["Entente"] / took["bare Django"]
    say("first answer after a cold start", f"{took['Entente']:.2f} s, {ratio:.1f} of bare Django's"
        f" ({took['bare Django']:.2f} s; aim 2)")  # fmt: skip


def say(what: str, figure: str) -> None:
    print(f"{what}: {figure}", flush=True)


if __name__ == "__main__":
    main()
