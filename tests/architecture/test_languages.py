"""Everything that people read is there in every language that they can choose.

Where a text is missing: add it to locale/<language>/LC_MESSAGES/django.po and run
`python -m runtime.translations`.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation.template import templatize

from runtime.translations import catalogue, compiled, sources

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = [one for one in (ROOT / "templates").rglob("*") if one.is_file()]
MODULES = [
    one
    for slice_ in ("accounts", "coordination")
    for one in (ROOT / slice_).rglob("*.py")
    if "migrations" not in one.parts
]
LANGUAGES = [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
#: What the functions that translate are called where they are imported.
NAMES = {
    name for one in ("gettext", "gettext_lazy") for name in (one, f"n{one}", "_", "_now", "_lazy")
}
_STRING = r"""u?('(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
_CALL = re.compile(rf"\b(n?gettext|_)\({_STRING}(?:\s*,\s*{_STRING})?", re.DOTALL)
_NAMED = re.compile(r"%\(\w+\)[sd]|%s|\{\w+\}")


def texts_of_template(file: Path) -> Iterator[str]:
    for call, first, second in _CALL.findall(templatize(file.read_text())):
        texts = (first, second) if call.startswith("n") else (first,)
        yield "\0".join(ast.literal_eval(one) for one in texts)


def texts_of_module(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        if node.func.id in NAMES:
            texts = [one.value for one in node.args if isinstance(one, ast.Constant)]
            yield "\0".join(map(str, texts[: 2 if node.func.id.startswith("n") else 1]))


@pytest.fixture(scope="module")
def texts() -> set[str]:
    found = {text for file in TEMPLATES for text in texts_of_template(file)}
    return {text for text in found | {t for m in MODULES for t in texts_of_module(m)} if text}


def words_of(language: str) -> dict[str, str]:
    return catalogue((ROOT / f"locale/{language}/LC_MESSAGES/django.po").read_text())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_there(language: str, texts: set[str]) -> None:
    there = {text.rpartition("\x04")[2] for text in words_of(language)}
    there |= {text.partition("\0")[0] for text in there}  # as gettext finds it
    assert len(texts) > 4000
    assert sorted(texts - there) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_holds_what_its_text_is_filled_in_with(language: str) -> None:
    """Nothing is named that the text does not have; the forms of a few may leave the number out."""
    for text, words in words_of(language).items():
        if text:
            there, forms = set(_NAMED.findall(text)), words.split("\0")
            assert all(set(_NAMED.findall(form)) <= there for form in forms), text
            assert set(_NAMED.findall(forms[-1])) == there, text


def test_the_compiled_translations_are_those_of_their_sources() -> None:
    assert sources()
    for source in sources():
        assert source.with_suffix(".mo").read_bytes() == compiled(source.read_text())
