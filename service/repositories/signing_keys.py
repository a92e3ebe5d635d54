"""Keys that the server makes for itself."""

from service.database import Connection


async def find(connection: Connection, purpose: str) -> bytes | None:
    """The key for a purpose, None before its first use."""
    key: bytes | None = await connection.fetchval("SELECT key FROM signing_keys WHERE purpose = $1", purpose)
    return key


async def keep_first(connection: Connection, purpose: str, key: bytes) -> None:
    """Keeps the key unless the purpose has one: whoever comes first decides, for every replica."""
    await connection.execute(
        "INSERT INTO signing_keys (purpose, key) VALUES ($1, $2) ON CONFLICT DO NOTHING", purpose, key
    )
