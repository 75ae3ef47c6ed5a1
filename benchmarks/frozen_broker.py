"""What a save in the web UI costs while the broker is frozen (`make bench`).

Real processes: gunicorn, a broker, a browser's requests. Somebody signs in, then sends two forms
again and again: a check-in, and an invitation, whose mail nudges a worker. By turns the broker
runs, is frozen by SIGSTOP (it accepts connections and answers nothing) and is stopped. Each save is
followed by the same one at a site without a broker, so that whatever else the machine does weighs
on both. Ends with an error where a save takes at the median over 50 ms more than there while the
broker is frozen or stopped, or ever over a second.
"""

import logging
import os
import re
import signal
import statistics
import subprocess
import sys
import time
import uuid
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import httpx
from django.core.management import call_command

from accounts.models import User
from benchmarks import FOLDER
from coordination.bodies.models import Body
from coordination.commitments.actions import Owed, create_commitment
from coordination.commitments.models import Obligation
from coordination.processes.actions import create_process
from coordination.processes.models import Party
from runtime import processes
from runtime.embedded import EmbeddedBroker
from tests.runtime.helpers import free_port, wait_until

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "correct horse battery staple"
#: Saves of each form in each state.
ROUNDS, POSTS = 5, 6
MORE_AT_MEDIAN, LONGEST = 0.050, 1.0


def fill() -> Obligation:
    """A process whose coordinator reports on its one commitment."""
    call_command("migrate", verbosity=0)
    person = User.objects.create_user("cora@bench.example", PASSWORD, name="Cora")
    process = create_process(
        actor=person, origin="system", slug="bench", name="Benchmark", short_name="Benchmark"
    )
    party = Party.objects.create(
        process=process, code="P", name="Party", kind="state", part="conflict_party"
    )
    body = Body.objects.create(process=process, code="LEAD", name="Lead", track="political")
    commitment = create_commitment(
        actor=person, process=process, owed=[Owed(party, focal_point=person)],
        terms=[{"on": process.today() + timedelta(days=90)}], origin="web", reference="Art. 1",
        title="Keep an undertaking", track="political", lead_body=body, verifying_body=body,
    )  # fmt: skip
    return commitment.obligations.get()


class Site:
    """A web server of its own, and somebody who is signed in."""

    def __init__(self, broker: str) -> None:
        port = free_port()
        base = f"http://127.0.0.1:{port}"
        env = os.environ | {
            "REDIS_URL": broker,
            "SITE_URL": base,
            "ALLOWED_HOSTS": "127.0.0.1",
            "LOG_LEVEL": "ERROR",
        }
        self.process = processes.start(
            [
                *(sys.executable, "-m", "gunicorn", "config.wsgi:application"),
                *("--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--preload"),
                *("--workers", "2", "--threads", "4", "--no-control-socket"),
                *("--log-level", "error"),
            ],
            cwd=ROOT,
            env=env,
            stderr=subprocess.DEVNULL,
        )
        self.browser = httpx.Client(base_url=base, timeout=30, follow_redirects=True)
        wait_until(self.answers, 60)
        self.send("/sign-in/", login="cora@bench.example", password=PASSWORD)

    def answers(self) -> bool:
        try:
            return self.browser.get("/health/live").status_code == 200
        except httpx.TransportError:
            return False

    def send(self, path: str, **fields: str) -> float:
        """Fill in the form at the address; returns how long the save took until its answer."""
        page = self.browser.get(path)
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
        begun = time.perf_counter()
        answer = self.browser.post(path, data=hidden | fields, follow_redirects=False)
        took = time.perf_counter() - begun
        assert answer.status_code == 302, f"{path}: {answer.status_code}\n{answer.text}"
        return took

    def stop(self) -> None:
        self.browser.close()
        processes.stop(self.process)


def main() -> int:
    logging.getLogger("httpx").setLevel(logging.WARNING)
    obligation = fill()
    report = f"/p/bench/commitments/{obligation.commitment.number}/check-in/{obligation.pk}/"
    forms: dict[str, Callable[[Site], float]] = {
        "check-in": lambda site: site.send(
            report, level="1", account="Two convoys left.", obstacle="access"
        ),
        "invitation": lambda site: site.send(
            "/p/bench/people/invite/",
            email=f"{uuid.uuid4().hex}@bench.example",
            role="observer",
        ),
    }
    took: defaultdict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    broker = EmbeddedBroker(Path(FOLDER.name) / "broker").start()
    without, beside = Site(""), Site(broker.url)

    def post(state: str) -> None:
        for name, form in forms.items():
            took[name, state] += [(form(beside), form(without)) for _ in range(POSTS)]

    try:
        for _ in range(ROUNDS):
            post("running")
            assert broker.process is not None
            broker.process.send_signal(signal.SIGSTOP)
            post("frozen")
            broker.process.send_signal(signal.SIGCONT)
            broker.kill()
            post("stopped")
            broker.start()
            time.sleep(1)
    finally:
        for site in (without, beside):
            site.stop()
        broker.kill()
        broker.stop()
        FOLDER.cleanup()

    fell_short = False
    for (name, state), pairs in took.items():
        seconds, alone = ([pair[n] for pair in pairs] for n in range(2))
        more = statistics.median(seconds) - statistics.median(alone)
        print(
            f"{name:11} broker {state:8} median {statistics.median(seconds) * 1000:5.0f} ms, "
            f"longest {max(seconds) * 1000:5.0f};  none: median "
            f"{statistics.median(alone) * 1000:5.0f} ms, longest {max(alone) * 1000:5.0f};  "
            f"{more * 1000:+5.0f} ms, {len(pairs)} saves"
        )
        if state != "running":
            fell_short |= more > MORE_AT_MEDIAN or max(seconds) > LONGEST
    if fell_short:
        print("A save waits for the broker: at most 50 ms at the median, and never over a second.")
    return int(fell_short)


if __name__ == "__main__":
    sys.exit(main())
