"""The restore drill: a place made from nothing but a backup is the service that was backed up."""

from pathlib import Path
from uuid import UUID

import httpx

from schemas.cases import CaseState
from service.app import build_app
from service.settings import Settings, read_settings
from service.workflows.case_pictures import LABELS, object_key
from tests import case_factory as factory
from tests import paper_factory
from tests.backup.places import NOT_RESTORED, Place, fetch, rows_of
from tests.conftest import client_of, running
from tests.hazard_factory import Json, answered
from tests.people import PASSWORD, signed_in
from tests.stores import only_a_folder

PUBLIC = ("/cases", "/cases.json")


async def world(client: httpx.AsyncClient, settings: Settings) -> tuple[Json, Json]:
    """Closed hazards with photos and renditions, a public case and a retracted one."""
    async with factory.worker_of(settings) as worker:
        _, shown = await factory.illustrated_case(client, settings, worker, seed=1)
        shown = await factory.advance(client, shown, CaseState.PUBLISHED)
        _, gone = await factory.illustrated_case(client, settings, worker, seed=2)
        gone = await factory.advance(client, gone, CaseState.RETRACTED)
        await factory.work_off(settings, worker, "photo.render")
    answered(await paper_factory.send_paper(client, paper_factory.pdf()))
    return shown, gone


async def answers(client: httpx.AsyncClient, token: str) -> dict[str, tuple[int, bytes]]:
    """What a service answers to an auditor and to the public, photos and pictures too."""
    signed = {"Authorization": f"Bearer {token}"}
    found: dict[str, tuple[int, bytes]] = {}

    async def ask(address: str, **headers: str) -> httpx.Response:
        answer = await client.get(address, headers=headers)
        found[address] = (answer.status_code, answer.content)
        return answer

    for hazard in (await ask("/api/v1/hazards", **signed)).json()["items"]:
        one = (await ask(f"/api/v1/hazards/{hazard['id']}", **signed)).json()
        await ask(f"/api/v1/hazards/{hazard['id']}/events", **signed)
        for photo in one["photos"]:
            for what in ("", "/original", "/preview", "/thumbnail", "/receipt"):
                await ask(f"/api/v1/photos/{photo['id']}{what}", **signed)
    for case in (await ask("/api/v1/cases", **signed)).json()["items"]:
        await ask(f"/api/v1/cases/{case['id']}", **signed)
    for address in (*PUBLIC, "/api/v1/categories", "/api/v1/organizations", "/api/v1/areas"):
        await ask(address, **signed)
    for item in (await client.get("/cases.json")).json()["items"]:
        for address in (item["url"], item["image"], item["banner_image"]):
            await ask(address.removeprefix("https://clearway.example"))
    return found


async def pictures_of(place: Place, case: Json) -> set[str]:
    rows = await fetch(place.database_url, "SELECT name FROM case_pictures WHERE case_id = $1", UUID(case["id"]))
    return {object_key(name, label) for (name,) in rows for label in LABELS}


def published_in(folder: Path) -> str:
    [file] = folder.glob("snapshots/*/published.txt")
    return file.read_text()


async def sign_in(client: httpx.AsyncClient, account: str) -> str:
    answer = await client.post("/api/v1/sessions", json={"account": account, "password": PASSWORD})
    token: str = answered(answer)["token"]
    return token


async def test_after_a_restore_every_original_and_every_event_is_there_and_the_service_answers_the_same(
    client: httpx.AsyncClient, settings: Settings, empty: Place, folder: Path, tmp_path: Path
) -> None:
    only_a_folder("the drill compares two folders")
    source = Place(settings.database_url, tmp_path / "store")
    shown, gone = await world(client, settings)
    before = await answers(client, await sign_in(client, "auditor"))
    status, printed = source.run_process("backup", str(folder))
    assert status == 0, printed
    rows = await rows_of(source.database_url)

    status, printed = empty.run_process("restore", str(folder))
    assert status == 0, printed
    restored = await rows_of(empty.database_url)
    assert restored.keys() == rows.keys()
    for table, holds in rows.items():
        assert restored[table] == ((0, None) if table in NOT_RESTORED else holds), table
    assert rows["events"][0] > 20
    objects = empty.objects()
    for key, sha256 in await fetch(empty.database_url, "SELECT object_key, encode(sha256, 'hex') FROM photos"):
        assert objects[key] == sha256

    # The pictures of the retracted case still lay in the store when the backup was made: the worker had not come to it.
    of_gone = await pictures_of(source, gone)
    assert of_gone < source.objects().keys()
    assert not of_gone & objects.keys()
    assert await pictures_of(source, shown) <= objects.keys()
    assert objects == {key: held for key, held in source.objects().items() if key not in of_gone}
    assert f"1 cases are public now. Compare {folder}/snapshots/" in printed
    assert published_in(folder).startswith(shown["address"].rpartition("/")[2] + "\t")

    public_base = {"public_base_url": "https://clearway.example", "disk_floor_bytes": "0"}
    own = {f"CLEARWAY_{name.upper()}": value for name, value in public_base.items()}
    there = read_settings(
        {name: value for name, value in empty.settings().items() if name.startswith("CLEARWAY_")} | own
    )
    async with running(build_app(there)) as app, client_of(app) as other:
        refused = await other.get("/api/v1/hazards", headers=signed_in("auditor"))
        assert refused.status_code == 401, "a session outlived the restore"
        assert await answers(other, await sign_in(other, "auditor")) == before
