"""docker-compose.yml: its structure, and its own commands run against real servers.

The commands and the environment are those of the file; only what a container brings with it is
replaced: the names of the other containers, the shared addresses and the folder /tmp.
"""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from runtime import probe
from runtime.embedded import EmbeddedBroker, EmbeddedPostgres
from tests.runtime.helpers import ROOT, background, free_port, living, run, wait_until

FILE = ROOT / "docker-compose.yml"
OWN = ("migrate", "web", "worker", "beat")
FOREIGN = ("postgres", "redis", "mail")
FILLED_IN = {
    "SECRET_KEY": "only-for-tests-" + "0" * 50,
    "LEDGER_KEY": "2" * 64,
    "SITE_URL": "http://127.0.0.1:8000",
    "ALLOWED_HOSTS": "entente.example,127.0.0.1",
    "POSTGRES_PASSWORD": "secret1",
}


def interpolated(value: Any, variables: dict[str, str]) -> Any:
    """The value as compose reads it: ${NAME:-default} and ${NAME:?complaint}."""
    if isinstance(value, dict):
        return {key: interpolated(part, variables) for key, part in value.items()}
    if isinstance(value, list):
        return [interpolated(part, variables) for part in value]
    if not isinstance(value, str):
        return value

    def replace(match: re.Match[str]) -> str:
        name, kind, rest = match.groups()
        if found := variables.get(name):
            return found
        if kind == ":?":
            raise KeyError(rest)
        assert kind == ":-", f"{match[0]} has neither a default nor a complaint"
        return rest

    return re.sub(r"\$\{(\w+)(:[-?])?([^}]*)\}", replace, value)


def services(variables: dict[str, str] = FILLED_IN) -> dict[str, dict[str, Any]]:
    return interpolated(yaml.safe_load(FILE.read_text()), variables)["services"]


# --- Structure ----------------------------------------------------------------------------


def test_all_services_are_there_hardened_and_checked() -> None:
    found = services()
    assert set(found) == {*OWN, *FOREIGN}
    for name, service in found.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["restart"] == ("no" if name == "migrate" else "unless-stopped")
        check = service["healthcheck"]
        assert check == {"disable": True} if name == "migrate" else check["test"][0] == "CMD"
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:"), name
        image = service["image"]
        assert image == "entente" if name in OWN else ":" in image
        assert not image.endswith(":latest")


def test_each_waits_for_what_it_needs() -> None:
    found = services()
    healthy, done = (
        {"condition": "service_healthy"},
        {"condition": "service_completed_successfully"},
    )
    assert found["migrate"]["depends_on"] == {"postgres": healthy}
    for name in ("web", "worker"):
        needs = {"migrate": done, "postgres": healthy, "redis": healthy}
        assert found[name]["depends_on"] == needs
    assert found["beat"]["depends_on"] == {"migrate": done, "redis": healthy}
    declared = yaml.safe_load(FILE.read_text())
    assert declared["networks"]["inside"] == {"internal": True}
    for name in ("postgres", "redis"):
        assert found[name]["networks"] == ["inside"]
        assert "ports" not in found[name]
        volume = found[name]["volumes"][0].split(":")[0]
        assert volume in declared["volumes"]


@pytest.mark.parametrize("name", sorted(FILLED_IN))
def test_it_refuses_to_start_without(name: str) -> None:
    with pytest.raises(KeyError, match=f"{name} is missing, see .env.example"):
        services({**FILLED_IN, name: ""})


def test_no_secret_is_written_down() -> None:
    variables = r"\$\{(\w+)"
    for service in yaml.safe_load(FILE.read_text())["services"].values():
        for name, value in service.get("environment", {}).items():
            if re.search("KEY|PASSWORD|SECRET", name):
                assert re.fullmatch(r"\$\{[^}]*\}", value), name
            assert not re.search(r"://\w+:[^$@]+@", value), name
    # The example names every variable, each with its meaning, and fills in no secret.
    example = (ROOT / ".env.example").read_text()
    named = set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE))
    assert named == set(re.findall(variables, FILE.read_text()))
    secrets = r"^(?:SECRET_KEY|LEDGER_KEY|POSTGRES_PASSWORD)=(.*)$"
    assert re.findall(secrets, example, re.MULTILINE) == ["", "", ""]
    for block in example.strip().split("\n\n"):
        assert block.startswith("# "), block


