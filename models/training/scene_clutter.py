"""What is no plate but looks a little like one: lettering, signs, badges, the camera's clock, grilles, fences, windows.

Finding plates is the easy half of a detector; not finding vans' phone numbers is the other one. Everything here is
drawn into a luma picture uint8 [H,W] in place. Lettering never stands tightly on a panel of a plate's proportions: that
would be a plate, and the net would be taught a contradiction.
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

Rng = np.random.Generator
_SUB = 4  # cv2's fixed-point bits for positions finer than a pixel


def clamp(value: float, least: float, most: float) -> float:
    """`value` within its limits; numpy's clip takes ten times as long for a single number."""
    return least if value < least else most if value > most else float(value)


def fill(picture: np.ndarray, points: np.ndarray, level: float) -> None:
    """Fills a convex polygon, float [n,2] in edge coordinates (pixel k covers k..k+1), with soft edges."""
    fixed = np.clip((points - 0.5) * (1 << _SUB), -30000, 30000).astype(np.int32)
    cv2.fillConvexPoly(picture, fixed, clamp(level, 0, 255), cv2.LINE_AA, _SUB)


def blend(picture: np.ndarray, alpha: np.ndarray, level: float, left: int, top: int) -> None:
    """Lays `level` over the picture through alpha uint8 [h,w], its corner at (left, top); parts outside are dropped."""
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + alpha.shape[1], picture.shape[1]), min(top + alpha.shape[0], picture.shape[0])
    if x1 <= x0 or y1 <= y0:
        return
    a = alpha[y0 - top : y1 - top, x0 - left : x1 - left].astype(np.float32) / 255
    piece = picture[y0:y1, x0:x1]
    picture[y0:y1, x0:x1] = (piece + (level - piece) * a).astype(np.uint8)


def _word(rng: Rng) -> str:
    pairs = rng.integers(1, 5)
    word = "".join(rng.choice(list("bcdfghjklmnprstvwz")) + rng.choice(list("aeiou")) for _ in range(pairs))
    return word + (str(rng.choice(list("nrstlx"))) if rng.random() < 0.6 else "")


def _digits(rng: Rng, count: int) -> str:
    return "".join(str(d) for d in rng.integers(0, 10, count))


def lettering(rng: Rng) -> str:
    """Text that stands on vans, shops, signs, bonnets or in the camera's overlay."""
    kind = rng.integers(0, 10)
    if kind == 0:
        return f"20{rng.integers(10, 40)}-{rng.integers(1, 13):02}-{rng.integers(1, 29):02} {_clock(rng)}"
    if kind == 1:
        return f"{rng.integers(1, 29):02}/{rng.integers(1, 13):02}/20{rng.integers(10, 40)} {_clock(rng)}"
    if kind == 2:
        gap, rest = rng.choice(["", " ", "-"]), rng.choice(["", " LANE 1", " ENTRY", " 25 km/h"])
        return f"CAM{gap}{rng.integers(1, 40):02}{rest}"
    if kind == 3:
        return str(rng.choice(["0", "+32 ", "tel. 0", "+31 "])) + " ".join(_digits(rng, 2) for _ in range(4))
    if kind == 4:
        return f"www.{_word(rng)}{_word(rng)}.{rng.choice(['be', 'eu', 'com', 'nl'])}"
    if kind == 5:
        return _digits(rng, int(rng.integers(1, 4)))
    if kind == 6:
        return "".join(rng.choice(list(string.ascii_uppercase + string.digits), rng.integers(2, 5)))
    words = " ".join(_word(rng) for _ in range(rng.integers(1, 4)))
    return words.upper() if kind == 7 else words.title() if kind == 8 else words


def _clock(rng: Rng) -> str:
    return f"{rng.integers(0, 24):02}:{rng.integers(0, 60):02}:{rng.integers(0, 60):02}"


