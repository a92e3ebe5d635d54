"""The Chinese characters that the drawn signs need, as pen strokes on a square of 100 by 100.

Strokes are separated by `/`, the points of a stroke by a space, x and y by a comma, y downward. This spares the demo a
typeface of several megabytes for twenty characters.
"""

from PIL import ImageDraw

from service.demo.drawing.space import Color, Point

STROKES = {
    "安": "50,6 50,18/12,34 12,20 88,20 88,34/8,56 92,56/44,32 22,76 78,92/68,48 54,74 16,92",
    "全": "50,6 34,26 6,46/50,6 66,26 94,46/26,44 74,44/26,64 74,64/10,88 90,88/50,44 50,88",
    "出": "50,8 50,90/20,20 20,46 80,46 80,20/12,56 12,90 88,90 88,56",
    "口": "18,20 18,88/18,20 82,20 82,88/18,80 82,80",
    "消": "12,12 24,24/8,38 20,48/8,90 26,60/64,6 64,36/42,12 52,28/88,12 78,28/"
    "42,38 42,94/42,38 86,38 86,94 74,92/42,56 86,56/42,73 86,73",
    "防": "12,10 12,94/12,12 34,12 22,38 34,60 24,68 14,66/66,6 70,18/42,24 94,24/60,24 58,54 36,92/"
    "58,48 86,48 80,90 68,88",
    "车": "10,22 88,22/42,6 22,46 84,46/6,66 94,66/54,34 54,96",
    "通": "12,12 22,22/6,40 22,40 22,76/6,92 22,76 40,88 94,90/40,10 84,10 64,24/48,16 60,24/"
    "38,28 38,78/38,28 86,28 86,78 78,76/38,44 86,44/38,60 86,60/62,28 62,78",
    "道": "12,12 22,22/6,40 22,40 22,76/6,92 22,76 40,88 94,90/46,6 54,18/80,6 72,18/34,22 94,22/62,22 58,34/"
    "44,34 44,80/44,34 84,34 84,80/44,49 84,49/44,64 84,64/44,79 84,79",
    "火": "22,30 30,50/80,26 68,46/50,8 50,44 34,72 10,92/50,44 64,72 92,92",
    "栓": "6,30 42,30/24,8 24,94/24,34 4,66/24,36 40,56/68,8 58,26 42,42/68,8 78,26 94,42/50,48 86,48/"
    "52,66 86,66/44,88 94,88/68,48 68,88",
    "禁": "8,20 46,20/28,6 28,50/28,22 8,44/28,24 44,40/54,20 94,20/73,6 73,50/73,22 54,44/73,24 94,44/"
    "26,56 74,56/10,70 90,70/50,70 50,95 40,92/30,78 16,92/70,78 86,92",
    "止": "52,10 52,88/52,42 88,42/24,36 24,88/6,88 94,88",
    "占": "50,6 50,50/50,28 88,28/22,50 22,92/22,50 78,50 78,92/22,86 78,86",
    "用": "22,12 22,60 8,92/22,12 84,12 84,92 72,90/22,36 84,36/22,60 84,60/52,12 52,92",
    "停": "28,6 6,46/18,32 18,94/62,4 62,14/34,16 94,16/46,24 46,40 82,40 82,24 46,24/"
    "36,62 36,48 92,48 92,62/46,64 84,64/64,64 64,94 54,92",
    "演": "12,12 24,22/8,36 20,46/8,90 26,58/62,4 62,12/36,28 36,16 92,16 92,28/46,28 82,28/"
    "44,40 44,74/44,40 84,40 84,74/44,57 84,57/44,74 84,74/64,28 64,74/52,80 36,94/76,80 92,94",
    "示": "26,16 76,16/8,40 92,40/50,40 50,94 38,90/28,56 12,82/72,56 88,82",
    "市": "50,4 50,20/8,20 92,20/22,38 22,82/22,38 80,38 80,80 68,78/50,20 50,96",
    "场": "6,34 38,34/22,8 22,78/4,82 40,72/46,14 84,14 50,44/50,44 90,44 86,92 74,88/66,46 46,84/80,46 58,92",
}  # fmt: skip


def strokes(character: str) -> list[list[Point]]:
    """The lines of a character's pen, each a list of points. KeyError for a character that is not drawn here."""
    lines = []
    for stroke in STROKES[character].split("/"):
        points = [point.split(",") for point in stroke.split()]
        lines.append([(float(x), float(y)) for x, y in points])
    return lines


def draw_characters(
    draw: ImageDraw.ImageDraw,
    words: str,
    corner: Point,
    pixels: float,
    color: Color | int,
    spacing: float = 1.08,
    weight: float = 0.085,
) -> None:
    """Draw the characters from the top left corner, each `pixels` high, `spacing` times that apart."""
    thick = max(1, round(pixels * weight))
    for number, character in enumerate(words):
        left, top = corner[0] + number * pixels * spacing, corner[1]
        for stroke in strokes(character):
            line = [(left + x * pixels / 100, top + y * pixels / 100) for x, y in stroke]
            draw.line(line, fill=color, width=thick, joint="curve")
            for x, y in (line[0], line[-1]):
                reach = thick / 2 - 0.5
                draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill=color)
