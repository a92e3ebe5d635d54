"""Signed papers of the demo: drawn, sent as attachments, and known by their hash from then on."""

import asyncio
import hashlib
import io
from random import Random

from PIL import Image, ImageDraw, ImageFilter

from schemas.hazards import AttachmentReference
from service.demo.drawing.characters import draw_characters
from service.demo.drawing.signs import centered
from service.demo.drawing.space import Color
from service.demo.drawing.textures import grain, textured
from service.demo.people import People
from service.demo.timeline import Moment, Timeline
from service.repositories import attachments
from service.workflows.context import Context

SIZE = (900, 1240)
INK: Color = (46, 50, 58)
STAMP: Color = (196, 40, 44)


class Papers:
    """Papers by name. What has arrived at an earlier start is neither drawn nor sent again."""

    def __init__(self, context: Context, people: People, timeline: Timeline) -> None:
        self._context = context
        self._people = people
        self._timeline = timeline

    async def reference(self, name: str, title: str, by: str, when: Moment) -> AttachmentReference:
        """How a record names the paper that `by` has photographed, once it has been sent."""
        paper_id = self._timeline.identifier(f"paper {name}", when)
        async with self._context.database.connection() as connection:
            known = await attachments.by_id(connection, paper_id)
        if known is not None:
            return AttachmentReference(id=paper_id, sha256=known.sha256.hex())
        data = await asyncio.to_thread(drawn, title, name)
        phone = await self._people.phone(by)
        await asyncio.to_thread(phone.put_attachment, paper_id, data)
        return AttachmentReference(id=paper_id, sha256=hashlib.sha256(data).hexdigest())


def drawn(title: str, seed: str) -> bytes:
    """A photographed form with a heading, lines filled in by hand, a signature and a stamp, as a JPEG."""
    random = Random(f"paper {seed}")
    image = textured(Image.new("RGB", SIZE, (240, 237, 228)), grain(random, SIZE, 8))
    draw = ImageDraw.Draw(image)
    width, height = SIZE
    draw_characters(draw, "演示", (width / 2 - 84, 60), 76, INK)
    centered(draw, (width / 2, 200), title, 40, INK)
    centered(draw, (width / 2, 250), "SPECIMEN, NOT A DOCUMENT", 24, STAMP)
    for top in range(330, 900, 76):
        draw.line((90, top + 46, width - 90, top + 46), fill=(150, 150, 152), width=2)
        _handwriting(draw, random, 110, top + 26, random.randint(9, 26))
    draw.line((90, height - 190, 400, height - 190), fill=(150, 150, 152), width=2)
    centered(draw, (180, height - 160), "signature", 22, INK)
    _handwriting(draw, random, 120, height - 212, 8)
    _stamp(draw, (width - 250, height - 240))
    file = io.BytesIO()
    image.filter(ImageFilter.GaussianBlur(0.6)).rotate(random.uniform(-1.2, 1.2), fillcolor=(120, 104, 86)).save(
        file, "JPEG", quality=78
    )
    return file.getvalue()


def _handwriting(draw: ImageDraw.ImageDraw, random: Random, left: float, middle: float, letters: int) -> None:
    x = left
    for _ in range(letters):
        points = [(x + random.uniform(0, 20), middle + random.uniform(-13, 13)) for _ in range(4)]
        draw.line(points, fill=(34, 52, 110), width=3, joint="curve")
        x += random.uniform(20, 28)


def _stamp(draw: ImageDraw.ImageDraw, center: tuple[float, float]) -> None:
    x, y = center
    draw.ellipse((x - 105, y - 105, x + 105, y + 105), outline=STAMP, width=8)
    draw_characters(draw, "演示", (x - 58, y - 34), 54, STAMP)
    centered(draw, (x, y + 58), "DEMO", 28, STAMP)
