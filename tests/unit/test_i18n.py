"""Everything a person reads exists in Chinese and English and says the same with the same parameters."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service import i18n
from service.problems import CATALOGUE, PROBLEMS_WITH_OWN_STATUS, Problem, status_of
from service.routes.openapi import problem_body

CODES = sorted([*CATALOGUE, *PROBLEMS_WITH_OWN_STATUS])


def parameters_of(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_both_languages_hold_the_same_texts_with_the_same_parameters() -> None:
    chinese, english = i18n.texts("zh-CN"), i18n.texts("en")
    assert chinese.keys() == english.keys()
    for key in chinese:
        # A month is a number in Chinese and a name in English.
        if not key.startswith("web.date."):
            assert parameters_of(chinese[key]) == parameters_of(english[key]), key
        assert chinese[key].strip(), key
        assert english[key].strip(), key


def test_chinese_is_chinese_and_english_is_not() -> None:
    for key, text in i18n.texts("en").items():
        # Names of languages and of places are written in their own script.
        if key.startswith(("problems.", "hazards.action.", "hazards.state.")):
            assert re.search(r"[\u4e00-\u9fff]", text) is None, key
    for key, text in i18n.texts("zh-CN").items():
        if key.startswith("problems."):
            assert re.search(r"[\u4e00-\u9fff]", text), key


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_every_problem_has_a_title_and_every_text_a_problem(language: i18n.Language) -> None:
    titles = {key.removeprefix("problems.").removesuffix(".title") for key in i18n.texts(language)
              if key.startswith("problems.") and key.endswith(".title")}  # fmt: skip
    details = {key.removeprefix("problems.").removesuffix(".detail") for key in i18n.texts(language)
               if key.startswith("problems.") and key.endswith(".detail")}  # fmt: skip
    assert titles == set(CODES)
    assert details <= titles
    assert not any("{" in i18n.translate(f"problems.{code}.title", language) for code in CODES)


def test_problem_codes_are_a_noun_and_what_went_wrong_in_alphabetical_order() -> None:
    for code in CODES:
        assert re.fullmatch(r"[a-z_]+\.[a-z_]+", code), code
        assert 400 <= status_of(code) < 600
    by_noun: dict[str, list[str]] = {}
    for code in CATALOGUE:
        by_noun.setdefault(code.partition(".")[0], []).append(code)
    for codes in by_noun.values():
        assert codes == sorted(codes)


def test_a_problem_nobody_wrote_down_cannot_be_raised() -> None:
    with pytest.raises(KeyError):
        Problem("photo.vanished")


def test_a_problems_body_carries_its_parameters_and_never_half_a_sentence() -> None:
    body = problem_body("photo.too_large", "en", limit_bytes=1000)
    assert body == {
        "type": "urn:clearway:problem:photo.too_large",
        "title": "The photo is too large",
        "status": 413,
        "code": "photo.too_large",
        "detail": "One photo may have at most 1000 bytes.",
        "limit_bytes": 1000,
    }
    assert "detail" not in problem_body("photo.too_large", "en")


def test_a_parameter_may_have_any_name_and_never_replaces_what_every_problem_says() -> None:
    body = problem_body("photo.empty", "en", key="a", language="b", code="c", status=1, title="d", type="e")
    assert (body["key"], body["language"]) == ("a", "b")
    assert (body["code"], body["status"], body["title"]) == ("photo.empty", 422, "The photo is empty")
    assert i18n.translate("problems.photo.empty.title", "en", key="a", language="b") == "The photo is empty"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "zh-CN"),
        ("", "zh-CN"),
        ("*", "zh-CN"),
        ("fr-FR, de;q=0.9", "zh-CN"),
        ("en", "en"),
        ("EN-us", "en"),
        ("zh-TW", "zh-CN"),
        ("zh-Hans-CN, en;q=0.1", "zh-CN"),
        ("fr, en;q=0.5, zh;q=0.4", "en"),
        ("en;q=0.4, zh;q=0.5", "zh-CN"),
        ("zh; q=0.4, en; Q=0.5", "en"),
        ("en;q=0", "zh-CN"),
        ("en;q=0, zh;q=0.001", "zh-CN"),
        ("en;q=high, zh", "zh-CN"),
        ("en;q=nan", "zh-CN"),
        ("zh, en;q=inf", "zh-CN"),
        ("zh, en;q=5", "zh-CN"),
    ],
)
def test_a_reader_gets_the_language_they_ask_for(header: str | None, language: str) -> None:
    assert i18n.negotiate(header) == language


@given(st.text())
def test_whatever_is_asked_for_there_is_a_language(header: str) -> None:
    assert i18n.negotiate(header) in i18n.LANGUAGES
