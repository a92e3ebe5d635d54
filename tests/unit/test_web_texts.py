"""Every word of the public pages exists in both languages, and every template finds the words it asks for."""

import re
from importlib.resources import files

import pytest

from schemas.cases import CaseAction, CaseState, VenueType
from service.i18n import LANGUAGES, texts

KEY = re.compile(r"""\bt\(\s*["']([a-z_.]+)["']\s*[,)]""")


@pytest.mark.parametrize("room", ["web", "cases"])
def test_both_languages_say_the_same_things_with_the_same_parameters(room: str) -> None:
    chinese, english = (
        {key: set(re.findall(r"{(\w+)}", text)) for key, text in texts(language).items() if key.startswith(f"{room}.")}
        for language in LANGUAGES
    )
    assert chinese.keys() == english.keys()
    # English names its months, Chinese numbers them.
    dates = {"web.date.month", "web.date.day"} if room == "web" else set()
    assert {key for key in chinese if chinese[key] != english[key]} == dates


def test_every_word_that_a_template_asks_for_is_there() -> None:
    asked = {
        key
        for entry in files("service.web").joinpath("templates").iterdir()
        for key in KEY.findall(entry.read_text("utf-8"))
    }
    assert len(asked) > 30
    for language in LANGUAGES:
        assert asked <= texts(language).keys()


def test_everything_that_has_a_name_in_code_has_one_for_readers() -> None:
    keys = {f"cases.venue.{venue}" for venue in VenueType}
    keys |= {f"cases.state.{state}" for state in CaseState} | {f"cases.action.{action}" for action in CaseAction}
    for language in LANGUAGES:
        assert keys <= texts(language).keys()