class Lettering:
    """A stock of rendered words as alpha uint8 [h,w], replaced little by little, so that text costs next to nothing."""

    def __init__(self, fonts: Sequence[Path], rng: Rng, stock: int = 500) -> None:
        self._fonts = list(fonts)
        self._sprites = [self._render(rng) for _ in range(stock)]

    def _render(self, rng: Rng) -> np.ndarray:
        text, height = lettering(rng), int(rng.integers(24, 48))
        if not self._fonts or rng.random() < 0.15:
            return _hershey(text, rng)
        try:
            font = ImageFont.truetype(str(self._fonts[rng.integers(len(self._fonts))]), height)
            x0, y0, x1, y1 = font.getbbox(text)
            canvas = Image.new("L", (max(x1 - x0, 1) + 4, max(y1 - y0, 1) + 4))
            ImageDraw.Draw(canvas).text((2 - x0, 2 - y0), text, fill=255, font=font)
        except OSError:  # a font that FreeType cannot open is somebody else's trouble
            return _hershey(text, rng)
        return np.asarray(canvas)

    def refresh(self, rng: Rng) -> None:
        """Replaces one word of the stock."""
        self._sprites[rng.integers(len(self._sprites))] = self._render(rng)

    def word(self, rng: Rng, height: int) -> np.ndarray:
        """Alpha uint8 of some word, `height` pixels high; sometimes a block of two or three lines."""
        sprite = self._sprites[rng.integers(len(self._sprites))]
        width = max(3, int(sprite.shape[1] * height / sprite.shape[0] * rng.uniform(0.8, 1.25)))
        return cv2.resize(sprite, (min(width, 800), height), interpolation=cv2.INTER_AREA)


def _hershey(text: str, rng: Rng) -> np.ndarray:
    thick = int(rng.integers(1, 4))
    (width, height), base = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 1.0, thick)
    canvas = np.zeros((height + base + 4, width + 4), np.uint8)
    cv2.putText(canvas, text, (2, height + 2), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 255, thick, cv2.LINE_AA)
    return canvas


def _contrast(rng: Rng, level: float) -> float:
    """A grey that stands out from `level`."""
    away = rng.uniform(50, 180)
    up = rng.random() < (255 - level) / 255
    return clamp(level + (away if up else -away), 0, 255)


def draw_lettering(picture: np.ndarray, letters: Lettering, rng: Rng) -> None:
    """Words straight on whatever is there (a van's side, a shop), slanted now and then, one to three lines."""
    height = int(np.exp(rng.uniform(np.log(5), np.log(48))))
    x, y = int(rng.uniform(-20, picture.shape[1])), int(rng.uniform(0, picture.shape[0]))
    level = _contrast(rng, _local(picture, x, y))
    slant = rng.normal(0, 0.12)
    for line in range(rng.choice([1, 1, 2, 3])):
        word = letters.word(rng, height)
        if abs(slant) > 0.05:
            tall = int(word.shape[0] + abs(slant) * word.shape[1]) + 1
            matrix = np.array([[1, 0, 0], [slant, 1, max(0.0, -slant * word.shape[1])]], np.float32)
            word = cv2.warpAffine(word, matrix, (word.shape[1], tall))
        blend(picture, word, level, x, y + int(line * height * 1.3))


def _local(picture: np.ndarray, x: int, y: int) -> float:
    piece = picture[max(y - 4, 0) : y + 12, max(x - 4, 0) : x + 24]
    return float(piece.mean()) if piece.size else 128.0


