"""The feed of published cases: JSON Feed 1.1 (jsonfeed.org)."""

from datetime import datetime

from schemas.base import Answer


class FeedItem(Answer, kw_only=True, frozen=True, omit_defaults=True):
    """A published case. The pictures are left out where there are none."""

    id: str
    url: str
    title: str
    content_text: str
    summary: str
    date_published: datetime
    """The beginning of the day, in China."""
    language: str
    tags: list[str]
    date_modified: datetime | None = None
    image: str | None = None
    banner_image: str | None = None


class Feed(Answer, kw_only=True, frozen=True, omit_defaults=True):
    """One page of the feed, newest first; `next_url` is left out on the last."""

    version: str
    title: str
    description: str
    home_page_url: str
    feed_url: str
    language: str
    items: list[FeedItem]
    next_url: str | None = None
