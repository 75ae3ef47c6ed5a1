"""The commands that a clerk and `make run` call."""

import io
import json
import re
import stat
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from accounts.models import User
from coordination.processes.models import Process

from .sample import EXAMPLES, SAMPLE, changed


def run(*arguments: str) -> tuple[list[str], list[str]]:
    """The lines of output and of errors; ends with the reason where the command fails."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command(*arguments, stdout=out, stderr=err, no_color=True)
    except CommandError as error:
        err.write(f"{error}\n")
    return out.getvalue().splitlines(), err.getvalue().splitlines()


@pytest.fixture
def var(tmp_path: Path, settings: Any) -> Path:
    settings.VAR_DIR = tmp_path / "var"
    return tmp_path / "var"


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    path = tmp_path / "lakeside.yaml"
    path.write_text(SAMPLE)
    return path


@pytest.mark.django_db
def test_loading_says_what_was_loaded(sample: Path) -> None:
    assert run("load_process", str(sample)) == (
        [
            "Loaded Lakeside Cease-fire Agreement (lakeside) from lakeside.yaml.",
            "  4 parties, 2 anchor events, 4 people, 3 bodies",
            "  4 seats, 2 responsibilities, 1 agreement, 3 provisions",
            "  1 trigger, 5 commitments, 2 check-ins, 1 finding",
            "  1 measurement, 1 flag, 1 alleged breach, 1 piece of evidence",
            "  1 review series",
            "  4 new accounts without a password; each sets one by “Forgotten your password?”.",
        ],
        [],
    )


@pytest.mark.django_db
def test_loading_the_same_file_again_says_so(sample: Path) -> None:
    run("load_process", str(sample))
    assert run("load_process", str(sample)) == (
        ["lakeside.yaml is already loaded as lakeside; nothing changed."],
        [],
    )


@pytest.mark.django_db
def test_a_second_file_for_the_process_is_refused(sample: Path) -> None:
    run("load_process", str(sample))
    sample.write_text(f"{SAMPLE}# changed\n")
    assert run("load_process", str(sample)) == (
        [],
        [
            "A process with the short address “lakeside” is here already, and not from this file. "
            "Change process.slug in the file, or go on with the process that is here."
        ],
    )


@pytest.mark.django_db
def test_mistakes_are_told_on_standard_error(sample: Path) -> None:
    sample.write_text(changed(("level: intermediate", "level: most")))
    out, err = run("load_process", str(sample))
    assert (out, err[-1]) == ([], "Nothing was loaded: one thing to put right.")
    assert err[0].startswith("lakeside.yaml, line ")
    assert not Process.objects.exists()


@pytest.mark.django_db
def test_the_errors_in_the_document_are_those_that_are_shown(tmp_path: Path) -> None:
    path = tmp_path / "lakeside.yaml"
    path.write_text(
        changed(
            ("role: chair\n", "role: chairman\n"),
            ("due: {after: signed, days: 30}", "due: {after: singed, days: 30}"),
        )
    )
    document = (EXAMPLES.parents[2] / "docs" / "process-file.md").read_text()
    shown = document.split("```text\n", 1)[1].split("```", 1)[0].splitlines()
    _, told = run("load_process", str(path))
    assert [one.removesuffix("...") for one in shown] == [
        told[0][: len(shown[0]) - 3],
        told[1],
        f"CommandError: {told[2]}",
    ]


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "none.yaml"
    assert run("load_process", str(path)) == (
        [],
        [f"{path} cannot be read: No such file or directory."],
    )


@pytest.mark.django_db
def test_rebasing_says_by_how_much_and_what_was_left_out(sample: Path) -> None:
    out, _ = run("load_process", str(sample), "--rebase", "2024-04-01")
    days = Process.objects.get().rebased_days
    assert out[-2:] == [
        f"  All dates were shifted by {days} days.",
        "  Left out: 5 later dates and reports.",
    ]


def test_a_day_to_rebase_on_that_is_none_is_told(sample: Path) -> None:
    _, err = run("load_process", str(sample), "--rebase", "soon")
    assert err == [
        "Error: argument --rebase: “soon” is not a day; write it like 1996-01-19",
    ]


@pytest.mark.django_db
def test_the_examples_are_loaded_once_and_a_few_of_their_people_can_sign_in(var: Path) -> None:
    """In one test, for they take seconds to load."""
    assert run("example_sign_ins") == (["There are no example people to sign in as."], [])
    out, _ = run("load_examples")
    assert out == [
        "Loaded the example Dayton: 21 commitments, 12 bodies, 18 people.",
        "Loaded the example R-ARCSS: 27 commitments, 11 bodies, 17 people.",
    ]
    assert run("load_examples") == (
        ["This database holds a process already; the examples were not loaded."],
        [],
    )
    file = var / "example-password"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    heading, *lines = run("example_sign_ins")[0]
    assert heading.split() == ["Name", "Function", "E-mail", "Role", "Password"]
    assert len(lines) == 6
    assert lines[0].startswith("Nadia Ferreira ")
    password = file.read_text().strip()
    for line in lines:
        address = next(word for word in line.split() if "@" in word)
        assert line.split()[-1] == password
        assert authenticate(username=address, password=password) is not None


@pytest.mark.django_db
def test_the_password_of_an_account_that_was_here_before_stays(var: Path) -> None:
    User.objects.create_user("n.ferreira@ohr.example", "her own password", name="N. F.")
    run("load_examples")
    nadia = User.objects.get(email="n.ferreira@ohr.example")
    assert nadia.check_password("her own password")


@pytest.mark.django_db
def test_the_examples_are_refused_in_production(settings: Any) -> None:
    settings.PRODUCTION = True
    assert run("load_examples") == (
        [],
        ["The examples are not loaded in production: their people share a password."],
    )
    assert not Process.objects.exists()


def test_the_schema_is_printed_as_json() -> None:
    out, _ = run("process_file_schema")
    schema = json.loads("\n".join(out))
    assert (schema["title"], schema["required"]) == ("ProcessFile", ["format", "process"])


def test_the_document_names_every_field_of_the_schema() -> None:
    out, _ = run("process_file_schema")
    schema = json.loads("\n".join(out))
    document = (EXAMPLES.parents[2] / "docs" / "process-file.md").read_text()
    sections = [schema, *schema["$defs"].values()]
    fields = {
        name
        for section in sections
        for part in (section, *section.get("anyOf", []))
        for name in part.get("properties", {})
    }
    named = set(re.findall(r"`(\w+)`|\b(\w+):", document))
    assert fields - {one or other for one, other in named} == set()


def test_every_field_of_the_schema_is_described() -> None:
    out, _ = run("process_file_schema")
    schema = json.loads("\n".join(out))
    missing = [
        f"{title}.{name}"
        for title, section in {"ProcessFile": schema, **schema["$defs"]}.items()
        for part in (section, *section.get("anyOf", []))
        for name, field in part.get("properties", {}).items()
        if "description" not in field
    ]
    assert missing == []
