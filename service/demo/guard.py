"""What must be so before the demo touches a database and a store that somebody else has given it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from service import store_words
from service.database import UNMIGRATED, Database
from service.demo.accounts import ACCOUNTS, FIRST, ORGANIZATIONS, made_at
from service.demo.hazard_stories import STORIES
from service.demo.stories import shots_of
from service.demo.timeline import Timeline
from service.i18n import Language
from service.repositories import accounts, organizations, photos
from service.settings import Settings
from storage import ObjectMissing, ObjectStore, StoreError, open_store


@asynccontextmanager
async def parts(settings: Settings) -> AsyncIterator[tuple[Database, ObjectStore]]:
    """Database and store without the application around them, which would stay in memory for nothing."""
    database = await Database.connect(settings.database_url, connections=2)
    try:
        store = open_store(settings.store_url, settings.s3())
        try:
            yield database, store
        finally:
            await store.close()
    finally:
        await database.close()


async def has_room(database: Database) -> bool:
    """Whether nobody is there, or whoever was first is the demo's: a known password must not open real records.

    Asked before the database is brought up to date: that of real people is not touched.
    """
    try:
        async with database.connection() as connection:
            people = await accounts.role_holders(connection)
            places = await organizations.all_organizations(connection)
    except UNMIGRATED:
        return True
    if not people:
        return all(ORGANIZATIONS.get(place.code) == place.name for place in places)
    first = ACCOUNTS.get(people[0].account)
    return first is not None and first.name == people[0].name


async def refusal_of(store: ObjectStore, language: Language) -> str:
    """What is wrong with the store; empty when it can be used."""
    try:
        await store.check()
    except StoreError as error:
        probe = getattr(store, "probe", None)
        return str(error) if probe is None else store_words.refusal_of(await probe(), language)
    return ""


async def has_photos(database: Database, store: ObjectStore) -> bool:
    """Whether the store holds a photo that the database knows of an earlier start; True before the first one."""
    async with database.connection() as connection:
        if await accounts.by_name(connection, FIRST) is None:
            return True
        timeline = Timeline(await made_at(connection, FIRST))
        for shot in (shot for story in STORIES for shot in shots_of(story)):
            photo = await photos.by_id(connection, timeline.identifier(shot.name, shot.when))
            if photo is not None:
                try:
                    await store.stat(photo.object_key)
                except ObjectMissing:
                    return False
                return True
    return True


def without_secrets(url: str) -> str:
    """Host, port and name of a database's address: no user, no password, no parameters."""
    parts = urlsplit(url)
    return f"{parts.netloc.rpartition('@')[2]}{parts.path}"
