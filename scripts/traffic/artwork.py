"""What is painted on a vehicle's sheets: fronts, backs, sides, windows, wheels, with lettering as hard negatives.

A drawing is an `Art`: a picture in metres with its origin at the lower left, drawn twice as fine and averaged.
"""

from __future__ import annotations

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

FINE = 2

# Makers, dealers and firms are invented.
MAKERS = ["NORDEN", "VELARO", "ASTELA", "KORVO", "LUMERA", "TASSO", "RIVAN", "OBERON"]
MODELS = [
    "1.6",
    "2.0 TDX",
    "E-LINE",
    "GT 180",
    "4x4",
    "HYBRID",
    "C30 D4",
    "X3i",
    "S 320",
    "MAX 12",
    "ELECTRIC",
    "1.2 PT",
]
DEALERS = [
    "GARAGE PEETERS",
    "AUTO LAMBERT",
    "AUTOHAUS KLEE",
    "CARS4YOU.EXAMPLE",
    "DE WIT AUTO'S",
    "GARAGE DUPONT ET FILS",
]
FIRMS = [
    "BAKKERIJ VAN DAMME",
    "ELEKTRO 2000",
    "PLOMBERIE 24H",
    "KOERIER B4U",
    "DAKWERKEN R. MAES",
    "TRANS EUROPE NV",
    "FLEURS D'ANVERS",
    "MALER HUBER",
    "TEAM 365 SERVICE",
    "AQUA-FIX BV",
]
PHONES = ["T 02 000 14 72", "0470 00 31 85", "WWW.EXAMPLE.BE", "03 / 000 88 21", "INFO@EXAMPLE.NL", "0800 24 24 0"]


