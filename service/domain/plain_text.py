"""Texts in the plain form in which they are searched: what a reader cannot see must not hide what he reads.

Full-width letters, mathematical digits and any dash become their ASCII forms, traditional characters that matter here
their simplified ones; soft hyphens, joiners, directions, blank letters and emoji are left out. Every character of the
plain form remembers where it stood, so that a finding can be shown in place.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Self

_DASHES: Final = frozenset("\u2212\u02d7\u2043\u207b\u208b\u2796\u23af\u2500\u2501\u30fc\uff70\u00af\uffe3")
"""Minus signs, box lines, long vowels: what looks like a dash without being one (category Pd)."""
_DOTS: Final = frozenset("·•‧∙⋅・･˙")
_UNSEEN: Final = frozenset(["Cc", "Cf", "Cn", "Co", "Cs", "Mn", "Me"])
_BLANK_LETTERS: Final = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Fillers of Hangul and Khmer and the Braille pattern without dots: letters and symbols that print nothing."""
_LOOKALIKES: Final = str.maketrans("АВЕКМНОРСТХУЗаеорсухΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEKMHOPCTXY3aeopcyxABEZHIKMNOPTYX")
"""Cyrillic and Greek letters that are read as Latin ones."""
_TRADITIONAL: Final = {
    ord(pair[0]): pair[1]
    for pair in """
    號号 樓楼 單单 間间 戶户 門门 區区 鄉乡 鎮镇 車车 庫库 鋪铺 張张 陳陈 劉刘 楊杨 黃黄 趙赵 吳吴 孫孙 馬马 鄭郑
    謝谢 許许 鄧邓 馮冯 蕭萧 蔣蒋 蘇苏 呂吕 盧卢 鐘钟 譚谭 陸陆 賈贾 韋韦 鄒邹 閻阎 賀贺 龔龚 萬万 錢钱 嚴严 賴赖
    湯汤 經经 師师 長长 醫医 電电 話话 負负 責责 檢检 員员 業业 館馆 飯饭 學学 園园 廣广 場场 廈厦 藥药 網网 罰罚
    圓元 億亿 貳贰 參叁 開开 緯纬 護护 證证 處处 領领 機机 構构 縣县 銀银 東东 節节 點点 賓宾 麵面 偉伟 簽签 軍军
    傑杰 華华 國国 強强 麗丽 紅红 鳳凤 蘭兰 飛飞 龍龙 壽寿 榮荣 貴贵 鵬鹏 輝辉 齊齐 潔洁 靜静
    """.split()
}
"""Of the characters that the patterns know, those that Hong Kong and Taiwan write otherwise."""


@dataclass(frozen=True, slots=True)
class PlainText:
    """`text` as it is searched; `places[i]` is where its character i stands in the text it was made of."""

    text: str
    places: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> Self:
        """The plain form of any text."""
        kept = [(plain, place) for place, character in enumerate(text) if (plain := _plain(character))]
        return cls("".join(plain for plain, _place in kept), tuple(place for _plain, place in kept))

    def place_of(self, start: int, end: int) -> tuple[int, int]:
        """Where characters `start` to `end` of the plain form stand in the original, what is left out between too."""
        return self.places[start], self.places[end - 1] + 1

    def without(self, gaps: re.Pattern[str]) -> "PlainText":
        """The same without what `gaps` matches."""
        left_out = {place for match in gaps.finditer(self.text) for place in range(*match.span())}
        kept = [place for place in range(len(self.text)) if place not in left_out]
        return PlainText("".join(self.text[place] for place in kept), tuple(self.places[place] for place in kept))

    def hiding(self, harmless: re.Pattern[str], because: Callable[[re.Match[str]], bool] | None = None) -> "PlainText":
        """The same with a mark that no pattern knows for each character that `harmless` matches."""

        def mark(match: re.Match[str]) -> str:
            return "※" * len(match.group()) if because is None or because(match) else match.group()

        return PlainText(harmless.sub(mark, self.text), self.places)

    def translated(self, table: Mapping[int, int | str]) -> "PlainText":
        """The same with other characters for some, one for one."""
        return PlainText(self.text.translate(table), self.places)


def squeeze(text: str) -> str:
    """The text plain, in lower case and without spaces: as words are looked up in the register."""
    return "".join(PlainText.of(text).text.lower().split())


def says_something(text: str) -> bool:
    """Whether a reader sees a letter or a digit at all."""
    return any(character.isalnum() for character in PlainText.of(text).text)


def _plain(character: str) -> str:
    """One plain character for one, or none for one that nobody sees or that is a picture."""
    if character.isascii():
        return character if character.isprintable() or character.isspace() else ""
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    if "Ⅰ" <= character <= "ⅿ":
        return str(round(unicodedata.numeric(character)))[:1]
    category = unicodedata.category(character)
    if category in _UNSEEN or character in _BLANK_LETTERS or _is_pictogram(character, category):
        return ""
    if category == "Pd" or character in _DASHES:
        return "-"
    if character in _DOTS:
        return "·"
    plain = unicodedata.normalize("NFKC", character)
    return (plain if len(plain) == 1 else character).translate(_TRADITIONAL).translate(_LOOKALIKES)


def _is_pictogram(character: str, category: str) -> bool:
    return category == "So" and (0x2600 <= ord(character) < 0x27C0 or ord(character) >= 0x1F000)