def test_the_image_holds_the_site_and_nothing_else() -> None:
    allowed = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    assert all((ROOT / name).exists() for name in allowed)
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert "--require-hashes" in dockerfile
    assert dockerfile.index("collectstatic") < dockerfile.index("\nUSER entente\n")
    assert not {"tests", "var", ".env", ".git", ".venv"} & set(allowed)


# --- Its commands -------------------------------------------------------------------------


class Stack:
    """The services of the file as processes of this machine."""

    def __init__(self, folder: Path, postgres: EmbeddedPostgres, broker: EmbeddedBroker) -> None:
        self.folder = folder
        self.port = free_port()
        variables = {**FILLED_IN, "POSTGRES_PASSWORD": postgres.password}
        self.services = services(variables)
        self.replaced = {
            "@postgres:5432/": f"@127.0.0.1:{postgres.port}/",
            "redis://redis:6379/0": broker.url,
            "0.0.0.0:8000": f"127.0.0.1:{self.port}",
            "/tmp/": f"{folder}/",
        }

    def here(self, text: str) -> str:
        names = "|".join(re.escape(name) for name in self.replaced)
        return re.sub(names, lambda match: self.replaced[match[0]], text)

    def command(self, words: list[str]) -> list[str]:
        return [sys.executable if word == "python" else self.here(word) for word in words]

    def environment(self, name: str, **extra: str) -> dict[str, str]:
        """The service's environment, what the image adds, and nothing of this machine's own."""
        declared = self.services[name]["environment"]
        image = {"STATIC_ROOT": str(self.folder / "static"), "PYTHONUNBUFFERED": "1"}
        path = {"PATH": os.environ["PATH"], "ENTENTE_VAR": str(self.folder / "no-var")}
        return {key: self.here(value) for key, value in declared.items()} | image | path | extra

    def run(self, name: str) -> tuple[int, str]:
        return run(self.command(self.services[name]["command"]), self.environment(name))

    def is_healthy(self, name: str) -> bool:
        test = self.services[name]["healthcheck"]["test"]
        port = {"PORT": str(self.port)} if name == "web" else {}
        return run(self.command(test[1:]), self.environment(name, **port))[0] == 0


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    with EmbeddedPostgres() as postgres, EmbeddedBroker(tmp_path / "broker") as broker:
        yield Stack(tmp_path, postgres, broker)
    assert not living(tmp_path)


def test_the_declared_commands_bring_up_a_ready_site(stack: Stack) -> None:
    code, output = stack.run("migrate")
    assert code == 0, output
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput"]  # as in the Dockerfile
    code, output = run(collect, stack.environment("web"))
    assert code == 0, output

    with ExitStack() as running:
        for name in ("web", "worker", "beat"):
            assert not stack.is_healthy(name)
            # A sweep each second instead of each minute, so that beat soon has something to send.
            env = stack.environment(name, SWEEP_SECONDS="1")
            command = stack.command(stack.services[name]["command"])
            running.enter_context(background(command, stack.folder / f"{name}.log", env))

        def said() -> str:
            return "\n".join(file.read_text()[-3000:] for file in stack.folder.glob("*.log"))

        def answers(page: str, host: str) -> bool:
            return probe.status(stack.port, page, host) == 200

        for name in ("web", "worker", "beat"):
            wait_until(partial(stack.is_healthy, name), 40, said)
        for page in ("/health/live", "/health/ready"):
            for host in ("entente.example", "127.0.0.1"):
                wait_until(partial(answers, page, host), 20, said)
        worker = stack.folder / "worker.log"
        wait_until(lambda: "succeeded in" in worker.read_text(), 20, said)
    assert "Traceback" not in said()
