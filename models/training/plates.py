"""Number plates, drawn frontally: what is printed, in which colours, and what shines in infra-red.

`random_plate` draws any plate (half of them with a string that follows no country's format, so that a reader
learns shapes and not syntax); `render_plate` draws a given text in a country's look; `mount` puts a plate into
a holder on a piece of vehicle. Distance, light and lens are camera.py's business.
"""
from __future__ import annotations

import re
from dataclasses import dataclass

import cv2
import numpy as np

import emblems
import furniture
from fonts import ALPHABET, CAP_PX, PAD_TOP, Font, FontPool
from formats import BLACK, BLUE, COUNTRIES, EU_BLUE, GREEN, RED, RUBY, WHITE, YELLOW, Look

LETTERS, DIGITS = ALPHABET[10:], ALPHABET[:10]
CONFUSABLE = "0ODQ8B1I7T2Z5S6GUV4ACHMNWKXRP3E9JFL"
"""Look-alikes first: random strings take half their characters from the first 21."""
LENGTH_SHARE = np.array([1, 2, 3, 5, 9, 14, 16, 9, 5, 3], float)
_LENGTH_CUM = np.cumsum(LENGTH_SHARE / LENGTH_SHARE.sum())
_CODES = list(COUNTRIES)
_CODE_CUM = np.cumsum([c.weight for c in COUNTRIES.values()]) / sum(c.weight for c in COUNTRIES.values())


@dataclass
class Plate:
    """A plate's artwork, edge to edge.

    rgb: uint8 [H,W,3]. retro: float32 [H,W], infra-red retro-reflection, background near 1, characters near 0.
    text: A-Z and 0-9 in reading order. country: as on the plate, or 'unknown'. lines: 1 or 2.
    """

    rgb: np.ndarray
    retro: np.ndarray
    text: str
    country: str
    lines: int
    width_mm: float
    height_mm: float


def random_plate(rng: np.random.Generator, fonts: FontPool, country: str | None = None,
                 lines: int | None = None) -> Plate:
    """Any plate. Without a country half of the strings are random; with one the text follows its formats."""
    if country is None and rng.random() < 0.55:
        return random_format(rng, fonts, lines)
    code = country or _CODES[int(np.searchsorted(_CODE_CUM, rng.random()))]
    look, marks = series(rng, code, lines)
    return draw(rng, fonts, code, look, marks)


