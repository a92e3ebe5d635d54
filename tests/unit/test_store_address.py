"""A store's address that is wrong is named before anything starts, in the terminal's language and without a secret."""

import re

import pytest

from service import i18n, store_words
from service.commands import language_of, needs_store
from service.settings import SettingsError, read_settings
from storage.s3_findings import Findings
from storage.s3_options import S3Options

DATABASE = {"CLEARWAY_DATABASE_URL": "postgresql://clearway:HIDDEN@localhost/clearway"}
BUCKET = {"STORE_URL": "s3://photos"}
WRONG = [
    ({}, "CLEARWAY_STORE_URL"),
    ({"STORE_URL": "ftp://photos"}, "CLEARWAY_STORE_URL"),
    ({"STORE_URL": "file://photos/originals"}, "CLEARWAY_STORE_URL"),
    ({"STORE_URL": "s3://KEY:HIDDEN@photos"}, "CLEARWAY_S3_ACCESS_KEY"),
    ({"STORE_URL": "s3://photos:HIDDEN/"}, "CLEARWAY_S3_ENDPOINT"),
    ({"STORE_URL": "s3://[photos"}, "CLEARWAY_STORE_URL"),
    (BUCKET | {"S3_ENDPOINT": "store.example:9000"}, "CLEARWAY_S3_ENDPOINT"),
    (BUCKET | {"S3_ENDPOINT": "https://KEY:HIDDEN@store.example"}, "CLEARWAY_S3_ENDPOINT"),
    (BUCKET | {"S3_ENDPOINT": "https://store.example/photos"}, "CLEARWAY_S3_ENDPOINT"),
    (BUCKET | {"S3_PUBLIC_ENDPOINT": "https://"}, "CLEARWAY_S3_PUBLIC_ENDPOINT"),
    (BUCKET | {"S3_ACCESS_KEY": "HIDDEN"}, "CLEARWAY_S3_SECRET_KEY"),
    (BUCKET | {"S3_SECRET_KEY": "HIDDEN"}, "CLEARWAY_S3_ACCESS_KEY"),
    ({"STORE_URL": "file:///photos", "DOWNLOADS": "redirect"}, "CLEARWAY_DOWNLOADS"),
]


def environment(settings: dict[str, str]) -> dict[str, str]:
    return DATABASE | {f"CLEARWAY_{name}": value for name, value in settings.items()}


@pytest.mark.parametrize(("settings", "named"), WRONG)
@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_a_wrong_address_is_told_by_the_settings_name_and_never_repeated(
    settings: dict[str, str], named: str, language: i18n.Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8" if language == "zh-CN" else "en_US.UTF-8")
    with pytest.raises(SettingsError) as error:
        needs_store(read_settings(environment(settings)))
    assert named in str(error.value)
    assert "HIDDEN" not in str(error.value)
    assert bool(re.search(r"[\u4e00-\u9fff]", str(error.value))) == (language == "zh-CN")


@pytest.mark.parametrize(
    "settings",
    [
        {"STORE_URL": "file:///srv/photos"},
        {"STORE_URL": "s3://photos"},
        {"STORE_URL": "s3://photos/city/2026", "S3_ENDPOINT": "http://127.0.0.1:9000"},
        BUCKET | {"S3_ENDPOINT": "https://[2001:db8::1]:443", "S3_PUBLIC_ENDPOINT": "https://photos.example"},
        BUCKET | {"S3_ACCESS_KEY": "one", "S3_SECRET_KEY": "two", "DOWNLOADS": "redirect"},
    ],
)
def test_an_address_that_may_be_right_is_not_refused(settings: dict[str, str]) -> None:
    needs_store(read_settings(environment(settings)))


@pytest.mark.parametrize(
    ("terminal", "language"),
    [
        ({}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh-CN"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8", "LC_ALL": ""}, "zh-CN"),
    ],
)
def test_a_terminal_says_its_language(terminal: dict[str, str], language: str) -> None:
    assert language_of(terminal) == language


def test_every_option_of_the_store_is_a_setting_of_the_same_name() -> None:
    settings = read_settings({"CLEARWAY_S3_SECRET_KEY": "HIDDEN", "CLEARWAY_S3_ATTEMPTS": "5"})
    assert settings.s3() == S3Options(secret_key="HIDDEN", attempts=5)
    assert read_settings({}).s3() == S3Options()
    assert "HIDDEN" not in repr(settings) + repr(settings.s3())


@pytest.mark.parametrize(
    ("findings", "named"),
    [
        (Findings(reachable=False, writable=False, trouble="silence"), "CLEARWAY_S3_ENDPOINT"),
        (
            Findings(reachable=True, writable=False, trouble="the store answers 403 (403) to x"),
            "CLEARWAY_S3_SECRET_KEY",
        ),
        (Findings(reachable=True, writable=False, trouble="no object has this key"), "CLEARWAY_STORE_URL"),
        (Findings(reachable=True, writable=True, refuses_second_write=False), "CLEARWAY_S3_WRITE_ONCE"),
        (Findings(reachable=True, writable=True, ranges=True, locks=False), "CLEARWAY_S3_OBJECT_LOCK_DAYS"),
        (Findings(reachable=True, writable=False, clock_seconds=-1000, trouble="skewed (403)"), "("),
    ],
)
def test_what_a_store_lacks_is_told_with_the_setting_to_look_at(findings: Findings, named: str) -> None:
    sentences = [store_words.refusal_of(findings, language) for language in i18n.LANGUAGES]
    assert all(named.replace("(", "（" if index == 0 else "(") in text for index, text in enumerate(sentences))
    assert len(set(sentences)) == len(sentences)


def test_a_store_that_lacks_nothing_is_not_complained_of() -> None:
    assert store_words.refusal_of(Findings(reachable=True, writable=True, refuses_second_write=True), "en") == ""