def draw_sign(picture: np.ndarray, letters: Lettering, rng: Rng) -> None:
    """A sign or sticker: a panel with text that is much longer, squarer or emptier than a plate."""
    h, w = picture.shape
    kind = rng.integers(0, 4)
    height = float(np.exp(rng.uniform(np.log(10), np.log(90))))
    aspect = (rng.uniform(7, 14), rng.uniform(0.4, 1.0), rng.uniform(1.5, 6), 1.0)[kind]
    if kind == 0:
        height = min(height, 36.0)
    width = height * aspect
    x, y = rng.uniform(-0.2 * width, w - 0.6 * width), rng.uniform(-0.2 * height, h - 0.5 * height)
    panel = rng.choice([rng.uniform(0, 70), rng.uniform(120, 255)])
    tilt = np.array([[0, rng.normal(0, 0.04)], [0, 0]]) * width
    quad = np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]]) + tilt.sum()
    if kind == 3:
        centre = (int(x + width / 2), int(y + height / 2))
        cv2.circle(picture, centre, int(height / 2), float(_contrast(rng, panel)), -1, cv2.LINE_AA)
        cv2.circle(picture, centre, int(height * 0.38), float(panel), -1, cv2.LINE_AA)
    else:
        fill(picture, quad, panel)
    ink = _contrast(rng, panel)
    if kind == 2:  # a plate-shaped panel stays empty, or has lines of very small text
        if height < 14 or rng.random() < 0.4:
            return
        small = int(max(3, height / rng.uniform(5, 8)))
        for line in range(int(rng.integers(2, 5))):
            word = letters.word(rng, small)[:, : int(width * 0.9)]
            blend(picture, word, ink, int(x + 0.05 * width), int(y + (line + 0.5) * small * 1.3))
        return
    share = 0.6 if kind == 0 else 0.35
    word = letters.word(rng, max(4, int(height * share)))[:, : max(3, int(width * 0.9))]
    blend(picture, word, ink, int(x + (width - word.shape[1]) / 2), int(y + height * (1 - share) / 2))


def draw_clock(picture: np.ndarray, letters: Lettering, rng: Rng) -> None:
    """The camera's own overlay: a line of text in a corner, on a bar, outlined, or bare."""
    height = int(rng.integers(7, 22))
    word = letters.word(rng, height)
    x = int(rng.choice([rng.uniform(0, 12), max(0, picture.shape[1] - word.shape[1] - rng.uniform(0, 12))]))
    y = int(rng.choice([rng.uniform(0, 10), picture.shape[0] - height - rng.uniform(0, 10)]))
    style = rng.random()
    if style < 0.4:
        cv2.rectangle(picture, (x - 3, y - 2), (x + word.shape[1] + 3, y + height + 2), float(rng.uniform(0, 60)), -1)
    elif style < 0.7:
        blend(picture, cv2.dilate(word, np.ones((3, 3), np.uint8)), 0, x, y)
    blend(picture, word, float(rng.uniform(190, 255)), x, y)


def draw_bars(picture: np.ndarray, rng: Rng) -> None:
    """A fence, a grille, a zebra crossing, a row of windows: the same shape again and again."""
    h, w = picture.shape
    count = int(rng.integers(3, 14))
    step = rng.uniform(4, 26)
    width, length = step * rng.uniform(0.2, 0.7), rng.uniform(6, 90)
    along = np.array([1.0, rng.normal(0, 0.15)]) if rng.random() < 0.6 else np.array([rng.normal(0, 0.15), 1.0])
    across = np.array([-along[1], along[0]])
    start = np.array([rng.uniform(0, w * 0.9), rng.uniform(0, h * 0.9)])
    level = _contrast(rng, _local(picture, int(start[0]), int(start[1])))
    for k in range(count):
        p = start + along * step * k
        fill(picture, np.array([p, p + along * width, p + along * width + across * length, p + across * length]), level)


def draw_shape(picture: np.ndarray, rng: Rng) -> None:
    """A rectangle or some other polygon, bright or dark: a window, a box, a lamp, a road marking."""
    h, w = picture.shape
    size = np.exp(rng.uniform(np.log(6), np.log(140)))
    centre = np.array([rng.uniform(0, w), rng.uniform(0, h)])
    if rng.random() < 0.6:
        half = np.array([size, size * rng.uniform(0.1, 1.5)]) / 2
        corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half
        corners += rng.normal(0, 0.06 * size, corners.shape)
        if half[0] / half[1] > 1.3 and size < 45:
            corners[:, 1] *= rng.choice([0.3, 2.5])  # a small bright bar of a plate's shape cannot be told from a plate
    else:
        angles = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 8)))
        corners = np.stack([np.cos(angles), np.sin(angles) * rng.uniform(0.3, 1)], 1) * size / 2
    fill(picture, centre + corners, rng.uniform(0, 255))


