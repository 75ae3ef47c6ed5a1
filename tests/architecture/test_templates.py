"""Pages hold no styles and no scripts of their own: the content security policy allows none."""

import re
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
#: Mail programmes know no stylesheets; mails are shown in a frame with a policy of its own.
PAGES = sorted(p for p in TEMPLATES.rglob("*.html") if "emails" not in p.parts)

FORBIDDEN = {
    "a style attribute": r"<[^>]*\sstyle\s*=",
    "a style element": r"<style\b",
    "a script without src": r"<script\b(?![^>]*\ssrc\s*=)",
    "an event handler": r"<[^>]*\s(?:hx-)?on[\w:-]*\s*=",
    "a javascript address": r"javascript:",
    "something from another site": r"\s(?:src|href|action)\s*=\s*[\"']?(?:https?:)?//",
}


def found(text: str) -> list[str]:
    return [name for name, rule in FORBIDDEN.items() if re.search(rule, text, re.IGNORECASE)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(TEMPLATES)))
def test_a_page_holds_nothing_that_the_policy_forbids(page: Path) -> None:
    assert found(page.read_text()) == []


def test_this_test_sees_what_it_looks_for() -> None:
    bad = (
        '<p style="color: red">',
        "<style>p {}</style>",
        "<script>alert(1)</script>",
        '<a onclick="go()">',
        '<a href="javascript:go()">',
        '<script src="https://cdn.example/x.js"></script>',
    )
    assert [found(text) for text in bad] == [[name] for name in FORBIDDEN]
    assert found("<a hx-on:click='go()'>") == ["an event handler"]
    assert found('<script src="/static/x.js" defer></script><p class="on style">on = 1</p>') == []
