"""Tables as JSON: an array of objects; and areas as GeoJSON (RFC 7946), whose features are rows with a geometry."""

from typing import Any, Final

import msgspec

from service.domain.import_columns import COLUMNS, heading_key
from service.domain.imports import Line, Table
from service.problems import Problem
from service.reporting.packages import MOST_BYTES, MOST_ROWS

_WGS84: Final = ("CRS84", "EPSG::4326", "EPSG:4326", "EPSG::4490", "EPSG:4490")


def read(content: bytes) -> Table:
    """Rows in their order, numbered from 1; the headings are all names that occur.

    422 `import.encoding_wrong`, `import.json_invalid`, `import.json_no_rows`; 413 `import.file_too_large`,
    `import.rows_too_many`.
    """
    rows = _decode(content)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Problem("import.json_no_rows")
    return _table(rows)


def write(table: Table) -> bytes:
    """The rows as objects under the names that they had; what was missing is left out."""
    rows = [
        {heading: cell for heading, cell in zip(table.headings, line.cells, strict=False) if cell is not None}
        for line in table.lines
    ]
    return msgspec.json.format(msgspec.json.encode(rows, enc_hook=str), indent=2) + b"\n"


def read_features(content: bytes) -> tuple[Table, list[Any]]:
    """The properties of every feature that areas have, and the features themselves, whose other properties a map
    program put there. Problems as `read`; 422 `import.no_features`, `import.datum_wrong`.
    """
    collection = _decode(content)
    features = collection.get("features") if isinstance(collection, dict) else None
    if not isinstance(features, list) or not all(isinstance(feature, dict) for feature in features):
        raise Problem("import.no_features")
    # RFC 7946, 4: "The coordinate reference system for all GeoJSON coordinates is [...] WGS 84"; older files may say
    # that theirs is another.
    system = collection.get("crs")
    if system is not None and not str(_name_of(system)).endswith(_WGS84):
        raise Problem("import.datum_wrong")
    known = {key for column in COLUMNS["areas"] for key in column.keys}
    rows = []
    for feature in features:
        properties = feature.get("properties")
        rows.append(
            {name: value for name, value in properties.items() if heading_key(name) in known}
            if isinstance(properties, dict)
            else {}
        )
    return _table(rows), features


def write_features(features: list[Any], errors: dict[int, str], heading: str) -> bytes:
    """The features with errors, each with its error among its properties, to be mended and sent again."""
    wrong = []
    for number, error in sorted(errors.items()):
        feature = features[number - 1]
        properties = feature.get("properties")
        wrong.append(
            {**feature, "properties": {**(properties if isinstance(properties, dict) else {}), heading: error}}
        )
    return msgspec.json.format(msgspec.json.encode({"type": "FeatureCollection", "features": wrong}), indent=2) + b"\n"


def _name_of(system: Any) -> Any:
    properties = system.get("properties") if isinstance(system, dict) else None
    return properties.get("name") if isinstance(properties, dict) else None


def _decode(content: bytes) -> Any:
    if len(content) > MOST_BYTES:
        raise Problem("import.file_too_large", limit_bytes=MOST_BYTES)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Problem("import.encoding_wrong") from error
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Problem("import.json_invalid", reason=str(error)) from error


def _table(rows: list[dict[str, Any]]) -> Table:
    if len(rows) > MOST_ROWS:
        raise Problem("import.rows_too_many", most=MOST_ROWS)
    headings = tuple(dict.fromkeys(name for row in rows for name in row))
    return Table(
        headings,
        tuple(Line(number, tuple(row.get(heading) for heading in headings)) for number, row in enumerate(rows, 1)),
    )
