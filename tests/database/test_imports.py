"""An operator brings in the bureau's tables with `clearway import`: all of a table or nothing of it."""

import asyncio
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from openpyxl import load_workbook

from schemas.hazards import State
from service.workflows.accounts import password_matches
from tests import hazard_factory, people
from tests.servers import _without_settings
from tests.workbooks import workbook

Clearway = Callable[..., tuple[int, str]]
ORGANIZATIONS = ["单位编码", "单位名称", "上级单位编码"]
PREMISES = [
    "场所编号",
    "场所名称",
    "所属单位编码",
    "场所类型",
    "责任单位",
    "地址",
    "整改责任人账号",
    "纬度",
    "经度",
    "坐标系",
]
MALL = ["1001.0", "商厦", "１４０３０２", "商场", "示例公司", "南大街1号", " OWNER ", 37.857803, "113.586802", "GCJ02"]
PEOPLE = ["姓名", "账号", "角色", "单位编码"]


@pytest.fixture
def clearway(database_url: str, tmp_path: Path) -> Clearway:
    """Runs the real command; returns its status and what it printed."""

    def run(*arguments: object, password: str | None = None) -> tuple[int, str]:
        environment = _without_settings() | {
            "CLEARWAY_DATABASE_URL": database_url,
            "CLEARWAY_STORE_URL": (tmp_path / "store").as_uri(),
        }
        environment.pop("CLEARWAY_PASSWORD", None)
        if password is not None:
            environment["CLEARWAY_PASSWORD"] = password
        command = [sys.executable, "-m", "service.cli", *map(str, arguments)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, done.stdout + done.stderr

    return run


async def brought_in(clearway: Clearway, *arguments: object, **named: Any) -> tuple[int, str]:
    return await asyncio.to_thread(clearway, "import", *arguments, "--language", "en", **named)


async def fetch(database_url: str, query: str) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(database_url)
    try:
        return [tuple(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()


async def test_a_table_is_brought_in_once_however_often_it_is_imported(
    clearway: Clearway, database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "单位.xlsx"
    # The parent stands below its child.
    file.write_bytes(
        workbook(["郊区的单位"], ORGANIZATIONS, ["140311-1", "示例街道", "140311"], ["140311", "郊区", 140300.0])
    )
    dry = await brought_in(clearway, "organizations", file, "--dry-run")
    assert dry == (0, "organizations: 2 would be added, 0 changed, 0 unchanged; nothing was written\n")
    assert await fetch(database_url, "SELECT count(*) FROM organizations WHERE code LIKE '140311%'") == [(0,)]
    assert await brought_in(clearway, "organizations", file) == (0, "organizations: 2 added, 0 changed, 0 unchanged\n")
    assert await brought_in(clearway, "organizations", file) == (0, "organizations: 0 added, 0 changed, 2 unchanged\n")
    assert await fetch(
        database_url,
        """SELECT o.code, o.name, p.code, (SELECT count(*) FROM organization_subtrees t WHERE t.organization_id = o.id)
           FROM organizations o JOIN organizations p ON p.id = o.parent_id WHERE o.code LIKE '140311%' ORDER BY 1""",
    ) == [("140311", "郊区", "140300", 2), ("140311-1", "示例街道", "140311", 3)]
    assert (
        await fetch(database_url, "SELECT subject, kind FROM events") == [("organization", "organization.created")] * 2
    )
    file.write_bytes(workbook(ORGANIZATIONS, ["140311", "郊区住建局", "140300"]))
    assert await brought_in(clearway, "organizations", file) == (0, "organizations: 0 added, 1 changed, 0 unchanged\n")


async def test_wrong_rows_write_nothing_and_come_back_in_a_sheet_that_can_be_mended_and_imported(
    clearway: Clearway, database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "places.xlsx"
    wrong = ["1002", "=1+1", "999999", None, None, None, "nobody", 95, "113.5", "GCJ-02"]
    half = ["1003", "x", "140302", None, None, None, "desk", 37.8, None, None]
    file.write_bytes(workbook(["台账"], PREMISES, MALL, wrong, [], half))
    status, printed = await brought_in(clearway, "premises", file)
    assert status == 1
    assert "Rows with mistakes: 2. Nothing was written. (import.rows_wrong)" in printed
    assert await fetch(database_url, "SELECT count(*) FROM premises") == [(0,)]
    errors = tmp_path / "places.errors.xlsx"
    sheet: Any = load_workbook(BytesIO(errors.read_bytes())).active
    head, first, second = ([cell.value for cell in row] for row in sheet.iter_rows())
    assert head == [*PREMISES, "Error"]
    assert first[0] == "1002"
    assert first[-1].startswith("Row 4: ")
    # The formula of the file had no value, so the sheet has none either, and every mistake is named.
    for column in ("Name:", "Latitude:", "Datum:"):
        assert column in first[-1]
    assert second[-1].startswith("Row 6: ")
    # References are looked up only of rows that can be read.
    assert "Owner account:" in second[-1]

    for column, value in zip("ABCDEFGHIJ", MALL, strict=True):
        sheet[f"{column}2"] = value
        sheet[f"{column}3"] = value
    sheet["A2"], sheet["A3"] = "1002", "1003"
    sheet.parent.save(errors)
    assert await brought_in(clearway, "premises", errors) == (0, "premises: 2 added, 0 changed, 0 unchanged\n")


async def test_premises_and_checkpoints_are_found_again_by_their_numbers(
    clearway: Clearway, database_url: str, tmp_path: Path
) -> None:
    places, points = tmp_path / "places.xlsx", tmp_path / "points.json"
    places.write_bytes(workbook(PREMISES, MALL))
    assert (await brought_in(clearway, "premises", places))[1] == "premises: 1 added, 0 changed, 0 unchanged\n"
    assert (await brought_in(clearway, "premises", places))[1] == "premises: 0 added, 0 changed, 1 unchanged\n"
    [(code, owner, longitude, latitude)] = await fetch(
        database_url, "SELECT code, owner_id, position[0], position[1] FROM premises"
    )
    assert (code, owner) == ("1001", people.account_id("owner"))
    assert (longitude, latitude) == pytest.approx((113.5804, 37.8573), abs=1e-5)

    points.write_text(json.dumps([{"premises": 1001, "code": "E1", "name": "East stair", "floor": 2}]), "utf-8")
    assert (await brought_in(clearway, "checkpoints", points))[1] == "checkpoints: 1 added, 0 changed, 0 unchanged\n"
    assert (await brought_in(clearway, "checkpoints", points))[1] == "checkpoints: 0 added, 0 changed, 1 unchanged\n"
    rows = [{"premises": "1001", "code": "E1", "name": "East"}, {"premises": "7", "code": "1", "name": "x"}]
    points.write_text(json.dumps(rows), "utf-8")
    status, printed = await brought_in(clearway, "checkpoints", points)
    assert (status, "Row 2: Premises code: There is no 7" in printed) == (1, True)
    [wrong] = json.loads((tmp_path / "points.errors.json").read_text("utf-8"))
    assert wrong["premises"] == "7"
    assert wrong["Error"].startswith("Row 2: ")
    assert await fetch(database_url, "SELECT name, floor FROM checkpoints") == [("East stair", "2")]


async def test_new_people_get_passwords_that_only_the_operator_can_read(
    clearway: Clearway, database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "people.xlsx"
    rows = [
        ["张三", "zhang", "检查员", "140302"],
        ["张三", "ZHANG ", "desk", "140303"],
        ["李四", "li", "整改责任人", "140302"],
    ]
    file.write_bytes(workbook(PEOPLE, *rows))
    status, printed = await brought_in(clearway, "accounts", file)
    assert (status, printed.splitlines()[0]) == (0, "accounts: 2 added, 1 changed, 0 unchanged")
    handed_out = tmp_path / "people.passwords.txt"
    assert stat.S_IMODE(handed_out.stat().st_mode) == 0o600
    passwords = dict(line.split("\t") for line in handed_out.read_text("utf-8").splitlines())
    assert passwords.keys() == {"zhang", "li"}
    assert not any(password in printed for password in passwords.values())
    hashes = dict(
        await fetch(database_url, "SELECT account, password_hash FROM accounts WHERE account IN ('zhang','li')")
    )
    for account, password in passwords.items():
        assert await password_matches(str(hashes[account]), password)
    assert await brought_in(clearway, "accounts", file) == (0, "accounts: 0 added, 0 changed, 3 unchanged\n")

    # A file of passwords is never overwritten, and nothing is written without one.
    file.write_bytes(workbook(PEOPLE, ["王五", "wang", "检查员", "140302"]))
    status, printed = await brought_in(clearway, "accounts", file)
    assert (status, "import.file_exists" in printed) == (1, True)
    assert await fetch(database_url, "SELECT count(*) FROM accounts WHERE account = 'wang'") == [(0,)]
    status, printed = await brought_in(clearway, "accounts", file, password="too short")
    assert (status, "12" in printed) == (1, True)
    assert (await brought_in(clearway, "accounts", file, password=people.PASSWORD))[0] == 0


async def test_a_changed_category_begins_an_edition_and_what_hazards_are_of_stays(
    clearway: Clearway, database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "categories.xlsx"
    head = ["类别码", "名称", "英文名称", "优先级", "可能重大", "整改天数", "依据", "生效日期"]
    row = ["A05", "通道封闭", "Passage sealed", "P1", "是", 5, "XF60（3）、61-21", date(2027, 1, 1)]
    new = ["K01", "新类别", "New kind", "P3", "否", "15", None, "2027年1月1日"]
    file.write_bytes(workbook(head, row, new))
    assert (await brought_in(clearway, "categories", file))[1] == "categories: 1 added, 1 changed, 0 unchanged\n"
    assert (await brought_in(clearway, "categories", file))[1] == "categories: 0 added, 0 changed, 2 unchanged\n"
    assert await fetch(
        database_url, "SELECT valid_from, valid_until, days FROM category_editions WHERE code = 'A05' ORDER BY 1"
    ) == [(date(2000, 1, 1), date(2027, 1, 1), 3), (date(2027, 1, 1), None, 5)]
    assert (
        await fetch(database_url, "SELECT kind FROM events WHERE subject = 'category'")
        == [("category.edition_begun",)] * 2
    )
    for wrong, code in (
        ([*row[:6], "XX99", row[7]], "There is no XX99"),
        ([*row[:5], 7, row[6], "2026-12-31"], "an earlier one cannot be written"),
    ):
        file.write_bytes(workbook(head, wrong))
        status, printed = await brought_in(clearway, "categories", file)
        assert (status, code in printed) == (1, True), printed


async def test_an_edition_that_a_hazard_is_of_is_never_written_anew(
    clearway: Clearway, client: httpx.AsyncClient, database_url: str, tmp_path: Path
) -> None:
    await hazard_factory.hazard_in(client, State.REPORTED, category="A04")
    file = tmp_path / "categories.json"
    row = {
        "code": "A04",
        "name_zh": "改写",
        "name_en": "Rewritten",
        "priority": "P1",
        "days": 0,
        "valid_from": "2000-01-01",
    }
    clause = {"key": "XF28", "title_zh": "改写", "title_en": "Rewritten", "penalty_authority": "bureau"}
    captured = await fetch(database_url, "SELECT (captured_at AT TIME ZONE 'Asia/Shanghai')::date FROM hazards")
    for day, status in (("2000-01-01", 1), (captured[0][0].isoformat(), 1), ("2190-01-01", 0)):
        for kind, content in (("categories", row), ("clauses", clause)):
            file.write_text(json.dumps([{**content, "valid_from": day}]), "utf-8")
            ended, printed = await brought_in(clearway, kind, file)
            assert ended == status, printed
    assert await fetch(database_url, "SELECT DISTINCT category_edition FROM hazards") == [(date(2000, 1, 1),)]
    assert await fetch(database_url, "SELECT name_en <> 'Rewritten' FROM category_editions WHERE code = 'A04'") == [
        (True,),
        (False,),
    ]


async def test_a_changed_clause_begins_an_edition_of_every_category_that_cites_it(
    clearway: Clearway, database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "clauses.json"
    clause = {"key": "GC47(2)", "title_zh": "新规定", "title_en": "New provisions", "penalty_authority": "消防救援机构",
              "valid_from": "2027-05-01"}  # fmt: skip
    file.write_text(json.dumps([clause]), "utf-8")
    assert (await brought_in(clearway, "clauses", file))[1] == "clauses: 0 added, 1 changed, 0 unchanged\n"
    assert (await brought_in(clearway, "clauses", file))[1] == "clauses: 0 added, 0 changed, 1 unchanged\n"
    assert await fetch(
        database_url, "SELECT valid_from, valid_until FROM category_editions WHERE code = 'E02' ORDER BY 1"
    ) == [(date(2000, 1, 1), date(2027, 5, 1)), (date(2027, 5, 1), None)]


async def test_areas_come_as_geojson_and_wrong_ones_go_back_as_geojson(
    clearway: Clearway, database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "areas.geojson"
    square = {"type": "Polygon", "coordinates": [[[113.5, 37.8], [113.6, 37.8], [113.6, 37.9], [113.5, 37.8]]]}
    properties = {"code": "140302", "区域名称": "城区", "organization": 140302, "fill": "#fff"}
    good = {"type": "Feature", "properties": properties, "geometry": square}
    bad = {"type": "Feature", "properties": {**properties, "code": "GXQ"}, "geometry": {"type": "Point"}}

    def write(*features: dict[str, Any]) -> None:
        file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")

    write(good, bad)
    status, printed = await brought_in(clearway, "areas", file)
    assert (status, "Row 2: " in printed) == (1, True), printed
    wrong = json.loads((tmp_path / "areas.errors.json").read_text("utf-8"))
    [feature] = wrong["features"]
    assert feature["properties"]["Error"].startswith("Row 2: ")
    assert feature["properties"]["fill"] == "#fff"
    assert await fetch(database_url, "SELECT count(*) FROM areas") == [(0,)]
    write(good)
    assert (await brought_in(clearway, "areas", file))[1] == "areas: 1 added, 0 changed, 0 unchanged\n"
    assert (await brought_in(clearway, "areas", file))[1] == "areas: 0 added, 0 changed, 1 unchanged\n"


async def test_the_rows_of_a_year_are_the_calendar_of_that_year(
    clearway: Clearway, database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "calendar.xlsx"
    head = ["日期", "类型", "说明"]
    file.write_bytes(workbook(head, [date(2026, 1, 1), "放假", "元旦"], ["2026/2/6", "补班", None]))
    assert (await brought_in(clearway, "calendar", file))[1] == "calendar: 2 added, 0 changed, 0 unchanged\n"
    assert (await brought_in(clearway, "calendar", file))[1] == "calendar: 0 added, 0 changed, 2 unchanged\n"
    file.write_bytes(workbook(head, [date(2026, 1, 1), "放假", "元旦节"]))
    assert (await brought_in(clearway, "calendar", file))[1] == "calendar: 0 added, 1 changed, 0 unchanged, 1 removed\n"
    assert await fetch(database_url, "SELECT day, working, name FROM calendar_days") == [
        (date(2026, 1, 1), False, "元旦节")
    ]


async def test_a_few_rows_do_not_make_a_year_known(clearway: Clearway, database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "calendar.xlsx"
    head = ["日期", "类型", "说明"]
    off = [[date(2027, 1, day), "放假", None] for day in range(2, 15)]
    for rows in (off[:1], off, [[date(2027, 1, 1), "放假", None], *off[:3]]):
        file.write_bytes(workbook(head, *rows))
        status, printed = await brought_in(clearway, "calendar", file)
        assert (status, "import.calendar_incomplete" in printed) == (1, True), printed
    assert await fetch(database_url, "SELECT year FROM calendar_years") == []
    file.write_bytes(workbook(head, [date(2027, 1, 1), "放假", None], *off))
    assert (await brought_in(clearway, "calendar", file))[0] == 0


async def test_a_file_that_cannot_be_read_is_told_in_a_sentence(clearway: Clearway, tmp_path: Path) -> None:
    async def refused(name: str, content: bytes | None, kind: str = "organizations") -> str:
        file = tmp_path / name
        if content is not None:
            file.write_bytes(content)
        status, printed = await brought_in(clearway, kind, file)
        assert (status, printed.count("\n")) == (1, 1), printed
        return printed.rpartition("(")[2].rstrip(")\n")

    assert await refused("none.xlsx", None) == "import.file_not_found"
    assert await refused("renamed.xlsx", b"code,name\n") == "import.file_is_no_workbook"
    assert await refused("old.xlsx", bytes.fromhex("d0cf11e0a1b11ae1")) == "import.file_is_old"
    assert await refused("table.csv", b"code,name\n") == "import.format_unknown"
    assert await refused("table.json", "[{}]".encode("utf-16")) == "import.encoding_wrong"
    assert await refused("empty.json", b"[]") == "import.no_rows"
    assert await refused("areas.xlsx", b"", kind="areas") == "import.geojson_expected"
    (tmp_path / "folder.xlsx").mkdir()
    assert await refused("folder.xlsx", None) == "import.file_unreadable"


async def test_an_error_file_that_cannot_be_written_is_told_and_the_mistakes_are_printed(
    clearway: Clearway, tmp_path: Path
) -> None:
    file = tmp_path / "units.json"
    file.write_text('[{"code": "a b", "name": ""}]', "utf-8")
    (tmp_path / "units.errors.json").mkdir()
    status, printed = await brought_in(clearway, "organizations", file)
    assert status == 1
    assert "Row 1: Code: " in printed
    assert "import.file_unwritable" in printed
    assert os.listdir(tmp_path).count("units.errors.json") == 1


async def test_a_template_is_written_once_and_read_as_it_is(clearway: Clearway, tmp_path: Path) -> None:
    file = tmp_path / "人员.xlsx"
    assert await asyncio.to_thread(clearway, "template", "accounts", file) == (0, f"已生成 {file}\n")
    status, printed = await asyncio.to_thread(clearway, "template", "accounts", file)
    assert (status, "import.file_exists" in printed) == (1, True)
    status, printed = await brought_in(clearway, "accounts", file)
    assert (status, "import.no_rows" in printed) == (1, True)