def render_plate(rng: np.random.Generator, fonts: FontPool, country: str, text: str,
                 lines: int | None = None) -> Plate:
    """A given text (A-Z, 0-9) in a country's look; grouped as the country groups it when a format fits."""
    text = re.sub("[^A-Z0-9]", "", text.upper())
    fitting = []
    for _, look, patterns in COUNTRIES[country].series:
        for pattern in patterns:
            if lines is None or lines == 1 + pattern.count("|"):
                marks = _fit(pattern, text)
                if marks:
                    fitting.append((look, marks))
    if fitting:
        look, marks = fitting[int(rng.integers(len(fitting)))]
    else:
        look = COUNTRIES[country].series[0][1]
        marks = text if lines != 2 or len(text) < 2 else text[:(len(text) + 1) // 2] + "|" + text[(len(text) + 1) // 2:]
    return draw(rng, fonts, country, look, marks)


def random_text(rng: np.random.Generator, length: int | None = None) -> str:
    """A string of any letters and digits, look-alikes balanced."""
    n = length or 1 + int(np.searchsorted(_LENGTH_CUM, rng.random()))
    pool = CONFUSABLE[:21] if rng.random() < 0.5 else ALPHABET
    return "".join(pool[int(i)] for i in rng.integers(0, len(pool), n))


def mount(rng: np.random.Generator, fonts: FontPool, plate: Plate) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The plate on a vehicle: a holder, dealer's lettering, paint or grille around it.

    Returns rgb uint8 [H',W',3], retro float32 [H',W'] and the plate's corners float32 [4,2] in pixels of them,
    (x, y) from the upper left, clockwise, at the plate's outer edge.
    """
    h, w = plate.retro.shape
    side, above, below = round(w * rng.uniform(0.14, 0.2)), round(h * rng.uniform(0.3, 0.5)), round(h * rng.uniform(0.3, 0.5))
    shade = float(rng.choice([18, 30, 60, 110, 170, 225])) * rng.uniform(0.7, 1.1)
    tint = rng.uniform(0.75, 1.1, 3) * shade
    size = (h + above + below, w + 2 * side)
    soft = emblems.texture(rng, size[0] // 6, size[1] // 6)  # soft anyway: coarse is enough, and fast
    paint = np.clip(tint[None, None] + soft[..., None] * rng.uniform(4, 40), 0, 255).astype(np.uint8)
    rgb = cv2.resize(paint, size[::-1], interpolation=cv2.INTER_LINEAR)
    retro = np.full(size, rng.uniform(0.01, 0.12) + shade / 255 * 0.12, np.float32)
    if rng.random() < 0.2:  # a grille: bars
        step = int(rng.integers(7, 30))
        bars = np.arange(rgb.shape[0]) // max(2, step // 2) % 2 == 0
        rgb[bars] = (rgb[bars] * rng.uniform(0.2, 0.8)).astype(np.uint8)
    lip = 0
    if rng.random() < 0.6:  # a holder, with a lip that may cover the plate's rim
        rim = [int(rng.integers(2, max(3, round(h * s)))) for s in (0.1, 0.1, 0.1, 0.28)]
        colour = int(rng.choice([15, 25, 40, 90, 180, 230]))
        cv2.rectangle(rgb, (side - rim[0], above - rim[1]), (side + w + rim[2], above + h + rim[3]), (colour,) * 3, -1)
        retro[max(0, above - rim[1]):above + h + rim[3], max(0, side - rim[0]):side + w + rim[2]] = colour / 255 * 0.15
        if rim[3] > 9 and rng.random() < 0.75:
            furniture.lettering(rng, fonts, rgb, retro, (side, above + h + 2, w, rim[3] - 3), 235 if colour < 120 else 25)
        elif rng.random() < 0.1:
            furniture.lettering(rng, fonts, rgb, retro, (side, above - round(h * 0.18), w, round(h * 0.15)), 255 - colour)
        lip = int(rng.integers(0, 4))
    y, x = above, side
    rgb[y + lip:y + h - lip, x + lip:x + w - lip] = plate.rgb[lip:h - lip, lip:w - lip]
    retro[y + lip:y + h - lip, x + lip:x + w - lip] = plate.retro[lip:h - lip, lip:w - lip]
    return rgb, retro, np.array([[x, y], [x + w, y], [x + w, y + h], [x, y + h]], np.float32)


def series(rng: np.random.Generator, code: str, lines: int | None) -> tuple[Look, str]:
    """A look and the marks of one plate of a country; two-line by cutting a format when it has none of its own."""
    series = COUNTRIES[code].series
    wanted = [s for s in series if lines is None or any((lines == 2) == ("|" in p) for p in s[2])] or list(series)
    weights = np.cumsum([s[0] for s in wanted])
    _, look, patterns = wanted[int(np.searchsorted(weights, rng.random() * weights[-1]))]
    fitting = [p for p in patterns if lines is None or (lines == 2) == ("|" in p)] or list(patterns)
    pattern = fitting[int(rng.integers(len(fitting)))]
    if pattern == "PERSONAL":
        text = random_text(rng, 1 + int(np.searchsorted(np.cumsum([2, 3, 5, 8, 12, 16, 20, 34]) / 100, rng.random())))
        cut = int(rng.integers(1, len(text))) if len(text) > 3 and rng.random() < 0.3 else 0
        return look, text[:cut] + "-" * bool(cut) + text[cut:]
    letters = COUNTRIES[code].letters
    marks = "".join(letters[int(rng.integers(len(letters)))] if c == "a" else DIGITS[int(rng.integers(10))] if c == "d" else c
                    for c in pattern)
    if lines == 2 and "|" not in marks and len(marks) > 3:
        middle = len(marks) // 2
        marks = marks[:middle].rstrip("- .") + "|" + marks[middle:].lstrip("- .")
    return look, marks


def _fit(pattern: str, text: str) -> str | None:
    """The pattern filled with the text, or None when it does not fit."""
    if pattern == "PERSONAL":
        return text if len(text) <= 8 else None
    out, i = [], 0
    for mark in pattern:
        if mark in "-. *|":
            out.append(mark)
            continue
        c = text[i:i + 1]
        if not c or (mark == "a" and not c.isalpha()) or (mark == "d" and not c.isdigit()) or (mark not in "ad" and mark != c):
            return None
        out.append(c)
        i += 1
    return "".join(out) if i == len(text) else None


def random_format(rng: np.random.Generator, fonts: FontPool, lines: int | None = None, text: str | None = None) -> Plate:
    """A plate of no country: any string (or this one), any grouping, any colours."""
    # Nobody can tell O from 0, and I from 1, in many fonts; on the road the digit is the likelier by far.
    text = text or "".join({"O": "0", "I": "1"}.get(c, c) if rng.random() < 0.5 else c for c in random_text(rng))
    two = lines == 2 or (lines is None and len(text) > 2 and rng.random() < 0.22)
    if two and len(text) < 2:
        text += random_text(rng, 3)
    cut = max(1, min(len(text) - 1, len(text) // 2 + int(rng.integers(-1, 2)))) if two else 0
    marks, since = "", 0
    for i, c in enumerate(text):
        if two and i == cut:
            marks, since = marks + ("*" if rng.random() < 0.08 else "") + "|", 0
        elif since >= 1 and rng.random() < 0.26:
            marks, since = marks + "- -  .*"[int(rng.integers(7))], 0
        marks, since = marks + c, since + 1
    if rng.random() < 0.06:
        marks = "*" + marks
    if rng.random() < 0.06 and not two:
        marks += "*"
    if not two and 4 <= len(text) <= 8 and rng.random() < 0.13:
        return draw(rng, fonts, "unknown", with_headings(rng) if rng.random() < 0.75 else with_top(rng), marks)
    schemes = ((WHITE, BLACK, 46), (WHITE, RUBY, 12), (YELLOW, BLACK, 14), (BLACK, WHITE, 7), (BLUE, WHITE, 5),
               (RED, WHITE, 3), (GREEN, WHITE, 3), (WHITE, BLUE, 4), (WHITE, GREEN, 2), (WHITE, RED, 2), ((150, 200, 170), BLACK, 2))
    total = np.cumsum([s[2] for s in schemes])
    background, ink, _ = schemes[int(np.searchsorted(total, rng.random() * total[-1], side="right"))]
    height = float(rng.uniform(88, 125))
    look = Look(background=background, ink=ink, size_mm=(round(height * rng.uniform(2.6, 4.9)), round(height)),
                two_line_mm=(round(rng.uniform(180, 360)), round(rng.uniform(130, 230))),
                band=("left", "", "left", "both", "right", "")[int(rng.integers(6))],
                letters="".join(LETTERS[int(i)] for i in rng.integers(0, 26, int(rng.integers(0, 4)))) or " ",
                border=ink if rng.random() < 0.6 else None, char_mm=height * float(rng.uniform(0.55, 0.82)))
    return draw(rng, fonts, "unknown", look, marks)


def headed(rng: np.random.Generator, fonts: FontPool) -> Plate:
    """A plate of another continent, with headings or a band on top, whose letters and digits stand as on the plates of several countries;
    between headings now and then with what its owner chose."""
    topped = rng.random() < 0.3
    shapes = (("aaadadd", "aaa dadd", "aa ddd aa", "aaa dddd", "aaa ddda") if topped
              else ("daaaddd", "aaadddd", "aaaddd", "dddaaa", "aaa dddd", "ddd-aaa", "aaa-dddd", "ddd aaa", "aa dddda", "dddddaa", "aa ddddd"))
    if not topped and rng.random() < 0.15:
        return draw(rng, fonts, "unknown", with_headings(rng), random_text(rng))
    shape = shapes[int(rng.integers(len(shapes)))]
    marks = "".join(LETTERS[int(rng.integers(26))] if c == "a" else DIGITS[int(rng.integers(10))] if c == "d" else c for c in shape)
    return draw(rng, fonts, "unknown", with_top(rng) if topped else with_headings(rng), marks)


def with_headings(rng: np.random.Generator) -> Look:
    """High plates with one line of narrow characters between a state's name and a slogan, as in the Americas."""
    background, ink = ((WHITE, BLACK), (WHITE, (30, 40, 120)), (WHITE, RED), (YELLOW, BLACK), ((190, 190, 190), BLACK),
                       (BLUE, WHITE), ((225, 215, 170), (20, 60, 40)))[int(rng.integers(7))]
    width, height = (305, 152) if rng.random() < 0.7 else (400, 130)
    return Look(background=background, ink=ink, size_mm=(width, height), band="", border=ink if rng.random() < 0.3 else None,
                char_mm=height * float(rng.uniform(0.4, 0.56)), headings=0.8, scenery=bool(rng.random() < 0.4))


def with_top(rng: np.random.Generator) -> Look:
    """A country's name in a band over the characters, as in South America and parts of Asia."""
    top = (BLUE, EU_BLUE, BLUE, (20, 90, 60), BLACK, RED)[int(rng.integers(6))]
    height = 130 if rng.random() < 0.7 else float(rng.uniform(110, 155))
    return Look(size_mm=(400 if rng.random() < 0.7 else round(height * rng.uniform(2.0, 3.6)), round(height)), band="",
                border=BLACK if rng.random() < 0.4 else None, char_mm=height * float(rng.uniform(0.46, 0.56)), top=top)


def draw(rng: np.random.Generator, fonts: FontPool, code: str, look: Look, marks: str) -> Plate:
    rows = marks.split("|")
    mm = look.two_line_mm if len(rows) == 2 else look.size_mm
    if len(rows) == 2 and mm[0] / mm[1] > 2.0:
        mm = (2 * mm[1], mm[1])
    scale = rng.uniform(0.92, 1.12) * (1.0 if len(rows) == 1 else min(1.0, 220 / mm[1] + 0.2))
    w, h = round(mm[0] * scale), round(mm[1] * scale)
    ink = np.clip(np.array(look.ink) + rng.integers(-18, 19, 3), 0, 255).astype(np.float32)
    ground = np.clip(np.array(look.background) + rng.integers(-16, 17) + rng.integers(-8, 9, 3), 0, 255).astype(np.float32)
    shine_ground = rng.uniform(0.7, 1.0) if ground.mean() > 90 or look.ink != WHITE else rng.uniform(0.0, 0.3)
    shine_ink = rng.uniform(0.0, 0.22) + (rng.uniform(0, 0.4) if look.ink in (RUBY, RED) else 0)
    if sum(look.ink) > sum(look.background):
        shine_ink, shine_ground = rng.uniform(0.6, 1.0), rng.uniform(0.02, 0.25)

    band_px = (h if len(rows) == 1 else h * 0.42) * rng.uniform(0.34, 0.46)
    left = band_px if look.band in ("left", "both") else 0.0
    right = band_px if look.band in ("right", "both") else 0.0
    gutter = max(4.0, h * rng.uniform(0.03, 0.09))
    font = fonts.pick(rng, code)
    mask = np.zeros((h, w), np.uint8)
    slots: list[tuple[float, float, float, float]] = []
    short_band = len(rows) == 2 and rng.random() < 0.6  # beside the upper line only
    top_px = round(h * rng.uniform(0.18, 0.27)) if look.top and len(rows) == 1 else 0
    row_h = (h - top_px) / len(rows)
    char_px = look.char_mm * scale if len(rows) == 1 else row_h * rng.uniform(0.66, 0.82)
    char_px = min(char_px * rng.uniform(0.92, 1.06), row_h * 0.86)
    squeeze = rng.uniform(0.82, 1.2)
    for r, row in enumerate(rows):
        x0 = gutter + (left if not (short_band and r == 1) else 0)
        room = w - x0 - gutter - right
        middle = top_px + row_h * (r + 0.5) + (0 if len(rows) == 1 else (0.03 - 0.06 * r) * row_h) + h * rng.uniform(-0.02, 0.02)
        _line(rng, font, row, mask, slots, x0, room, middle, char_px, squeeze)
    mask = _stroke(rng, mask)

    ramp = np.arange(256, dtype=np.float32) / 255
    retro = (shine_ground + ramp * (shine_ink - shine_ground)).astype(np.float32)[mask]
    colours = np.clip(ground + ramp[:, None] * (ink - ground), 0, 255).astype(np.uint8)
    rgb = cv2.merge([cv2.LUT(mask, colours[:, i]) for i in range(3)])
    if look.scenery:
        furniture.scenery(rng, rgb, mask)
    if rng.random() < 0.4:  # embossed: light from above catches one edge of each stroke
        soft = cv2.GaussianBlur(mask, (0, 0), 1.2)
        lit, amount = np.roll(soft, (2, 1), (0, 1)), rng.uniform(0.05, 0.3)
        first, second = (soft, lit) if rng.random() < 0.5 else (lit, soft)
        rgb = cv2.add(rgb, cv2.merge([cv2.convertScaleAbs(cv2.subtract(first, second), alpha=amount)] * 3))
        rgb = cv2.subtract(rgb, cv2.merge([cv2.convertScaleAbs(cv2.subtract(second, first), alpha=amount)] * 3))
    if look.border is not None and rng.random() < 0.85:
        inset, thick = int(rng.integers(1, max(2, h // 25))), int(rng.integers(1, max(2, h // 24)))
        cv2.rectangle(rgb, (inset, inset), (w - 1 - inset, h - 1 - inset), look.border, thick, cv2.LINE_AA)
        cv2.rectangle(retro, (inset, inset), (w - 1 - inset, h - 1 - inset), float(shine_ink), thick)
    letters = look.letters.strip() if look.letters else code if code != "unknown" else ""
    band_h = round(row_h) if short_band else h
    if left:
        furniture.band(rng, fonts, rgb, retro, 0, round(left), band_h, letters)
    if right:
        furniture.band(rng, fonts, rgb, retro, w - round(right), round(right), h, "".join(
            DIGITS[int(i)] for i in rng.integers(0, 10, 2)) if rng.random() < 0.6 else "")
    for x, y, sw, sh in slots:
        furniture.slot(rng, look, rgb, retro, x, y, sw, sh, shine_ground)
    if top_px:
        furniture.top(rng, fonts, rgb, retro, top_px, look.top)
    edge = (h - top_px - char_px) / 2 - 3
    if len(rows) == 1 and edge > 8:
        chance = look.headings or (0.09 if code == "unknown" else 0.0)
        for y in (top_px + 2, round(h - edge)):
            if rng.random() < chance:
                furniture.lettering(rng, fonts, rgb, retro, (round(left), y, round(w - left), round(edge)), int(ink.mean()))
    furniture.wear(rng, rgb, retro)
    text = "".join(c for c in marks if c in ALPHABET)
    return Plate(rgb, retro, text, code, len(rows), mm[0], mm[1])


def _line(rng: np.random.Generator, font: Font, row: str, mask: np.ndarray, slots: list, x0: float, room: float,
          middle: float, char_px: float, squeeze: float) -> None:
    """Draw one row of marks into the mask, centred; add the places of its emblems (x, y, w, h) to slots."""
    k = char_px / CAP_PX
    pitch = rng.uniform(0, 1) if rng.random() < 0.4 else 0.0  # towards one width for all, as many countries do
    wide = font.median_width
    between = char_px * rng.uniform(0.07, 0.24)
    group = char_px * rng.uniform(0.18, 0.5)
    dash = char_px * rng.uniform(0.16, 0.34)
    zero, ring = (rng.uniform(0.74, 0.93), rng.uniform(1.0, 1.12)) if rng.random() < 0.6 else (1.0, 1.0)
    if font.glyph("0") is font.glyph("O") or font.glyph("0").shape[1] < 0.9 * font.glyph("O").shape[1]:
        zero = ring = 1.0  # one shape for both, or the font tells them apart itself
    parts: list[tuple[str, float]] = []
    for mark in row:
        if mark in " ":
            parts.append((mark, group))
        elif mark == "-":
            parts.append((mark, dash + between * 0.5))
        elif mark == ".":
            parts.append((mark, char_px * 0.22))
        elif mark == "*":
            parts.append((mark, char_px * rng.uniform(0.35, 0.95)))
        else:
            gw = font.glyph(mark).shape[1]
            if mark not in "1IJ":
                gw = gw + pitch * (wide - gw)
            gw *= zero if mark == "0" else ring if mark == "O" else 1.0
            parts.append((mark, gw * k * squeeze))
    total = sum(p[1] for p in parts) + between * (len(parts) - 1)
    fit = min(1.0, room / total)
    x = x0 + (room - total * fit) * (0.5 if rng.random() < 0.7 else rng.uniform(0.1, 0.9))
    top = middle - char_px / 2
    for mark, width in parts:
        width *= fit
        if mark in ALPHABET:
            glyph = font.glyph(mark)
            if mark == "0" and font.family == "fe-schrift" and rng.random() < 0.6:
                glyph = font.glyph("O")  # FE's zero has a slit; most countries close it
            gw, gh = max(2, round(width)), max(4, round(glyph.shape[0] * k))
            piece = cv2.resize(glyph, (gw, gh), interpolation=cv2.INTER_AREA if k < 1 else cv2.INTER_LINEAR)
            _stamp(mask, piece, round(x), round(top - PAD_TOP * k + rng.uniform(-0.7, 0.7)))
        elif mark == "-" and rng.random() < 0.93:
            thick = max(2, round(char_px * rng.uniform(0.09, 0.17)))
            y = round(middle - thick / 2 + char_px * rng.uniform(-0.05, 0.05))
            mask[y:y + thick, max(0, round(x)):max(0, round(x + dash * fit))] = 255
        elif mark == ".":
            low = middle if rng.random() < 0.6 else middle + char_px * 0.42
            cv2.circle(mask, (round(x + width / 2), round(low)), max(2, round(char_px * rng.uniform(0.05, 0.1))), 255, -1, cv2.LINE_AA)
        elif mark == "*":
            slots.append((x, top, width, char_px))
        x += width + between * fit


def _stamp(mask: np.ndarray, piece: np.ndarray, x: int, y: int) -> None:
    h, w = mask.shape
    top, left = max(0, y), max(0, x)
    bottom, right = min(h, y + piece.shape[0]), min(w, x + piece.shape[1])
    if bottom > top and right > left:
        part = mask[top:bottom, left:right]
        np.maximum(part, piece[top - y:bottom - y, left - x:right - x], out=part)


def _stroke(rng: np.random.Generator, mask: np.ndarray) -> np.ndarray:
    """Thicker, thinner, rounder: what blurring and cutting at another level makes of the strokes."""
    if rng.random() < 0.35:
        return mask
    soft = cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.8, 2.6))
    level = rng.uniform(70, 175)
    table = np.clip((np.arange(256) - level) * rng.uniform(2.5, 6) + 128, 0, 255).astype(np.uint8)
    return cv2.LUT(soft, table)
