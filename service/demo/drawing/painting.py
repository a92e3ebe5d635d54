"""Painting panels into a picture.

A panel is lit point by point, cut into strips so that no strip shrinks much from one end to the other, and each strip
is resized to what it covers before it is warped. That is what keeps far floor tiles from shimmering.
"""

import math
from collections.abc import Iterable
from itertools import pairwise

from PIL import Image, ImageChops, ImageDraw

from service.demo.drawing.panels import Lighting, Panel
from service.demo.drawing.space import NEAREST_METERS, Camera, Point, dot, perspective, subtract

STRIP_SHRINKAGE = 1.35
RIM_PIXELS = 2

Quad = tuple[Point, Point, Point, Point]
Part = tuple[float, float, float, float]


def paint(image: Image.Image, panel: Panel, camera: Camera, lighting: Lighting) -> None:
    """Paint one panel over what the picture already shows."""
    if not panel.from_both_sides and dot(panel.normal, subtract(camera.apparent_eye, panel.origin)) <= 0:
        return
    along_width, cuts = _strips(panel, camera)
    if not cuts:
        return
    light = None if panel.glows else panel.light_map(lighting)
    texture = panel.texture_image()
    for start, end in cuts:
        part = (start, 0.0, end, 1.0) if along_width else (0.0, start, 1.0, end)
        _paint_strip(image, panel, camera, texture, light, part)


def _strips(panel: Panel, camera: Camera) -> tuple[bool, list[tuple[float, float]]]:
    """Cut the panel along its deeper direction, far strips first; what lies behind the camera is left out."""
    depths = [camera.seen(panel.place(*at))[2] for at in ((0, 0), (1, 0), (1, 1), (0, 1))]
    along_width = abs(depths[1] - depths[0]) + abs(depths[2] - depths[3]) > abs(depths[3] - depths[0]) + abs(
        depths[2] - depths[1]
    )
    pairs = ((depths[0], depths[3]), (depths[1], depths[2])) if along_width else (depths[:2], (depths[3], depths[2]))
    near_start, near_end = min(pairs[0]), min(pairs[1])
    if max(near_start, near_end) <= NEAREST_METERS:
        return along_width, []
    low, high = 0.0, 1.0
    if near_start < NEAREST_METERS:
        low = (NEAREST_METERS - near_start) / (near_end - near_start)
    if near_end < NEAREST_METERS:
        high = (near_start - NEAREST_METERS) / (near_start - near_end)
    first, last = near_start + (near_end - near_start) * low, near_start + (near_end - near_start) * high
    count = max(1, math.ceil(abs(math.log(last / first)) / math.log(STRIP_SHRINKAGE)))
    cuts = [low]
    for step in range(1, count):
        depth = first * (last / first) ** (step / count)
        cuts.append((depth - near_start) / (near_end - near_start))
    cuts.append(high)
    strips = list(pairwise(cuts))
    return along_width, strips if first > last else strips[::-1]


def _paint_strip(
    image: Image.Image,
    panel: Panel,
    camera: Camera,
    texture: Image.Image,
    light: Image.Image | None,
    part: Part,
) -> None:
    quad = _corners(panel, camera, part)
    part = _overlapping(part, quad)
    quad = _corners(panel, camera, part)
    left, top = math.floor(min(x for x, _ in quad)), math.floor(min(y for _, y in quad))
    right, bottom = math.ceil(max(x for x, _ in quad)), math.ceil(max(y for _, y in quad))
    left, top = max(0, left), max(0, top)
    right, bottom = min(image.width, right), min(image.height, bottom)
    if right <= left or bottom <= top:
        return
    size = right - left, bottom - top
    piece = _lit(texture, light, part, quad)
    inside = _moved(quad, left, top)
    mapping = perspective(inside, piece.width, piece.height)
    warped = _rimmed(piece).transform(
        size, Image.Transform.PERSPECTIVE, _shifted(mapping, RIM_PIXELS), Image.Resampling.BILINEAR
    )
    if warped.mode == "RGBA":
        image.paste(warped.convert("RGB"), (left, top), warped.getchannel("A"))
        return
    finer = 4 if size[0] * size[1] < 60_000 else 2
    mask = Image.new("L", (size[0] * finer, size[1] * finer))
    ImageDraw.Draw(mask).polygon([(x * finer - 0.5, y * finer - 0.5) for x, y in inside], fill=255)
    image.paste(warped, (left, top), mask.reduce(finer))


