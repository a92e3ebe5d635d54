"""What a backup asks of the database, and what a restored one still needs."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from service.database import Connection

LISTED_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Facts:
    """`server_version` as in server_version_num: 150018. `migration` is the last one applied; `is_encrypted` says
    whether this connection is.
    """

    server_version: int
    migration: int
    last_event_id: int
    is_encrypted: bool


@dataclass(frozen=True, slots=True)
class Named:
    """An object that a row names. Of a rendition the rows keep neither size nor hash."""

    key: str
    size: int | None
    sha256: bytes | None


async def export_snapshot(connection: Connection) -> str:
    """The name under which others see what this transaction sees, for as long as it lasts: it may take its time."""
    await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
    name: str = await connection.fetchval("SELECT pg_export_snapshot()")
    return name


@dataclass(frozen=True, slots=True)
class Server:
    """A server's version, 150018 for 15.18, and whether the connection to it is encrypted."""

    version: int
    is_encrypted: bool


async def server(connection: Connection) -> Server:
    """What is at the other end of this connection."""
    row = await connection.fetchrow(
        """SELECT current_setting('server_version_num')::int AS version,
                  coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS is_encrypted"""
    )
    assert row is not None
    return Server(**row)


async def facts(connection: Connection) -> Facts:
    """By which a database and its backup are told apart from others."""
    row = await connection.fetchrow(
        """SELECT current_setting('server_version_num')::int AS server_version,
                  (SELECT coalesce(max(version), 0) FROM schema_migrations) AS migration,
                  (SELECT coalesce(max(id), 0) FROM events) AS last_event_id,
                  coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS is_encrypted"""
    )
    assert row is not None
    return Facts(**row)


async def is_empty(connection: Connection) -> bool:
    """Whether nobody has made a table, view or sequence in this database."""
    empty: bool = await connection.fetchval(
        """SELECT NOT EXISTS (
               SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
                 AND NOT EXISTS (SELECT FROM pg_depend d
                                 WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'))"""
    )
    return empty


async def objects(connection: Connection) -> AsyncIterator[Named]:
    """Every object that must be kept, originals first: pictures of retracted cases and unfinished uploads are not."""
    async for row in connection.cursor(
        """SELECT key, size, sha256 FROM (
               SELECT 1 AS family, object_key AS key, size, sha256 FROM photos
               UNION SELECT 1, object_key, size, sha256 FROM attachments
               UNION SELECT 2, 'cases/' || i.name || CASE f.key WHEN '' THEN '' ELSE '-' || f.key END,
                            (f.value ->> 'size')::bigint, decode(f.value ->> 'sha256', 'hex')
                     FROM (SELECT p.name, p.files FROM case_pictures p JOIN cases c ON c.id = p.case_id
                           WHERE p.state = 'ready' AND c.state <> 'retracted'
                           UNION SELECT s.name, s.files
                           FROM public_case_pictures s JOIN public_cases c USING (case_id, edition)
                           WHERE c.status <> 'retracted') AS i, jsonb_each(i.files) AS f
               UNION SELECT 3, preview_key, NULL, NULL FROM photos WHERE preview_key IS NOT NULL
               UNION SELECT 3, thumbnail_key, NULL, NULL FROM photos WHERE thumbnail_key IS NOT NULL
           ) AS named ORDER BY family, key""",
        prefetch=LISTED_AT_ONCE,
    ):
        yield Named(row["key"], row["size"], row["sha256"])


async def pictures_shown(connection: Connection) -> frozenset[str]:
    """The names of the pictures of all cases that are not retracted, and of the copies that the public has."""
    rows = await connection.fetch(
        """SELECT p.name FROM case_pictures p JOIN cases c ON c.id = p.case_id
           WHERE p.state = 'ready' AND c.state <> 'retracted'
           UNION SELECT s.name FROM public_case_pictures s JOIN public_cases c USING (case_id, edition)
           WHERE c.status <> 'retracted'"""
    )
    return frozenset(row["name"] for row in rows)


async def published(connection: Connection) -> list[tuple[str, str]]:
    """Slug and Chinese title of the public cases, by the time they were published."""
    rows = await connection.fetch(
        """SELECT c.slug, t.title
           FROM public_cases c JOIN public_case_texts t ON t.case_id = c.case_id AND t.language = 'zh-CN'
           WHERE c.status <> 'retracted' ORDER BY c.published_at, c.slug"""
    )
    return [(row["slug"], row["title"]) for row in rows]


async def slugs_of_pictures(connection: Connection, names: list[str]) -> list[str]:
    """The public cases that show one of these pictures."""
    rows = await connection.fetch(
        """SELECT DISTINCT c.slug FROM public_cases c JOIN public_case_pictures p USING (case_id, edition)
           WHERE c.status <> 'retracted' AND p.name = ANY($1) ORDER BY c.slug""",
        names,
    )
    return [row["slug"] for row in rows]


async def render_all_again(connection: Connection) -> int:
    """Has every rendition made anew. Returns of how many photos."""
    result = await connection.execute(
        """WITH again AS (
               UPDATE photos SET rendition_state = 'pending', rendition_problem = NULL, preview_key = NULL,
                      thumbnail_key = NULL
               WHERE rendition_state = 'ready' RETURNING id
           )
           INSERT INTO pgqueuer (priority, entrypoint, payload, dedupe_key, status)
           SELECT 0, 'photo.render', convert_to(json_build_object('photo_id', id)::text, 'UTF8'),
                  'photo.render:' || id, 'queued' FROM again
           ON CONFLICT (dedupe_key) WHERE status IN ('queued', 'picked') AND dedupe_key IS NOT NULL DO NOTHING"""
    )
    return int(result.split()[-1])


async def render_again(connection: Connection, keys: list[str]) -> int:
    """Has these renditions made anew. Returns of how many photos."""
    result = await connection.execute(
        """WITH again AS (
               UPDATE photos SET rendition_state = 'pending', rendition_problem = NULL, preview_key = NULL,
                      thumbnail_key = NULL
               WHERE rendition_state = 'ready' AND (preview_key = ANY($1) OR thumbnail_key = ANY($1)) RETURNING id
           )
           INSERT INTO pgqueuer (priority, entrypoint, payload, dedupe_key, status)
           SELECT 0, 'photo.render', convert_to(json_build_object('photo_id', id)::text, 'UTF8'),
                  'photo.render:' || id, 'queued' FROM again
           ON CONFLICT (dedupe_key) WHERE status IN ('queued', 'picked') AND dedupe_key IS NOT NULL DO NOTHING""",
        keys,
    )
    return int(result.split()[-1])


async def analyze(connection: Connection) -> None:
    """Has the planner count what a dump does not carry: without it the first searches would read whole tables."""
    await connection.execute("ANALYZE")
