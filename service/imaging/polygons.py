"""Polygons that mask a part of a picture: three or more points, each a pair x, y."""

import math
from collections.abc import Sequence

Point = tuple[float, float]
Polygon = Sequence[Point]


def check_polygons(polygons: Sequence[Polygon]) -> None:
    """Raise ValueError for a polygon of fewer than three points, or with a point that is nowhere."""
    for polygon in polygons:
        if len(polygon) < 3:
            raise ValueError("a polygon has at least three points")
        if not all(math.isfinite(x) and math.isfinite(y) for x, y in polygon):
            raise ValueError("a point of a polygon is not finite")


def crosses_itself(corners: Polygon) -> bool:
    """Whether two sides cross or touch that are not neighbors. Takes the square of the number of sides."""
    sides = list(zip(corners, [*corners[1:], corners[0]], strict=True))
    for first, (a, b) in enumerate(sides):
        for second in range(first + 2, len(sides) - (first == 0)):
            c, d = sides[second]
            if not _are_near(a, b, c, d):
                continue
            if _turn(a, b, c) * _turn(a, b, d) <= 0 and _turn(c, d, a) * _turn(c, d, b) <= 0:
                return True
    return False


def convex_hull(corners: Polygon) -> list[Point]:
    """The smallest convex polygon around the corners, by Andrew's monotone chain."""
    ordered = sorted(set(corners))
    if len(ordered) < 3:
        return list(corners)
    hull: list[Point] = []
    for chain in (ordered, ordered[::-1]):
        base = len(hull)
        for point in chain:
            while len(hull) >= base + 2 and _turn(hull[-2], hull[-1], point) <= 0:
                hull.pop()
            hull.append(point)
        hull.pop()
    return hull


def hull_area(corners: Polygon) -> float:
    """The area of the convex hull: 0 exactly when all corners lie on one line, up to rounding."""
    hull = convex_hull(corners)
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(hull, [*hull[1:], *hull[:1]], strict=True))) / 2


def _are_near(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether the upright boxes around two sides meet: sides on one line may be far from each other."""
    return all(
        max(min(a[axis], b[axis]), min(c[axis], d[axis])) <= min(max(a[axis], b[axis]), max(c[axis], d[axis]))
        for axis in (0, 1)
    )


def _turn(a: Point, b: Point, c: Point) -> float:
    """Positive when a, b, c turn one way, negative the other, 0 on one line."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
