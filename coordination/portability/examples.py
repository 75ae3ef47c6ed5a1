"""The processes that come with the product, and the people who sign in to look at them."""

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Count

from accounts.models import User
from coordination.base.errors import Refused
from coordination.bodies.models import Seat, Term
from coordination.processes.models import Membership, Process

from .loader import Loaded, load_process_file
from .validation import read_process_file

FOLDER = Path(__file__).parent / "examples"


def example_files() -> list[Path]:
    return sorted(FOLDER.glob("*.yaml"))


@transaction.atomic
def load_examples() -> list[Loaded]:
    """Load the examples, each so that its `rebase_on` is today, and let their people sign in.

    Raises `Refused` in production, where nobody may have a password that a file on the machine
    tells, and where a process is here already.
    """
    if settings.PRODUCTION:
        raise Refused("The examples are not loaded in production: their people share a password.")
    if Process.objects.exists():
        raise Refused("This database holds a process already; the examples were not loaded.")
    loaded = []
    for path in example_files():
        content = path.read_bytes()
        rebase = read_process_file(path.name, content, rebased=True).rebase_on
        loaded.append(load_process_file(path.name, content, rebase=rebase))
    new = [person.pk for one in loaded for person in one.new_people]
    # One hash for all of them: they are examples, and the first start should not take long.
    people = User.objects.filter(pk__in=new)
    people.update(password=make_password(example_password()))
    coordinators = Membership.objects.filter(role=Membership.Role.COORDINATOR)
    people.filter(pk__in=coordinators.values("user")).update(is_staff=True)
    return loaded


def _password_file() -> Path:
    return Path(settings.VAR_DIR) / "example-password"


def example_password() -> str:
    """The password of the example people, made once for this installation."""
    path = _password_file()
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(9) + "\n")
    return path.read_text().strip()


@dataclass(frozen=True)
class SignIn:
    """One person of an example, and what they can be looked at for."""

    person: User
    part: str
    process: Process


def sign_ins() -> Iterator[SignIn]:
    """A few people of each example that is here, the coordinator first; none without a password."""
    if not _password_file().exists():
        return
    slugs = [
        read_process_file(path.name, path.read_bytes(), rebased=True).process.slug
        for path in example_files()
    ]
    processes = Process.objects.filter(slug__in=slugs, process_file__isnull=False).order_by("pk")
    for place, process in enumerate(processes):
        shown: set[int] = set()
        for person, part in _faces(process)[: 4 if place == 0 else 2]:
            if person.pk not in shown:
                shown.add(person.pk)
                yield SignIn(person, part, process)


def _faces(process: Process) -> list[tuple[User, str]]:
    """Who shows the most of a process: its coordinator, a focal point, a chair, a monitor."""
    members = Membership.objects.current().filter(process=process).select_related("user")
    coordinator = members.filter(role=Membership.Role.COORDINATOR).order_by("pk").first()
    focal_point = (
        members.filter(role=Membership.Role.DELEGATE, user__obligations__isnull=False)
        .annotate(owed=Count("user__obligations"))
        .order_by("-owed", "pk")
        .first()
    )
    chair = (
        Term.objects.running(process.today())
        .filter(seat__body__process=process, seat__role=Seat.Role.CHAIR)
        .annotate(leads=Count("seat__body__led_commitments"))
        .select_related("holder", "seat__body")
        .order_by("-leads", "pk")
        .first()
    )
    monitor = (
        members.filter(role=Membership.Role.MONITOR)
        .annotate(findings=Count("user__verifications"))
        .order_by("-findings", "pk")
        .first()
    )
    faces = [
        (coordinator and coordinator.user, "coordinator"),
        (focal_point and focal_point.user, "delegate and focal point"),
        (chair and chair.holder, f"chair of the {chair.seat.body.code}" if chair else ""),
        (monitor and monitor.user, "monitor"),
    ]
    return [(person, part) for person, part in faces if person]
