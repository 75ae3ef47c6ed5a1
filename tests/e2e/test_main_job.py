"""The main job as people meet it: `make run`'s own processes, real HTTP, a real SMTP server.

Nothing is eager and nothing is replaced: the schedule ticks, a worker sends, a person opens the
link that came by mail.
"""

import re
import signal
import sys
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import httpx

from tests.runtime.helpers import background, environment, free_port, living, wait_until

from .conftest import Sink


class Person:
    """Somebody with a browser that keeps its cookies and runs no script."""

    def __init__(self, base: str) -> None:
        self.browser = httpx.Client(base_url=base, follow_redirects=True, timeout=20)

    def close(self) -> None:
        self.browser.close()

    def sees(self, path: str) -> str:
        page = self.browser.get(path)
        assert page.status_code == 200, f"{path}: {page.status_code}"
        return page.text

    def sends(self, path: str, **fields: object) -> str:
        """Fill in the page's form and send it, with what it holds in hidden fields."""
        page = self.sees(path)
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
        answer = self.browser.post(path, data=hidden | fields)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return answer.text

    def presses(self, path: str, on: str) -> str:
        """Press a button that is a form of its own on a page."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.sees(on))
        assert token is not None
        answer = self.browser.post(path, data={"csrfmiddlewaretoken": token[1]})
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return answer.text


def plain(html: str) -> str:
    """A page's words; `bdi` sets names apart without a space."""
    html = re.sub(r"</?bdi>", "", html)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_a_check_in_falls_due_is_mailed_answered_reviewed_and_verified(
    tmp_path: Path, sink: tuple[Sink, int], database: str
) -> None:
    mailbox, smtp_port = sink
    var, port = tmp_path / "var", free_port()
    base = f"http://127.0.0.1:{port}"
    env = environment(
        var,
        PORT=str(port),
        DATABASE_URL=database,
        EMAIL_URL=f"smtp://127.0.0.1:{smtp_port}",
        SWEEP_SECONDS="1",
    )
    log = tmp_path / "run.log"
    command = [sys.executable, "-m", "runtime.supervisor"]
    with (
        background(command, log, env) as run,
        closing(Person(base)) as nadia,
        closing(Person(base)) as phone,
    ):
        wait_until(
            lambda: "Entente runs at" in log.read_text(), 180, explain=lambda: log.read_text()
        )
        password = (var / "example-password").read_text().strip()

        # 1. The coordinator signs in and sees her process.
        assert "Not signed in" in nadia.sends(
            "/sign-in/", login="n.ferreira@ohr.example", password="wrong"
        )
        desk = nadia.sends("/sign-in/", login="N.Ferreira@ohr.example", password=password)
        assert "/p/dayton/" in desk
        body = plain(nadia.sees("/p/dayton/bodies/JCC/"))
        assert "Vacant" in body
        register = nadia.sees("/p/dayton/commitments/?find=Notify+minefields")
        number = re.search(r"/p/dayton/commitments/(\d+)/", register)
        assert number is not None
        page = f"/p/dayton/commitments/{number[1]}/"
        commitment = plain(nadia.sees(page))
        assert "30 days after Transfer of authority" in commitment
        assert "D+30" in commitment

        # 2. Beat ticks, the worker sends: the owner has mail, in HTML and plain text.
        title = re.search(r"<h1>(.*?)</h1>", nadia.sees(page))
        assert title is not None
        wait_until(lambda: mailbox.about(title[1]), 60, explain=lambda: log.read_text())
        mail = mailbox.about(title[1])[0]
        text = mail.get_body(("plain",)).get_content()
        html = mail.get_body(("html",)).get_content()
        links = re.findall(rf"{base}(/c/[\w-]+/)\s", text)
        assert len(links) == 1
        assert links[0] in html
        assert mail["List-Unsubscribe"] == f"<{base}{links[0]}someone-else/>"
        owner = str(mail["To"]).split("<")[0].strip().strip('"')

        # 3. She opens the link without signing in, and reports.
        form = phone.sees(links[0])
        assert "checked" not in form
        receipt = phone.sends(
            links[0], level="2", account="Forty fields marked since Monday.", obstacle="access"
        )
        assert "Check-in recorded" in receipt
        after = plain(nadia.sees(page))
        assert "Forty fields marked since Monday." in after
        assert owner in after
        ledger = plain(nadia.sees("/p/dayton/ledger/"))
        assert re.search(
            rf"Checked in for C-{number[1]},[^:]+: Intermediate\b.*? {re.escape(owner)} · link",
            ledger,
        )
        outbox = plain(nadia.sees(f"/p/dayton/outbox/?state=sent&find={quote(owner)}"))
        assert re.search(rf"Answered (\S+ )?{re.escape(owner)}", outbox), outbox

        # 4. The lead body's next review has it on its agenda, and records what was verified.
        reviews = nadia.sees("/p/dayton/reviews/")
        review = re.search(r'(/p/dayton/reviews/\d+/)">Joint Military Commission, review', reviews)
        assert review is not None
        assert title[1] in nadia.sees(review[1])
        meeting = nadia.presses(review[1] + "open/", on=review[1])
        nadia.sends(f"{review[1]}attendance/", rest="1")
        item = re.search(
            rf'({review[1]}items/\d+/)"[^>]*>(?:(?!</a>).)*?{re.escape(title[1])}', meeting, re.S
        )
        assert item is not None
        obligation = re.search(
            r'<option value="(\d+)">Republika Srpska</option>', nadia.sees(item[1])
        )
        assert obligation is not None
        refused = nadia.browser.post(
            item[1],
            data={
                "csrfmiddlewaretoken": nadia.browser.cookies["csrftoken"],
                "finding": "1",
                "finding-text": "What was typed stays.",
            },
        )
        assert refused.status_code in (403, 422)
        recorded = nadia.sends(
            item[1],
            finding="1",
            **{
                "finding-obligation": obligation[1],
                "finding-level": "1",
                "finding-text": "Records seen for one sector of three.",
            },
        )
        assert "Records seen for one sector of three." in recorded
        assert re.search(
            r"Verification , JMC, Nadia Ferreira, \S+ : Minimum \. Records seen for one sector",
            plain(nadia.sees(page)),
        )

        # One mail for one check-in, however many ticks there were.
        recipients = [(mail["To"], mail["Message-ID"]) for mail in mailbox.mails]
        assert len(recipients) == len(set(recipients))
        assert len(mailbox.about(title[1])) == len({mail["To"] for mail in mailbox.about(title[1])})

        # It stops without leaving a process behind.
        run.send_signal(signal.SIGINT)
        assert run.wait(20) == 0, log.read_text()
    assert living(var) == []
    kept_log = (var / "entente.log").read_text()
    assert links[0] not in kept_log
