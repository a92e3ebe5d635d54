"""compose.yaml says only what the image, the settings and the proxy know. No container engine reads it here."""

import re
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from service.app import VERSION
from service.settings import FROM_FILE, read_settings
from tests.deployment.dockerfile import ROOT, read

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("migrate", "web1", "web2", "worker")


def without_default(value: str) -> str:
    """What compose makes of ${NAME:-default} when nobody sets NAME."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value)


def test_every_setting_is_one_that_the_service_knows(tmp_path: Path) -> None:
    for name in OURS:
        given = {key: without_default(str(value)) for key, value in SERVICES[name]["environment"].items()}
        for key in [key for key in given if key.lower().endswith(FROM_FILE)]:
            secret = Path(given[key]).name
            assert secret in SERVICES[name]["secrets"], key
            (tmp_path / secret).write_text("postgresql://clearway:secret@database:5432/clearway")
            given[key] = str(tmp_path / secret)
        settings = read_settings(given)
        assert (settings.s3_write_once, settings.store_url) == ("conditional", "s3://clearway"), name


def test_every_secret_is_made_and_no_password_is_written_down() -> None:
    made = re.findall(r"^keep (\w+)", (ROOT / "deploy/secrets.sh").read_text(), re.MULTILINE)
    assert sorted(made) == sorted(COMPOSE["secrets"])
    for name, service in SERVICES.items():
        assert set(service.get("secrets", ())) <= COMPOSE["secrets"].keys(), name
        for key in service.get("environment", {}):
            assert not re.search(r"PASSWORD$|SECRET_KEY$|DATABASE_URL$", key), (name, key)


def test_only_the_proxy_is_reachable_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert [name for name, service in SERVICES.items() if service["networks"] != ["inside"]] == ["proxy"]
    assert COMPOSE["networks"]["inside"]["internal"] is True
    [subnet] = COMPOSE["networks"]["inside"]["ipam"]["config"]
    assert SERVICES["web1"]["environment"]["CLEARWAY_TRUSTED_PROXIES"] == subnet["subnet"]


def test_nothing_but_the_database_writes_outside_its_volumes_or_may_become_somebody_else() -> None:
    for name, service in SERVICES.items():
        if name != "database":
            assert service["read_only"] is True, name
            assert service["cap_drop"] == ["ALL"], name
            assert service["security_opt"] == ["no-new-privileges:true"], name
    assert read()[-1].last("USER") == "10001:10001"
    assert read(ROOT / "deploy/store.Dockerfile")[-1].last("USER") == "ceph"


def test_the_proxy_knows_both_replicas_and_passes_bodies_on_as_they_come() -> None:
    configuration = (ROOT / "deploy/nginx.conf").read_text()
    assert re.findall(r"server (\w+):8000", configuration) == ["web1", "web2"]
    assert "proxy_request_buffering off;" in configuration
    assert read()[-1].environment["CLEARWAY_PORT"] == "8000"


def test_the_images_carry_the_version() -> None:
    assert {service["image"] for name, service in SERVICES.items() if name in OURS} == {f"clearway:{VERSION}"}
    assert SERVICES["store"]["image"] == f"clearway-store:{VERSION}"
