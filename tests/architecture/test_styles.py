"""The stylesheets: small, of logical properties, colours only in tokens, and nothing unused."""

import re
from itertools import product
from pathlib import Path

import pytest
from django.contrib.messages import DEFAULT_TAGS

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
#: What every page has, and what a page asks for besides.
EVERYWHERE, BESIDES = ("entente", "pages", "print"), ("charts", "texts")
SHEETS = (*EVERYWHERE, *BESIDES)
LIMIT = 30_000

PHYSICAL = re.compile(
    r"^(?:(?:min|max)-)?(?:width|height)$|^(?:float|clear)$"
    r"|(?:^|-)(?:left|right|top|bottom)(?:-|$)"
)
COLOUR = re.compile(
    r"#[0-9a-fA-F]{3,8}\b|\b(?:rgb|hsl|lab|lch|oklch|color)a?\(|\b(?:white|black)\b"
)
TAG = re.compile(r"{%\s*(?:include|extends)\s+\"([^\"]+)\"")
#: The attribute's value may hold quotation marks inside of template tags.
CLASS = re.compile(r"class=\"((?:{%.*?%}|{{.*?}}|[^\"])*)\"")
BODY = re.compile(r"{% block body_class %}(.*?){% endblock")
#: What a line of code says, without the quotation marks inside of it.
LITERAL = re.compile(r"\"([^\"\n]*)\"|'([^'\n]*)'|`([^`\n]*)`")
WORD = re.compile(r"[A-Za-z][\w-]*")


def sheet(name: str) -> str:
    text = (ROOT / "static" / "css" / f"{name}.css").read_text()
    return re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)


def declarations(name: str) -> list[tuple[str, str]]:
    """Property and value of each; those of the margins of paper are named by side."""
    text = re.sub(r"@(?:top|bottom)-(?:left|right|center)", "", sheet(name))
    bodies = re.findall(r"{([^{}]*)}", text)
    parts = [one.partition(":") for body in bodies for one in body.split(";") if ":" in one]
    return [(name.strip(), value.strip()) for name, _, value in parts]


def classes(name: str) -> set[str]:
    selectors = re.findall(r"([^{};]+){", sheet(name))
    return {c for one in selectors for c in re.findall(r"\.([A-Za-z][\w-]*)", one)}


def worn(text: str) -> set[str]:
    """The classes that a template names; the words of its conditions are none."""
    given = CLASS.findall(text) + BODY.findall(text)
    return {word for one in given for word in WORD.findall(re.sub(r"{[%{].*?[%}]}", " ", one))}


def used() -> tuple[set[str], set[str]]:
    """The classes that something gives, and the beginnings of those that are put together."""
    pages = [path.read_text() for path in TEMPLATES.rglob("*.html")]
    code = [
        path.read_text()
        for folder in ("coordination", "accounts", "static/js")
        for path in (ROOT / folder).rglob("*.*")
        if path.suffix in (".py", ".js")
    ]
    literals = [one for text in code for found in LITERAL.findall(text) for one in found]
    said = {word for one in literals for word in WORD.findall(one)}
    starts = {start for page in pages for start in re.findall(r"([a-z][\w-]*){{", page)}
    return set().union(*map(worn, pages)) | said | set(DEFAULT_TAGS.values()), starts


def of_page(path: str, seen: set[str]) -> set[str]:
    """A template, with all that it extends and includes."""
    file = TEMPLATES / path
    if path not in seen and file.is_file():
        seen.add(path)
        for other in TAG.findall(file.read_text()):
            of_page(other, seen)
    return seen


def tokens(dark: bool) -> dict[str, str]:
    blocks = re.findall(r":root{([^{}]*)}", sheet("entente"))
    chosen = [block for block in blocks if "--paper" in block][: 1 + dark]
    return dict(re.findall(r"--([\w-]+):(#[0-9a-f]{3,6})\b", ";".join(chosen)))


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    if len(digits) == 3:
        digits = "".join(2 * digit for digit in digits)
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, deep = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (deep + 0.05)


def test_a_stylesheet_is_small() -> None:
    sizes = {p.name: p.stat().st_size for p in (ROOT / "static" / "css").glob("*.css")}
    assert {name: size for name, size in sizes.items() if size >= LIMIT} == {}
    assert set(sizes) >= {f"{name}.css" for name in SHEETS}


@pytest.mark.parametrize("name", SHEETS)
def test_a_stylesheet_knows_no_left_and_right(name: str) -> None:
    said = declarations(name)
    assert [one for one in said if PHYSICAL.search(one[0])] == []
    assert [one for one in said if re.search(r"\b(?:left|right)\b", one[1])] == []


@pytest.mark.parametrize("name", SHEETS)
def test_colours_are_named_once_in_tokens(name: str) -> None:
    bare = [one for one in declarations(name) if not one[0].startswith("--")]
    assert [one for one in bare if COLOUR.search(one[1])] == []


def test_tokens_are_there_and_needed() -> None:
    text = "".join(map(sheet, SHEETS))
    assert set(re.findall(r"(--[\w-]+):", text)) == set(re.findall(r"var\((--[\w-]+)", text))


@pytest.mark.parametrize("name", SHEETS)
def test_every_class_of_a_stylesheet_is_given_somewhere(name: str) -> None:
    given, starts = used()
    rule = re.compile("|".join(rf"{start}(?:\d|(?<=-)\w+)" for start in starts))
    built = {one for one in classes(name) if rule.fullmatch(one)}
    assert sorted(classes(name) - given - built) == []


@pytest.mark.parametrize("name", BESIDES)
def test_a_page_asks_for_the_sheet_that_it_needs(name: str) -> None:
    own = classes(name) - classes("entente") - classes("pages")
    missing = []
    for path in sorted(TEMPLATES.rglob("*.html")):
        page = str(path.relative_to(TEMPLATES))
        if "{% extends" not in path.read_text() or page.startswith("emails/"):
            continue
        texts = [(TEMPLATES / part).read_text() for part in of_page(page, set())]
        needed = set().union(*map(worn, texts)) & own
        if needed and not any(f"css/{name}.css" in text for text in texts):
            missing.append((page, sorted(needed)))
    assert missing == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_words_stand_out_from_every_ground(dark: bool) -> None:
    """WCAG 2.2 AA: 4.5 to 1 for words, 3 to 1 for the edges of what is pressed and typed in."""
    token = tokens(dark)
    grounds = ("paper", "sheet", "wash", "accent-wash")
    inks = ("ink", "ink-2", "ink-3", "accent", "red", "amber", "green", "violet")
    pairs = [*product(inks, grounds), ("on-accent", "accent"), ("paper", "ink")]
    pairs += [(name, f"{name}-wash") for name in ("red", "amber", "green", "violet")]
    faint = [pair for pair in pairs if contrast(token[pair[0]], token[pair[1]]) < 4.5]
    edges = [*product(("edge", "focus"), ("paper", "sheet")), ("q3", "paper")]
    faint += [pair for pair in edges if contrast(token[pair[0]], token[pair[1]]) < 3]
    assert faint == []
