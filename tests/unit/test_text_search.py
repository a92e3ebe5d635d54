"""What is looked for, taken apart."""

import pytest

from service.domain.text_search import Search, parsed, terms
from service.problems import Problem


def test_a_word_is_every_two_neighbors_of_it() -> None:
    assert terms("疏散楼梯") == ["散楼", "楼梯", "疏散"]
    assert terms("aaa") == ["aa"]
    assert parsed("疏散") == Search(["疏散"], ["%疏散%"])


def test_several_words_must_all_be_there() -> None:
    assert parsed(" 楼梯　东侧\n楼梯 ") == Search(["东侧", "楼梯"], ["%楼梯%", "%东侧%"])


def test_full_width_and_capitals_are_the_same() -> None:
    assert parsed("ＥＸＩＴ") == parsed("exit") == parsed("Exit")
    assert parsed("㎡") == Search(["m2"], ["%m2%"])


def test_signs_of_a_pattern_stand_for_themselves() -> None:
    search = parsed(r"50%_\x")
    assert search is not None
    assert search.patterns == [r"%50\%\_\\x%"]


@pytest.mark.parametrize("number", ["000123", "2026-000123", "140302-2026-000123", "GXQ-2026-1234567"])
def test_a_word_may_be_the_end_of_a_number(number: str) -> None:
    search = parsed(f"楼梯 {number}")
    assert search is not None
    assert search.number_terms == [f"#{number.lower()}", "楼梯"]
    assert search.number_patterns == ["%楼梯%"]
    assert search.number_pattern == f"%-{number.lower()}"


@pytest.mark.parametrize("word", ["12345", "2026-00012", "18f", "000123-"])
def test_other_digits_are_no_number(word: str) -> None:
    search = parsed(word)
    assert search is not None
    assert search.number_terms is None


def test_nothing_asks_for_nothing() -> None:
    assert parsed("") is parsed(" \u3000\t") is None


@pytest.mark.parametrize("query", ["梯", "楼梯 东", "a 楼梯"])
def test_one_character_is_too_short(query: str) -> None:
    with pytest.raises(Problem) as refused:
        parsed(query)
    assert refused.value.code == "search.word_too_short"
    assert str(refused.value.parameters["word"]) in query