class Art:
    """width, height in metres; scale in pixels a metre; colour: red, green, blue 0..255."""

    def __init__(self, width, height, scale, colour, gloss=255):
        self.width, self.height, self.scale = width, height, scale * FINE
        self.w, self.h = max(4, round(width * scale)) * FINE, max(4, round(height * scale)) * FINE
        self.rgb = np.empty((self.h, self.w, 3), np.uint8)
        self.rgb[:] = colour
        self.extra = np.zeros((self.h, self.w, 3), np.uint8)  # gloss, emission, retro
        self.extra[..., 0] = gloss

    def px(self, points):
        points = np.asarray(points, float)
        return np.round(np.stack([points[:, 0] * self.scale, self.h - points[:, 1] * self.scale], 1) * 16).astype(
            np.int32
        )

    def polygon(self, points, colour, gloss=255, emit=0, retro=0):
        cv2.fillPoly(self.rgb, [self.px(points)], colour, cv2.LINE_AA, 4)
        cv2.fillPoly(self.extra, [self.px(points)], (gloss, emit, retro), cv2.LINE_8, 4)

    def rectangle(self, x0, y0, x1, y1, colour, gloss=255, emit=0, retro=0):
        self.polygon([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], colour, gloss, emit, retro)

    def disc(self, x, y, radius, colour, gloss=255, emit=0, squash=1.0, retro=0):
        angle = np.linspace(0, 2 * np.pi, 40)
        self.polygon(
            np.stack([x + radius * np.cos(angle), y + radius * squash * np.sin(angle)], 1), colour, gloss, emit, retro
        )

    def line(self, points, width, colour, gloss=None):
        cv2.polylines(self.rgb, [self.px(points)], False, colour, max(1, round(width * self.scale)), cv2.LINE_AA, 4)
        if gloss is not None:
            cv2.polylines(
                self.extra, [self.px(points)], False, (gloss, 0, 0), max(1, round(width * self.scale)), cv2.LINE_8, 4
            )

    def text(self, words, x, y, height, font, colour, anchor="lm"):
        """x, y, height of a capital in metres; font: a file."""
        face = ImageFont.truetype(str(font), max(6, round(height * self.scale * 1.4)))
        image = Image.fromarray(self.rgb)
        ImageDraw.Draw(image).text(
            (x * self.scale, self.h - y * self.scale),
            words,
            fill=tuple(int(c) for c in colour),
            font=face,
            anchor=anchor,
        )
        self.rgb = np.array(image)

    def shade(self, low, high):
        """Darkens from the top (1) downwards: low is the factor at the bottom, high at the top."""
        ramp = np.linspace(high, low, self.h)[:, None, None]
        self.rgb = np.clip(self.rgb * ramp, 0, 255).astype(np.uint8)

    def dirt(self, rng, amount):
        """Road dirt, more towards the bottom."""
        rows, columns = max(2, int(self.height * 5)), max(2, int(self.width * 4))
        noise = cv2.resize(
            rng.random((rows, columns)).astype(np.float32), (self.w, self.h), interpolation=cv2.INTER_CUBIC
        )
        noise = 0.6 * noise + 0.25 * cv2.resize(
            rng.random((rows * 4, columns * 4)).astype(np.float32), (self.w, self.h)
        )
        mask = np.clip(noise * amount * np.linspace(0.2, 1.6, self.h)[:, None] ** 1.5, 0, 0.8)[..., None]
        self.rgb = (self.rgb * (1 - mask) + np.array([88, 82, 72]) * mask).astype(np.uint8)
        self.extra[..., 0] = (self.extra[..., 0] * (1 - mask[..., 0])).astype(np.uint8)

    def flipped(self):
        other = object.__new__(Art)
        other.__dict__.update(self.__dict__)
        other.rgb, other.extra = np.ascontiguousarray(self.rgb[:, ::-1]), np.ascontiguousarray(self.extra[:, ::-1])
        return other

    def texture(self):
        """uint8 [H, W, 6] for `raster.TextureBank`: the colours coded by square root of linear light."""
        linear = (self.rgb.astype(np.float32) / 255) ** 2.2
        size = (self.w // FINE, self.h // FINE)
        linear = cv2.resize(linear, size, interpolation=cv2.INTER_AREA)
        extra = cv2.resize(self.extra, size, interpolation=cv2.INTER_AREA)
        return np.concatenate([np.clip(np.sqrt(linear) * 255 + 0.5, 0, 255).astype(np.uint8), extra], 2)


def mirror(points, width):
    return [(width - x, y) for x, y in points]


def grille(art, rng, outline, dark):
    """Fills an outline with slats, bars or a mesh."""
    art.polygon(outline, dark, gloss=70)
    points = np.array(outline)
    x0, x1, y0, y1 = points[:, 0].min(), points[:, 0].max(), points[:, 1].min(), points[:, 1].max()
    before = art.rgb.copy()
    bright = tuple(int(c) for c in np.array(dark) + rng.integers(25, 90))
    kind = rng.integers(3)
    if kind == 0:
        for y in np.arange(y0, y1, rng.uniform(0.022, 0.04)):
            art.line([(x0, y), (x1, y)], 0.008, bright)
    elif kind == 1:
        for x in np.arange(x0, x1, rng.uniform(0.03, 0.06)):
            art.line([(x, y0), (x, y1)], 0.008, bright)
    else:
        for x in np.arange(x0 - 0.3, x1, 0.045):
            art.line([(x, y0), (x + y1 - y0, y1)], 0.006, bright)
            art.line([(x + y1 - y0, y0), (x, y1)], 0.006, bright)
    inside = np.zeros(art.rgb.shape[:2], np.uint8)
    cv2.fillPoly(inside, [art.px(outline)], 255, cv2.LINE_8, 4)
    art.rgb = np.where(inside[..., None] > 0, art.rgb, before)


def badge(art, rng, x, y, size):
    chrome = (205, 208, 212)
    kind = rng.integers(4)
    if kind == 0:
        art.disc(x, y, size, chrome)
        art.disc(x, y, size * 0.8, (20, 30, 60))
        art.line(
            [(x - size * 0.5, y - size * 0.1), (x, y + size * 0.45), (x + size * 0.5, y - size * 0.1)],
            size * 0.22,
            chrome,
        )
        art.line([(x - size * 0.45, y - size * 0.45), (x + size * 0.45, y - size * 0.45)], size * 0.2, chrome)
    elif kind == 1:
        for dx, dy in ((-0.6, -0.35), (0.6, -0.35), (0, 0.65)):
            art.disc(x + dx * size, y + dy * size, size * 0.42, chrome)
    elif kind == 2:
        art.polygon([(x, y + size * 1.2), (x + size * 0.8, y), (x, y - size * 1.2), (x - size * 0.8, y)], chrome)
        art.polygon(
            [(x, y + size * 0.7), (x + size * 0.45, y), (x, y - size * 0.7), (x - size * 0.45, y)], (60, 62, 66)
        )
    else:
        art.disc(x, y, size * 1.3, chrome, squash=0.65)
        art.disc(x, y, size * 1.1, (120, 12, 20), squash=0.55)
        art.line([(x - size * 0.6, y), (x + size * 0.6, y)], size * 0.2, chrome)


def front(rng, fonts, width, height, paint, maker):
    """A car's face, from the bumper's lower edge to the bonnet's."""
    art = Art(width, height, 420, paint)
    w, h, middle = width, height, width / 2
    black = (24, 24, 26)
    seam = tuple(int(c * 0.35) for c in paint)
    # Lower bumper: intake, spoiler lip, fog lamp pockets.
    depth = h * rng.uniform(0.30, 0.38)
    half = w * rng.uniform(0.26, 0.36)
    grille(
        art,
        rng,
        [(middle - half, 0.05), (middle + half, 0.05), (middle + half * 0.9, depth), (middle - half * 0.9, depth)],
        black,
    )
    art.rectangle(0, 0, w, 0.04, (30, 30, 32), gloss=40)
    for side in (0, 1):
        pocket = [(0.06, 0.10), (0.30, 0.08), (0.33, depth * 0.85), (0.08, depth * 0.95)]
        art.polygon(mirror(pocket, w) if side else pocket, black, gloss=50)
        art.disc(w - 0.2 if side else 0.2, depth * 0.5, 0.045, (150, 155, 160))
        art.disc(w - 0.2 if side else 0.2, depth * 0.5, 0.03, (225, 228, 232), emit=30)
    # Upper grille.
    g0, g1 = h * rng.uniform(0.62, 0.68), h * rng.uniform(0.86, 0.95)
    half = w * rng.uniform(0.18, 0.27)
    slant = rng.uniform(-0.06, 0.08)
    outline = [(middle - half + slant, g0), (middle + half - slant, g0), (middle + half, g1), (middle - half, g1)]
    if rng.random() < 0.25:  # two openings
        gap = 0.03
        grille(art, rng, [(middle - half, g0), (middle - gap, g0), (middle - gap, g1), (middle - half, g1)], black)
        grille(art, rng, [(middle + gap, g0), (middle + half, g0), (middle + half, g1), (middle + gap, g1)], black)
    else:
        grille(art, rng, outline, black)
    if rng.random() < 0.7:
        art.line(outline + outline[:1], 0.012, (190, 193, 197))
    badge(art, rng, middle, (g0 + g1) / 2 + rng.uniform(0, 0.05), rng.uniform(0.04, 0.055))
    # Headlamps.
    y0, y1 = h * rng.uniform(0.64, 0.72), h * rng.uniform(0.90, 0.98)
    inner, low = half + middle + rng.uniform(0.02, 0.06), rng.uniform(0, 0.06)
    lamp = [
        (inner, y0 + low),
        (w - 0.08, y0),
        (w - 0.01, y0 + (y1 - y0) * 0.6),
        (w - 0.03, y1),
        (inner + 0.05, y1 - 0.05),
    ]
    for side in (0, 1):
        shape = lamp if side else mirror(lamp, w)
        art.polygon(shape, (58, 61, 66))
        art.line(shape + shape[:1], 0.008, (20, 20, 22))
        for k, x in enumerate((inner + 0.10, w - 0.17)):
            x = x if side else w - x
            art.disc(x, (y0 + y1) / 2, 0.055, (150, 155, 162))
            art.disc(x, (y0 + y1) / 2, 0.040, (230, 233, 238), emit=255 if k else 120)
        strip = [
            (inner + 0.04, y0 + low + 0.02),
            (w - 0.10, y0 + 0.018),
            (w - 0.10, y0 + 0.03),
            (inner + 0.04, y0 + low + 0.032),
        ]
        art.polygon(strip if side else mirror(strip, w), (245, 246, 250), emit=70)
        corner = [(w - 0.075, y0 + 0.03), (w - 0.03, y0 + 0.08), (w - 0.05, y1 - 0.03), (w - 0.08, y1 - 0.03)]
        art.polygon(corner if side else mirror(corner, w), (214, 120, 30))
    art.line([(0, h * 0.60), (w * 0.30, h * 0.575), (w * 0.70, h * 0.575), (w, h * 0.60)], 0.006, seam, gloss=60)
    art.line([(0, h - 0.006), (w, h - 0.006)], 0.012, seam, gloss=60)
    if rng.random() < 0.3:
        art.text(maker, middle, g1 + 0.03, 0.022, fonts[0], (215, 217, 220), "mm")
    art.dirt(rng, rng.uniform(0, 0.35))
    return art


def back(rng, fonts, width, height, paint, maker, tall):
    """A car's back below the window: tail lamps, tailgate, lettering, bumper. tall: a van's doors."""
    art = Art(width, height, 420, paint)
    w, h, middle = width, height, width / 2
    seam = tuple(int(c * 0.3) for c in paint)
    bumper = 0.36 if not tall else 0.28
    if rng.random() < 0.6:
        art.rectangle(0, 0, w, bumper * rng.uniform(0.4, 0.7), (38, 38, 40), gloss=40)
    art.line([(0, bumper), (w, bumper)], 0.009, seam, gloss=50)
    for x in (0.14, w - 0.14):
        art.rectangle(x - 0.07, bumper * 0.45, x + 0.07, bumper * 0.45 + 0.035, (150, 12, 14), retro=120)
    if rng.random() < 0.6:
        art.disc(w * 0.24, 0.06, 0.035, (120, 122, 126))
        art.disc(w * 0.24, 0.06, 0.026, (10, 10, 10), gloss=20)
    # Tail lamps: red, a clear and an amber part.
    y0 = bumper + (h - bumper) * rng.uniform(0.35, 0.5)
    y1 = h * rng.uniform(0.93, 0.99)
    inner = rng.uniform(0.2, 0.42) if not tall else 0.14
    if tall:
        y0, y1 = bumper + 0.12, bumper + 0.62
    lamp = [(0.02, y0), (inner, y0 + 0.02), (inner * 0.9, y1 - 0.03), (0.02, y1)]
    for side in (0, 1):
        shape = mirror(lamp, w) if side else lamp
        art.polygon(shape, (128, 10, 16), emit=40)
        part = [
            (0.03, y0 + (y1 - y0) * 0.55),
            (inner * 0.85, y0 + (y1 - y0) * 0.55),
            (inner * 0.8, y1 - 0.05),
            (0.03, y1 - 0.04),
        ]
        art.polygon(mirror(part, w) if side else part, (190, 20, 24), emit=255)
        part = [
            (0.03, y0 + 0.03),
            (inner * 0.9, y0 + 0.04),
            (inner * 0.9, y0 + (y1 - y0) * 0.22),
            (0.03, y0 + (y1 - y0) * 0.22),
        ]
        art.polygon(mirror(part, w) if side else part, (205, 200, 196))
        art.line(shape + shape[:1], 0.006, (40, 6, 8))
    letters = (200, 203, 208) if sum(paint) < 420 else (60, 62, 66)
    if tall:
        art.line([(middle, bumper), (middle, h)], 0.012, seam, gloss=40)
        art.text(maker, w * 0.27, bumper + 0.75, 0.05, fonts[0], letters, "mm")
    else:
        gate = [(inner * 0.95, bumper), (inner * 0.95, h), (w - inner * 0.95, h), (w - inner * 0.95, bumper)]
        art.line(gate, 0.006, seam, gloss=60)
        badge(art, rng, middle, h * rng.uniform(0.88, 0.93), 0.045)
        art.text(maker, inner + 0.06, h * 0.80, 0.035, fonts[0], letters, "lm")
    if rng.random() < 0.75:
        art.text(
            str(rng.choice(MODELS)),
            w - inner - 0.06,
            (h if not tall else bumper + 0.9) * 0.80,
            0.035,
            fonts[1],
            letters,
            "rm",
        )
    if rng.random() < 0.4:
        art.text(str(rng.choice(DEALERS)), inner + 0.06, bumper + 0.035, 0.018, fonts[1], letters, "lm")
    art.dirt(rng, rng.uniform(0, 0.5))
    return art
