"""Samples for the reader: strips with their text and country.

Rendered plates, rendered and real things that are no plates (empty text; lettering most of all), plates too small or too
blurred to be read (empty text), and crops of real photographs when their folder is given.
"""
from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

import cv2
import numpy as np

import camera
import emblems
import furniture
import plates
from fonts import FontPool
from scene_clutter import Lettering, blend
from straighten import HEIGHT, STACK_BELOW, WIDTH, aspect, box_quad, strip

Correct = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""What puts corners right: grey picture uint8 [h,w] and corners [4,2] to corners [4,2]."""

_MAX_TRIES = 8
AROUND_CORRECTED = (0.3, 0.6)
"""What a straightener sees around the plate, and a detector's error besides, as shares of the plate's width and height."""
CORRECTED = 0.8
"""Share of the plates whose corners are put right, when there is something that does it: a reader may have to do without."""
_FAINT = 3.5
"""Below this standard deviation (grey levels, middle rows of the strip) nobody can read a plate."""


@dataclass
class Sample:
    """One strip uint8 [48,192], its text (may be empty), its country ('' when nobody knows), lines, plate width in pixels."""

    strip: np.ndarray
    text: str
    country: str
    lines: int = 1
    width_px: float = 0.0


def jitter(rng: np.random.Generator, quad: np.ndarray, strength: float = 1.0) -> np.ndarray:
    """The corners as a detector gives them.

    Measured on 1,033 rendered plates of 40 px and more with detector 1.0.0 and its close-up: standard deviation 0.035 of
    the plate's width along it, 0.07 of its height across, upper and lower corners of a side together, and on photographs
    a tilt besides. The text stays within the margin that the strip has beyond the corners, or nearly.
    """
    amount = strength * (rng.uniform(0.3, 1.1) if rng.random() < 0.8 else rng.uniform(1.1, 2.0))
    right, down = (quad[1] + quad[2] - quad[0] - quad[3]) / 2, (quad[3] + quad[2] - quad[0] - quad[1]) / 2
    height, width = max(1e-6, float(np.linalg.norm(down))), max(1e-6, float(np.linalg.norm(right)))
    unit = min(height, 0.33 * width)  # two-line plates are high: errors go with the plate's size, not with its height
    each = rng.normal(0, 1, (4, 2)) * amount
    left, end, slant, tilt, shift = rng.normal(0, 1, 5) * amount
    along = each[:, 0] * 0.07 * unit + np.array([left, end, end, left]) * 0.032 * width + np.array([1, 1, -1, -1]) * slant * 0.06 * unit
    across = (each[:, 1] * 0.055 + np.array([-1, 1, 1, -1]) * tilt * 0.07 + shift * 0.05) * unit
    grow = rng.normal(0, 0.02 * amount) + abs(rng.normal(0, 0.02 * amount))
    along += np.array([-1, 1, 1, -1]) * grow * width / 2
    across += np.array([-1, -1, 1, 1]) * grow * height / 2
    inward = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]])
    limits = np.array([0.075 * width, 0.16 * unit])
    moved = np.minimum(np.stack([along, across], 1) * inward, limits) * inward
    return (quad + moved[:, :1] * right / width + moved[:, 1:] * down / height).astype(np.float32)


def upright(quad: np.ndarray) -> np.ndarray:
    """The upright box around a plate, as corners: what a detector without corners gives."""
    low, high = quad.min(axis=0), quad.max(axis=0)
    return box_quad(low[0], low[1], high[0] - low[0], high[1] - low[1])


def plate_width(rng: np.random.Generator, lines: int) -> float:
    """Width of the plate in the picture, pixels: mostly 45 to 200, some up to 400. Two-line plates are narrower."""
    dice = rng.random()
    if dice < 0.7:
        width = np.exp(rng.uniform(np.log(46), np.log(150)))
    elif dice < 0.93:
        width = rng.uniform(100, 230)
    else:
        width = rng.uniform(200, 400)
    return float(width if lines == 1 else max(34.0, width * 0.68))


def rendered(rng: np.random.Generator, fonts: FontPool, country: str | None = None, lines: int | None = None,
             width_px: float | None = None, strength: float = 1.0, turned: float = 0.0, correct: Correct | None = None) -> Sample:
    """A rendered plate, seen by a camera and straightened by corners that are a little off; a share of them `turned`."""
    view = {"around": AROUND_CORRECTED} if correct else {}
    for _ in range(_MAX_TRIES):
        plate = _plate(rng, fonts, country, lines)
        furniture.abuse(rng, plate.rgb, plate.retro)
        art, retro, corners = plates.mount(rng, fonts, plate)
        width = width_px or plate_width(rng, plate.lines)
        grey, quad = camera.shoot(rng, art, retro, corners, width, strength, **view)
        found = jitter(rng, quad, strength * (1.0 if plate.lines == 1 else 1.2))  # the slant of high plates is harder to see
        if rng.random() < 0.12:
            box = jitter(rng, upright(quad), 0.7 * strength)
            tilt = abs(quad[1, 1] - quad[0, 1]) / max(1.0, np.linalg.norm(quad[3] - quad[0]))
            if tilt < 0.45:
                found = box
        if correct and rng.random() < CORRECTED:
            found = correct(grey, found)
        stacked = _layout(rng, aspect(found), plate.lines)
        if stacked is not None:
            picture = strip(grey, found, stacked)
            if not stacked and rng.random() < 0.12:
                picture = _bend(rng, picture)
            if stacked != (plate.lines == 2):
                return Sample(picture, "", "", plate.lines, width)
            if float(cv2.GaussianBlur(picture, (0, 0), 1.2)[12:36].std()) < _FAINT:
                return Sample(picture, "", "", plate.lines, width)
            if rng.random() < turned:
                return _turned(rng, picture, plate)
            return Sample(picture, plate.text, plate.country, plate.lines, width)
    return nothing(rng, fonts)


def _plate(rng: np.random.Generator, fonts: FontPool, country: str | None, lines: int | None) -> plates.Plate:
    """Any plate; now and then one with thin characters, which blur takes away, or with what may stand on a plate elsewhere."""
    dice = rng.random() if country is None else 1.0
    if dice < 0.045:
        text = plates.random_text(rng)
        for i in rng.integers(0, len(text), 2):
            text = text[:i] + "I1I1JLQ"[int(rng.integers(7))] + text[i + 1:]
        return plates.random_format(rng, fonts, lines, text)
    if dice < 0.145 and lines != 2:  # the look tells the country, not the text alone
        return plates.headed(rng, fonts)
    return plates.random_plate(rng, fonts, country, lines)


def _turned(rng: np.random.Generator, picture: np.ndarray, plate: plates.Plate) -> Sample:
    """A plate on its head or in a mirror says nothing, unless it looks like itself."""
    mirrored = bool(rng.random() < 0.5)
    if all(c in ("AHIMOTUVWXY018" if mirrored else "HINOSXZ018") for c in plate.text):
        return Sample(picture, plate.text, plate.country, plate.lines)
    if not mirrored:  # of two lines the lower one, on its head, is the left half then
        turned = picture[::-1, ::-1]
    elif plate.lines == 2:
        half = WIDTH // 2
        turned = np.concatenate([picture[:, :half][:, ::-1], picture[:, half:][:, ::-1]], 1)
    else:
        turned = picture[:, ::-1]
    return Sample(np.ascontiguousarray(turned), "", "", plate.lines)


def _bend(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """A plate bent along a bumper: its middle up or down by up to 6 px of the strip against its ends."""
    x = np.arange(WIDTH, dtype=np.float32)
    sag = rng.normal(0, 2.5) * (1 - ((x - WIDTH / 2) / (WIDTH / 2)) ** 2)
    rows = np.arange(HEIGHT, dtype=np.float32)[:, None] + np.clip(sag, -6, 6).astype(np.float32)[None, :]
    return cv2.remap(picture, np.repeat(x[None], HEIGHT, 0), rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _layout(rng: np.random.Generator, ratio: float, lines: int) -> bool | None:
    """How the strip of a plate seen with this aspect ratio is cut: True for two lines; None for a shape that it never has.

    Where the ratio leaves doubt one in eight is cut the wrong way, and then says nothing: whoever runs the reader can
    try both ways and keep the one that says something.
    """
    wrong = rng.random() < 0.12
    if lines == 1:
        return None if ratio < 1.4 else wrong and ratio < 3.0
    return None if ratio > 3.2 else not (wrong and ratio > 1.5)


def unreadable(rng: np.random.Generator, fonts: FontPool) -> Sample:
    """A plate that nobody can read: far too small. Its text is empty."""
    plate = plates.random_plate(rng, fonts)
    art, retro, corners = plates.mount(rng, fonts, plate)
    width = rng.uniform(9, 22) * (1.0 if plate.lines == 1 else 0.6) * min(1.0, max(3, len(plate.text)) / 7)
    grey, quad = camera.shoot(rng, art, retro, corners, max(7.0, width))
    return Sample(strip(grey, jitter(rng, quad)), "", "", plate.lines, width)


def nothing(rng: np.random.Generator, fonts: FontPool) -> Sample:
    """Something that is no plate: paint, a grille, lamps, rows of small lettering. Its text is empty."""
    h, w = 110, int(rng.integers(260, 520))
    rgb = np.clip(rng.uniform(10, 230) + emblems.texture(rng, h, w)[..., None] * rng.uniform(10, 120)
                  + np.zeros(3), 0, 255).astype(np.uint8)
    retro = np.full((h, w), rng.uniform(0, 0.5), np.float32)
    kind = int(rng.integers(0, 5))
    if kind == 0:  # a grille or louvres
        step = int(rng.integers(5, 40))
        axis = np.arange(h if rng.random() < 0.6 else w) // step % 2 == 0
        if len(axis) == h:
            rgb[axis] = rgb[axis] // 3
        else:
            rgb[:, axis] = rgb[:, axis] // 3
    elif kind == 1:  # rows of small lettering
        rows = int(rng.integers(4, 8))
        for r in range(rows):
            furniture.lettering(rng, fonts, rgb, retro, (4, r * h // rows, w - 8, h // rows), int(rng.integers(0, 256)))
    elif kind == 2:  # shapes: lamps, badges, pipes
        for _ in range(int(rng.integers(1, 7))):
            emblems.paste(rgb, retro, emblems.pick(rng, "any"), rng.uniform(-20, w), rng.uniform(-20, h),
                          rng.uniform(20, 160), rng.uniform(20, 120), 0.5)
    elif kind == 3:  # edges
        for _ in range(int(rng.integers(2, 12))):
            ends = [(int(rng.integers(-50, w + 50)), int(rng.integers(-50, h + 50))) for _ in range(2)]
            cv2.line(rgb, ends[0], ends[1], tuple(int(c) for c in rng.integers(0, 256, 3)), int(rng.integers(1, 25)), cv2.LINE_AA)
    grey, quad = camera.shoot(rng, rgb, retro, box_quad(w * 0.1, h * 0.15, w * 0.8, h * 0.7), rng.uniform(40, 250))
    return Sample(strip(grey, jitter(rng, quad), bool(rng.random() < 0.2)), "", "")


def words(rng: np.random.Generator, letters: Lettering, scenes: list[tuple[np.ndarray, np.ndarray]], correct: Correct | None = None) -> Sample:
    """Lettering that stands on no plate: a clock, a camera's name, a van's side, a sign longer than any plate. Its text is empty.

    A detector takes some of it for a plate, and what is clear to read would be read with confidence. What tells it from a
    plate is that no plate's edge goes round it. scenes: as `RealSet.scenes`, what it is laid over.
    """
    height = int(np.exp(rng.uniform(np.log(8), np.log(44))))
    lines = [letters.word(rng, height) for _ in range(1 if rng.random() < 0.7 else 2)]
    text_width, step = max(line.shape[1] for line in lines), round(height * rng.uniform(1.05, 1.5))
    text_height = height + step * (len(lines) - 1)
    rim = text_height + 8
    grey = _behind(rng, text_width + 2 * rim, text_height + 2 * rim, scenes)
    bar, style = rng.random() < 0.35, rng.random()
    if bar:  # from side to side: an edge above and below is a sign's too, one on the left and right is a plate's
        top, low = rim - rng.uniform(0.05, 0.6) * height, rim + text_height + rng.uniform(0.05, 0.6) * height
        grey[max(0, round(top)):round(low)] = rng.uniform(0, 255)
    around = float(grey[rim:rim + text_height, rim:rim + text_width].mean())
    level = float(np.clip(around + rng.choice([-1, 1]) * rng.uniform(45, 200), 0, 255))
    if abs(level - around) < 40:
        level = 255.0 if around < 128 else 0.0
    for i, line in enumerate(lines):
        x, y = rim + round((text_width - line.shape[1]) * rng.choice([0, 0, 0.5])), rim + i * step
        if style < 0.3 and not bar:
            blend(grey, cv2.dilate(line, np.ones((3, 3), np.uint8)), 255 - level, x, y)
        blend(grey, line, level, x, y)
    lean = np.tan(np.deg2rad(rng.normal(0, 4)))
    grey = cv2.warpAffine(grey, np.array([[1, rng.normal(0, 0.1), 0], [lean, 1, -lean * grey.shape[1] / 2]], np.float32),
                          (grey.shape[1], grey.shape[0]), borderMode=cv2.BORDER_REPLICATE)
    wide = float(min(text_width, text_height * rng.uniform(2.0, 8.0)))  # of long lines a part
    x = rim + rng.uniform(0, text_width - wide)
    quad = box_quad(x, rim, wide, text_height)
    grow = np.abs(rng.normal(0, 0.12, 2)) * text_height
    quad = quad + np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float32) * grow
    picture = grey.astype(np.float32)
    if rng.random() < 0.5:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 0.06 * height + 0.4))
    picture += rng.normal(0, rng.uniform(0.3, 5), picture.shape)
    grey = np.clip(picture, 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        grey = camera.compress(rng, grey)
    found = jitter(rng, quad.astype(np.float32))
    if correct and rng.random() < CORRECTED:
        found = correct(grey, found)
    return Sample(strip(grey, found), "", "", len(lines), wide)


def _behind(rng: np.random.Generator, width: int, height: int, scenes: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """What lettering may stand on, uint8 [height,width]: a piece of a photograph, or paint."""
    if scenes and rng.random() < 0.6:
        grey, _ = scenes[int(rng.integers(len(scenes)))]
        w, h = min(width, grey.shape[1]), min(height, grey.shape[0])
        x, y = int(rng.integers(0, grey.shape[1] - w + 1)), int(rng.integers(0, grey.shape[0] - h + 1))
        return cv2.resize(grey[y:y + h, x:x + w], (width, height), interpolation=cv2.INTER_LINEAR)
    paint = rng.uniform(5, 245) + emblems.texture(rng, height, width) * rng.uniform(2, 70)
    return np.clip(paint, 0, 255).astype(np.uint8)


@dataclass
class RealPlate:
    """A plate in a photograph: grey picture uint8 [h,w] (a cut around it), box (x, y, w, h) in it, text."""

    grey: np.ndarray
    box: tuple[float, float, float, float]
    text: str
    quality: str = "clear"


@dataclass
class RealSet:
    """Plates of photographs and pictures to cut non-plates from, with the boxes to stay clear of."""

    plates: list[RealPlate] = field(default_factory=list)
    scenes: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)


def load_real(data: Path, name: str, split: str | None = None) -> RealSet:
    """'dashcam-ro' (with split train or val), 'street-mixed' or 'openalpr-eu-part' (measuring only)."""
    out = RealSet()
    by_file: dict[str, list[dict[str, str]]] = {}
    with open(data / name / "labels.csv", newline="", encoding="utf-8") as handle:
        for row in csv.DictReader(handle):
            if split is None or row.get("split") == split:
                by_file.setdefault(row["file"], []).append(row)
    for file, rows in sorted(by_file.items()):
        found = sorted((data / name).rglob(file))
        grey = cv2.imread(str(found[0]), cv2.IMREAD_GRAYSCALE) if found else None
        if grey is None:
            continue
        boxes = [tuple(float(r[k]) for k in "xywh") for r in rows if r["w"]]
        for row in rows:
            legible = row.get("quality", "clear") in ("clear", "hard") and row.get("readable", "1") == "1"
            if not (row["text"] and row["w"] and legible and row.get("ignore", "0") == "0"):
                continue
            x, y, w, h = (float(row[k]) for k in "xywh")
            if w / h < 2.3 and not (row.get("source") == "platerec" and w / h < 1.8):
                continue  # an upright box round a slanted plate: one line or two cannot be told from its shape
            x0, y0 = max(0, int(x - 0.5 * w)), max(0, int(y - 1.2 * h))
            cut = grey[y0:int(y + 2.2 * h) + 1, x0:int(x + 1.5 * w) + 1].copy()
            out.plates.append(RealPlate(cut, (x - x0, y - y0, w, h), row["text"], row.get("quality", "clear")))
        out.scenes.append((grey, np.array(boxes, np.float32).reshape(-1, 4)))
    return out


def real_plate(rng: np.random.Generator, real: RealSet, correct: Correct | None = None) -> Sample:
    """A real plate, straightened by a jittered box, its light changed; sometimes reduced first."""
    one = real.plates[int(rng.integers(len(real.plates)))]
    grey, quad = one.grey, box_quad(*one.box)
    if one.box[2] > 90 and rng.random() < 0.5:
        k = float(rng.uniform(70 / one.box[2], 1))
        small = cv2.resize(grey, None, fx=k, fy=k, interpolation=cv2.INTER_AREA)
        quad = quad * np.array([small.shape[1] / grey.shape[1], small.shape[0] / grey.shape[0]], np.float32)
        grey = small
    grey = grey.astype(np.float32) * np.float32(rng.uniform(0.6, 1.3)) + np.float32(rng.uniform(-25, 25))
    if rng.random() < 0.4:
        grey = cv2.GaussianBlur(grey, (0, 0), rng.uniform(0.3, 0.8))
    if rng.random() < 0.5:
        grey += camera._grain(rng, *grey.shape) * np.float32(rng.uniform(0.5, 5))
    grey = np.clip(grey, 0, 255).astype(np.uint8)
    if rng.random() < 0.4:
        grey = camera.compress(rng, grey)
    for _ in range(_MAX_TRIES):
        found = jitter(rng, quad, 0.9)
        if correct and rng.random() < CORRECTED:
            found = correct(grey, found)
        stacked = aspect(quad) < STACK_BELOW
        if (aspect(found) < STACK_BELOW) == stacked:
            break
    return Sample(strip(grey, found, stacked), one.text, "", 2 if stacked else 1, one.box[2])


def real_nothing(rng: np.random.Generator, real: RealSet) -> Sample:
    """A piece of a photograph that touches no plate. Its text is empty."""
    grey, boxes = real.scenes[int(rng.integers(len(real.scenes)))]
    h, w = grey.shape
    for _ in range(_MAX_TRIES):
        bw = float(np.exp(rng.uniform(np.log(40), np.log(min(300, w / 2)))))
        bh = bw / rng.uniform(1.3, 5.5)
        x, y = rng.uniform(0, w - bw), rng.uniform(0, max(1.0, h - bh))
        near = ((boxes[:, 0] < x + bw * 1.2) & (boxes[:, 0] + boxes[:, 2] > x - bw * 0.2)
                & (boxes[:, 1] < y + bh * 1.3) & (boxes[:, 1] + boxes[:, 3] > y - bh * 0.3))
        if not near.any():
            return Sample(strip(grey, jitter(rng, box_quad(x, y, bw, bh))), "", "")
    return Sample(np.full((HEIGHT, WIDTH), int(rng.integers(0, 256)), np.uint8), "", "")


def mixed(rng: np.random.Generator, fonts: FontPool, letters: Lettering, real: RealSet | None, real_share: float = 0.04,
          strength: float = 1.0, correct: Correct | None = None) -> Sample:
    """One training sample. strength below 1 makes an easier one, for the beginning."""
    if rng.random() < 0.03:
        letters.refresh(rng)
        return words(rng, letters, real.scenes if real else [], correct)
    dice = rng.random()
    if dice < 0.02:
        return unreadable(rng, fonts)
    if dice < 0.04:
        return nothing(rng, fonts)
    if real is not None:
        if dice < 0.065 and real.scenes:
            return real_nothing(rng, real)
        if dice < 0.065 + real_share and real.plates:
            return real_plate(rng, real, correct)
    return rendered(rng, fonts, strength=strength * rng.uniform(0.4, 1.0), turned=0.015, correct=correct)
