"""Points, planes and a pinhole camera: the little geometry that the drawn places need.

Axes: x to the right, y up, z away from the photographer, all in meters. Angles are in radians.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

Vector = tuple[float, float, float]
Point = tuple[float, float]
Color = tuple[int, int, int]

NEAREST_METERS = 0.25
# A phone's main camera: 26 mm on a 43.27 mm diagonal.
PHONE_FOCAL_TO_DIAGONAL = 26 / 43.27


def add(first: Vector, *others: Vector) -> Vector:
    x, y, z = first
    for other in others:
        x, y, z = x + other[0], y + other[1], z + other[2]
    return x, y, z


def subtract(first: Vector, second: Vector) -> Vector:
    return first[0] - second[0], first[1] - second[1], first[2] - second[2]


def scale(vector: Vector, factor: float) -> Vector:
    return vector[0] * factor, vector[1] * factor, vector[2] * factor


def dot(first: Vector, second: Vector) -> float:
    return first[0] * second[0] + first[1] * second[1] + first[2] * second[2]


def cross(first: Vector, second: Vector) -> Vector:
    return (
        first[1] * second[2] - first[2] * second[1],
        first[2] * second[0] - first[0] * second[2],
        first[0] * second[1] - first[1] * second[0],
    )


def length(vector: Vector) -> float:
    return math.sqrt(dot(vector, vector))


def normalize(vector: Vector) -> Vector:
    return scale(vector, 1 / (length(vector) or 1.0))


def turned(vector: Vector, yaw: float) -> Vector:
    """The vector turned about the vertical axis; a positive yaw takes z (ahead) toward x (right)."""
    cosine, sine = math.cos(yaw), math.sin(yaw)
    return vector[0] * cosine + vector[2] * sine, vector[1], vector[2] * cosine - vector[0] * sine


def hull(points: list[Point]) -> list[Point]:
    """Convex hull (Andrew's monotone chain), for the outline of a shadow."""
    ordered = sorted(set(points))
    if len(ordered) < 3:
        return ordered

    def half(candidates: list[Point]) -> list[Point]:
        chain: list[Point] = []
        for point in candidates:
            while len(chain) >= 2 and _turn(chain[-2], chain[-1], point) <= 0:
                chain.pop()
            chain.append(point)
        return chain[:-1]

    return half(ordered) + half(ordered[::-1])


def _turn(first: Point, second: Point, third: Point) -> float:
    return (second[0] - first[0]) * (third[1] - first[1]) - (second[1] - first[1]) * (third[0] - first[0])


@dataclass(frozen=True, slots=True)
class Camera:
    """A pinhole camera. `yaw` turns it right, `pitch` up, `roll` clockwise; `size` is in pixels."""

    eye: Vector
    size: tuple[int, int]
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    zoom: float = 1.0
    mirrored: bool = False

    def below_the_floor(self, size: tuple[int, int]) -> "Camera":
        """The camera that sees what a polished floor (y = 0) reflects, at another picture size."""
        return replace(self, mirrored=True, size=size)

    @property
    def apparent_eye(self) -> Vector:
        x, y, z = self.eye
        return (x, -y, z) if self.mirrored else self.eye

    def seen(self, point: Vector) -> Vector:
        """The point in camera axes: right, up and depth."""
        x, y, z = point
        offset = turned(subtract((x, -y, z) if self.mirrored else point, self.eye), -self.yaw)
        cosine, sine = math.cos(self.pitch), math.sin(self.pitch)
        right, up, depth = offset[0], offset[1] * cosine - offset[2] * sine, offset[2] * cosine + offset[1] * sine
        cosine, sine = math.cos(self.roll), math.sin(self.roll)
        return right * cosine - up * sine, up * cosine + right * sine, depth

    def project(self, point: Vector) -> Point:
        """Where the point falls in the picture, in pixels from its top left corner."""
        right, up, depth = self.seen(point)
        width, height = self.size
        focal = PHONE_FOCAL_TO_DIAGONAL * math.hypot(width, height) * self.zoom / max(depth, NEAREST_METERS / 2)
        return width / 2 + right * focal, height / 2 - up * focal


def cut(corners: Sequence[Vector], inside: Callable[[Vector], float]) -> list[Vector]:
    """The part of a polygon where `inside`, a linear function, is not negative (Sutherland and Hodgman)."""
    kept: list[Vector] = []
    for first, second in zip(corners, [*corners[1:], *corners[:1]], strict=True):
        here, there = inside(first), inside(second)
        if here >= 0:
            kept.append(first)
        if (here >= 0) != (there >= 0):
            kept.append(add(first, scale(subtract(second, first), here / (here - there))))
    return kept


def in_frame(camera: Camera, corners: Sequence[Vector]) -> list[Point]:
    """A flat outline as the picture shows it, in fractions of its width and height; empty where it is out of sight."""
    ahead = cut(corners, lambda point: camera.seen(point)[2] - NEAREST_METERS)
    shown: list[Vector] = []
    for point in ahead:
        x, y = camera.project(point)
        shown.append((x / camera.size[0], y / camera.size[1], 0.0))
    shown = cut(shown, lambda point: point[0])
    shown = cut(shown, lambda point: 1 - point[0])
    shown = cut(shown, lambda point: point[1])
    shown = cut(shown, lambda point: 1 - point[1])
    return [(min(1.0, max(0.0, x)), min(1.0, max(0.0, y))) for x, y, _ in shown]


def perspective(quad: tuple[Point, Point, Point, Point], width: float, height: float) -> tuple[float, ...]:
    """Eight coefficients for `Image.transform(..., PERSPECTIVE)`.

    They take a place in the picture back to a place in a texture of that width and height whose corners (top left,
    top right, bottom right, bottom left) lie at `quad`: Heckbert's square-to-quad mapping, inverted.
    """
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = quad
    dx1, dx2, sx = x1 - x2, x3 - x2, x0 - x1 + x2 - x3
    dy1, dy2, sy = y1 - y2, y3 - y2, y0 - y1 + y2 - y3
    denominator = dx1 * dy2 - dx2 * dy1 or 1e-9
    g, h = (sx * dy2 - dx2 * sy) / denominator, (dx1 * sy - sx * dy1) / denominator
    a, b, c = x1 - x0 + g * x1, x3 - x0 + h * x3, x0
    d, e, f = y1 - y0 + g * y1, y3 - y0 + h * y3, y0
    last = a * e - b * d or 1e-9
    across = ((e - f * h) * width, (c * h - b) * width, (b * f - c * e) * width)
    down = ((f * g - d) * height, (a - c * g) * height, (c * d - a * f) * height)
    divisor = (d * h - e * g, b * g - a * h)
    return tuple(value / last for value in (*across, *down, *divisor))
