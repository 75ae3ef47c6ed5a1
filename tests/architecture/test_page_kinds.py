"""Every page is among the kinds that Chromium walks through, and of which pictures are made."""

from django.urls import resolve

from tests.browser.kinds import KINDS, NAMES

from .query_counts import read

#: Pages that a coordinator can open, and why the walk leaves them out.
LEFT_OUT = {
    "implementation-report-html": "a file to keep, with a style of its own",
    "message-html": "the mail, which its page shows in a frame",
    "mfa_reauthenticate": "asked of whoever signed in with a second step",
    "mfa_reauthenticate_webauthn": "the same with a passkey",
}


def test_every_page_that_a_coordinator_opens_is_among_the_kinds() -> None:
    """The baseline of the queries has them all; its own test says so."""
    names = dict.fromkeys(NAMES, "1") | {"day": "2026-01-01"}
    kinds = {resolve(kind.format_map(names).partition("?")[0]).view_name for kind in KINDS}
    assert sorted(set(read()["counts"]) - kinds) == sorted(LEFT_OUT)