def _rimmed(piece: Image.Image) -> Image.Image:
    """The piece with its edges repeated outward, since a pixel half outside of it would else come out black."""
    if piece.mode == "RGBA":
        rimmed = Image.new("RGBA", (piece.width + 2 * RIM_PIXELS, piece.height + 2 * RIM_PIXELS))
    else:
        rimmed = piece.resize((piece.width + 2 * RIM_PIXELS, piece.height + 2 * RIM_PIXELS), Image.Resampling.NEAREST)
    rimmed.paste(piece, (RIM_PIXELS, RIM_PIXELS))
    return rimmed


def _shifted(mapping: tuple[float, ...], offset: float) -> tuple[float, ...]:
    """The same perspective mapping into a texture that begins `offset` pixels earlier."""
    a, b, c, d, e, f, g, h = mapping
    return a + offset * g, b + offset * h, c + offset, d + offset * g, e + offset * h, f + offset, g, h


def _corners(panel: Panel, camera: Camera, part: Part) -> Quad:
    left, top, right, bottom = part
    return (
        camera.project(panel.place(left, top)),
        camera.project(panel.place(right, top)),
        camera.project(panel.place(right, bottom)),
        camera.project(panel.place(left, bottom)),
    )


def _sides(quad: Quad) -> tuple[float, float]:
    across = max(math.dist(quad[0], quad[1]), math.dist(quad[3], quad[2]))
    down = max(math.dist(quad[0], quad[3]), math.dist(quad[1], quad[2]))
    return max(across, 1e-3), max(down, 1e-3)


def _overlapping(part: Part, quad: Quad) -> Part:
    """Widen a strip a pixel or two beneath its neighbors, so that no seam shows what lies behind."""
    left, top, right, bottom = part
    across, down = _sides(quad)
    more_across, more_down = 1.5 * (right - left) / across, 1.5 * (bottom - top) / down
    return (
        max(0.0, left - more_across),
        max(0.0, top - more_down),
        min(1.0, right + more_across),
        min(1.0, bottom + more_down),
    )


def _lit(texture: Image.Image, light: Image.Image | None, part: Part, quad: Quad) -> Image.Image:
    across, down = _sides(quad)
    left, top, right, bottom = part

    def box(source: Image.Image) -> Part:
        return left * source.width, top * source.height, right * source.width, bottom * source.height

    wide, high = (right - left) * texture.width, (bottom - top) * texture.height
    if light is None:
        size = max(1, round(min(across, wide))), max(1, round(min(down, high)))
        return texture.resize(size, Image.Resampling.BOX if wide > across else Image.Resampling.BILINEAR, box(texture))
    size = max(1, round(min(across, max(wide, 96)))), max(1, round(min(down, max(high, 96))))
    piece = texture.resize(size, Image.Resampling.HAMMING, box(texture))
    shade = light.resize(size, Image.Resampling.BICUBIC, box(light))
    if piece.mode == "RGBA":
        lit = ImageChops.multiply(piece.convert("RGB"), shade)
        lit.putalpha(piece.getchannel("A"))
        return lit
    return ImageChops.multiply(piece, shade)


def _moved(quad: Quad, left: float, top: float) -> Quad:
    def moved(point: Point) -> Point:
        return point[0] - left, point[1] - top

    return moved(quad[0]), moved(quad[1]), moved(quad[2]), moved(quad[3])


def paint_all(image: Image.Image, panels: Iterable[Panel], camera: Camera, lighting: Lighting) -> None:
    for panel in panels:
        paint(image, panel, camera, lighting)
