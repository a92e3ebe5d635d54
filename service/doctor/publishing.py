"""What the public is told: whom to tell of an objection, for a published case may be somebody's home."""

from collections.abc import Iterator

from service.doctor.findings import Finding, ok, warning
from service.settings import Settings


def look(settings: Settings) -> Iterator[Finding]:
    """Only what is set; a demonstration has nobody to tell."""
    if settings.objection_contact.strip():
        yield ok("publishing.contact", contact=settings.objection_contact, days=settings.objection_days)
    elif not settings.demo:
        yield warning("publishing.no_contact")
