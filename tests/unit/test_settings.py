"""Settings are read once, and a wrong one is named before anything starts."""

import re

import msgspec
import pytest

from service.settings import ELSEWHERE, Settings, SettingsError, read_settings, reference


def test_nothing_set_means_the_defaults_and_what_is_set_counts() -> None:
    assert read_settings({"PATH": "/bin", "HOME": "/root"}) == Settings()
    settings = read_settings(
        {"CLEARWAY_PORT": " 9000 ", "CLEARWAY_DEMO": "true", "CLEARWAY_PUBLIC_BASE_URL": "https://clearway.example"}
    )
    assert (settings.port, settings.demo, settings.public_base_url) == (9000, True, "https://clearway.example")


def test_a_misspelled_setting_is_refused_by_name() -> None:
    with pytest.raises(SettingsError, match="CLEARWAY_DATABSE_URL, CLEARWAY_PROT"):
        read_settings({"CLEARWAY_PROT": "9000", "CLEARWAY_DATABSE_URL": "x", "CLEARWAY_PORT": "9000"})


def test_what_commands_read_themselves_is_no_unknown_setting() -> None:
    assert read_settings(dict.fromkeys(ELSEWHERE, "x")) == Settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "70000"),
        ("PORT", "-1"),
        ("PORT", "http"),
        ("PORT", ""),
        ("UPLOAD_MAX_BYTES", "0"),
        ("UPLOAD_MAX_BYTES", "50MB"),
        ("UPLOAD_EXPIRES_SECONDS", "1.5"),
        ("SESSION_IDLE_SECONDS", "0"),
        ("IMAGING_PROCESSES", "0"),
        ("LOG_LEVEL", "loud"),
        ("DEMO", "maybe"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("TRUSTED_PROXIES", "10.0.0.0/8, proxy.example"),
        ("PUBLIC_BASE_URL", "clearway.example"),
        ("PUBLIC_BASE_URL", "https://clearway.example/"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_the_settings_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"CLEARWAY_{name}"):
        read_settings({f"CLEARWAY_{name}": value})


def test_every_wrong_value_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as error:
        read_settings({"CLEARWAY_PORT": "x", "CLEARWAY_LOG_LEVEL": "loud", "CLEARWAY_TRUSTED_PROXIES": "?"})
    assert all(name in str(error.value) for name in ("CLEARWAY_PORT", "CLEARWAY_LOG_LEVEL", "CLEARWAY_TRUSTED_PROXIES"))


def test_a_wrong_value_is_not_repeated_for_it_may_be_a_secret() -> None:
    with pytest.raises(SettingsError) as error:
        read_settings({"CLEARWAY_PORT": "postgresql://clearway:secret@localhost/clearway"})
    assert "secret" not in str(error.value)


def test_trusted_proxies_are_networks_of_both_protocols() -> None:
    settings = read_settings({"CLEARWAY_TRUSTED_PROXIES": "10.0.0.0/8, 192.0.2.7 ,2001:db8::/32,"})
    assert [str(network) for network in settings.proxies()] == ["10.0.0.0/8", "192.0.2.7/32", "2001:db8::/32"]
    assert Settings().proxies() == ()


def test_the_reference_explains_every_setting_with_its_default() -> None:
    text = reference()
    for field in msgspec.structs.fields(Settings):
        assert f"CLEARWAY_{field.name.upper()}={field.default}\n    " in text
    assert len(re.findall(r"^CLEARWAY_\w+=", text, re.MULTILINE)) == len(msgspec.structs.fields(Settings))


def test_settings_cannot_be_changed_once_read() -> None:
    with pytest.raises(AttributeError):
        Settings().port = 1  # type: ignore[misc]