def draw_stripes(picture: np.ndarray, rng: Rng) -> None:
    """A barrier or a bend's sign: slanted stripes or chevrons on a panel of a plate's proportions."""
    tall = float(np.exp(rng.uniform(np.log(9), np.log(50))))
    wide = tall * rng.uniform(2, 6)
    patch = np.full((max(4, int(tall)), max(8, int(wide))), int(rng.uniform(0, 110)), np.uint8)
    step = tall * rng.uniform(0.6, 1.6)
    lean = tall * rng.uniform(-1.2, 1.2)
    bright = float(rng.uniform(110, 255))
    chevron = rng.random() < 0.4
    for k in range(int((wide + 2 * abs(lean)) / step) + 1):
        x = k * step - abs(lean)
        bar = np.array([[x, 0], [x + step / 2, 0], [x + step / 2 + lean, tall], [x + lean, tall]])
        if chevron:
            half = bar.copy()
            half[2:, 1] = tall / 2
            fill(patch, half, bright)
            half[:2, 1], half[:2, 0] = tall, bar[:2, 0]
            bar = half
        fill(patch, bar, bright)
    x, y = int(rng.uniform(-10, picture.shape[1] - 8)), int(rng.uniform(-4, picture.shape[0] - 4))
    turn = cv2.getRotationMatrix2D((wide / 2, tall / 2), rng.normal(0, 4), 1.0)
    patch = cv2.warpAffine(patch, turn, (patch.shape[1], patch.shape[0]), borderMode=cv2.BORDER_REPLICATE)
    target = picture[max(y, 0) : y + patch.shape[0], max(x, 0) : x + patch.shape[1]]
    target[:] = patch[max(-y, 0) :, max(-x, 0) :][: target.shape[0], : target.shape[1]]


def draw_discs(picture: np.ndarray, rng: Rng) -> None:
    """Round things in a row or alone: a maker's rings, exhausts, a wheel with spokes, a pair of lamps."""
    size = float(np.exp(rng.uniform(np.log(4), np.log(50))))
    x, y = rng.uniform(0, picture.shape[1]), rng.uniform(0, picture.shape[0])
    level = _contrast(rng, _local(picture, int(x), int(y)))
    kind = rng.integers(0, 3)
    if kind == 2:
        cv2.circle(picture, (int(x), int(y)), int(size), float(rng.uniform(0, 70)), -1, cv2.LINE_AA)
        start = rng.uniform(0, 1)
        for angle in np.linspace(0, 2 * np.pi, int(rng.integers(5, 13)), endpoint=False) + start:
            end = (int(x + 0.75 * size * np.cos(angle)), int(y + 0.75 * size * np.sin(angle)))
            cv2.line(picture, (int(x), int(y)), end, level, max(1, int(size * rng.uniform(0.08, 0.2))), cv2.LINE_AA)
        cv2.circle(picture, (int(x), int(y)), int(0.78 * size), level, max(1, int(size * 0.08)), cv2.LINE_AA)
        return
    thick = max(1, int(size * rng.uniform(0.1, 0.3))) if kind == 0 else -1
    axes = (int(size), int(max(2, size * (1.0 if kind == 0 else rng.uniform(0.35, 1.0)))))
    for k in range(int(rng.integers(1, 5))):
        cv2.ellipse(picture, (int(x + k * size * 1.6), int(y)), axes, 0, 0, 360, level, thick, cv2.LINE_AA)


def draw_clutter(picture: np.ndarray, letters: Lettering, rng: Rng, amount: float) -> None:
    """Several pieces of clutter; `amount` is about how many."""
    for _ in range(rng.poisson(amount)):
        kind = rng.random()
        if kind < 0.35:
            draw_lettering(picture, letters, rng)
        elif kind < 0.55:
            draw_sign(picture, letters, rng)
        elif kind < 0.68:
            draw_bars(picture, rng)
        elif kind < 0.76:
            draw_stripes(picture, rng)
        elif kind < 0.85:
            draw_discs(picture, rng)
        else:
            draw_shape(picture, rng)
