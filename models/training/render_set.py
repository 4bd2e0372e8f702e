"""Whole pictures with one readable plate each, and what stands on it: a measuring set for `anpr evaluate`.

    python3 render_set.py --kind belgian --seed 20260 --count 1000 --out sets/belgian
    anpr evaluate sets/belgian --errors

Kinds: `belgian` (all series since 1973, one and two lines, as often as formats.py draws them), `belgian-two-line`
(motorcycles, square plates), `personal` (Belgian plates of the owner's choice, one to eight characters), `europe` (every
other country of formats.py), `americas` (high plates between headings, or below a band with a country's name), `any` (strings of
no format in colours of no country). The fonts are those held out from training; with
`--fonts train` a set to choose settings by. Everything is drawn: the same seed gives the same pictures on every machine
with the same packages. labels.csv has the columns of `anpr evaluate` and more to sort by (`--where series=personal`).

What nobody could read is no test of reading. readable.py says, in pixels and grey levels, what a picture must have.
"""
from __future__ import annotations

import argparse
import csv
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

import plates
import readable
from fonts import CAP_PX, PAD_TOP, Font, FontPool
from formats import BELGIUM, COUNTRIES
from scene_camera import draw_background
from scene_clutter import Lettering, draw_clutter
from scene_vehicles import draw_vehicle
from scenes import plate_corners, project, random_pose

Rng = np.random.Generator

SIZES = ((1280, 720), (1280, 720), (960, 540), (1920, 1080))
"""Width and height of the pictures, each as likely."""
LEAST_PX, MOST_PX = 60, 320
"""Width of the plates in the picture: as many between 60 and 120 as between 120 and 240."""
TRIES = 40

ALIKE_IN_KIND = {"O": "QD", "Q": "O", "D": "O"}
"""Characters that share a shape; on a plate of a series a letter's place says that it is one."""
ALIKE = {"O": "0QD", "0": "OD", "Q": "O0", "D": "O0", "I": "1", "1": "I", "B": "8", "8": "B", "S": "5", "5": "S", "Z": "2", "2": "Z"}
"""The same where every place may hold anything: on a personal plate, or on one of no country."""


class OneFont:
    """A FontPool of a single font: plate and country letters from one hand, and we know which."""

    def __init__(self, font: Font) -> None:
        self.font = font

    def pick(self, rng: Rng, country: str | None = None) -> Font:
        """The font."""
        return self.font


@dataclass(frozen=True)
class Shot:
    """A picture uint8 [H,W] and its plate: corners float [4,2], text, country, lines, series, how it was lit."""

    picture: np.ndarray
    quad: np.ndarray
    text: str
    country: str
    lines: int
    series: str
    light: str


def series_of(marks: str) -> str:
    """What a Belgian plate's marks say it is: for sorting figures by."""
    text = "".join(c for c in marks if c.isalnum())
    shape = "".join("9" if c.isdigit() else "A" for c in text)
    if "|" in marks:
        return "two-line"
    if text.startswith("CD") or text[1:].startswith("CD"):
        return "diplomat"
    if shape == "9AAA999":
        return "since-2010"
    if shape in ("AAA999", "999AAA"):
        return "until-2010"
    return "special" if shape in ("AAAA999", "A999") or "EUR" in text else "personal"


@dataclass(frozen=True)
class Artwork:
    """A plate, its marks and its font."""

    plate: plates.Plate
    marks: str
    font: Font


def draw_plate(rng: Rng, fonts: FontPool, kind: str) -> Artwork:
    """Some plate that there can be."""
    while True:
        if kind == "any":
            font = fonts.pick(rng)
            return Artwork(plates.random_format(rng, OneFont(font), None), "", font)
        if kind == "americas":
            font = fonts.pick(rng)
            return Artwork(plates.headed(rng, OneFont(font)), "", font)
        code = "B" if kind != "europe" else some_country(rng)
        font = fonts.pick(rng, code)
        look, marks = plates.series(rng, code, 2 if kind == "belgian-two-line" else None)
        if kind == "personal" and series_of(marks) != kind:
            continue
        if code != "B" or not marks.startswith("0-"):  # the index number begins at 1
            return Artwork(plates.draw(rng, OneFont(font), code, look, marks), marks, font)


def can_be_told(art: Artwork, high_px: float) -> bool:
    """Whether no character has a look-alike that its font draws the same. high_px: of the characters in the picture."""
    free = art.plate.country == "unknown" or (art.plate.country == "B" and series_of(art.marks) == "personal")
    swaps = ALIKE if free else ALIKE_IN_KIND
    return all(readable.differ(art.font.glyph(c), art.font.glyph(other), high_px / CAP_PX)
               for c in set(art.plate.text) for other in swaps.get(c, ""))


def grey(rgb: np.ndarray) -> np.ndarray:
    """Luma uint8 [H,W]."""
    return cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)


def some_country(rng: Rng) -> str:
    """A country other than Belgium, as often as formats.py weighs it."""
    others = [country for country in COUNTRIES.values() if country is not BELGIUM]
    total = np.cumsum([country.weight for country in others])
    return others[int(np.searchsorted(total, rng.random() * total[-1], side="right"))].code


def high_px(plate: plates.Plate, quad: np.ndarray) -> float:
    """About how high the characters are in the picture, pixels; at a slant as if they were as high as they are wide."""
    side = np.linalg.norm(quad - np.roll(quad, -1, axis=0), axis=1)
    tall = (side[1] + side[3]) / 2 * (0.66 if plate.lines == 1 else 0.37)
    turned = (side[0] + side[2]) / (side[1] + side[3]) / (plate.width_mm / plate.height_mm)
    return float(tall * min(1.0, turned))


def stroke_share(font: Font) -> float:
    """How wide a stroke is, as a share of the height of a capital: the upright of an H."""
    row = font.glyph("H")[PAD_TOP + CAP_PX // 4] > 127
    return int(np.argmin(row[int(np.argmax(row)):])) / CAP_PX


def lit(rng: Rng, plate: plates.Plate, infrared: bool, ambient: float) -> np.ndarray:
    """The plate under the scene's light, float32 [H,W]: grey levels before the camera, above 255 where it is burnt out."""
    luma = grey(plate.rgb).astype(np.float32)
    if infrared:
        light = plate.retro * np.float32(rng.uniform(130, 290)) + luma * np.float32(rng.uniform(0.02, 0.15))
    else:
        white = float(np.clip(ambient * rng.uniform(0.8, 2.4) + rng.uniform(20, 80), 70, 265))
        light = luma * np.float32(white / 255)
        if rng.random() < 0.15:  # headlamps on a retro-reflecting plate
            light += plate.retro * np.float32(rng.uniform(20, 120))
    if rng.random() < 0.3:  # a shadow over a part of it
        height, width = light.shape
        across, down = rng.normal(0, 1, 2)
        edge = np.linspace(-1, 1, width, dtype=np.float32)[None] * across + np.linspace(-1, 1, height, dtype=np.float32)[:, None] * down
        light *= 1 - np.float32(rng.uniform(0.1, 0.6)) / (1 + np.exp(-edge * rng.uniform(1, 12)))
    return light


def set_in(picture: np.ndarray, art: np.ndarray, quad: np.ndarray) -> None:
    """Puts artwork float32 [h,w] edge to edge into `quad` [4,2] of the picture uint8 [H,W], each pixel the mean of its area."""
    over = 3
    x0, y0 = np.floor(quad.min(0)).astype(int)
    x1, y1 = np.ceil(quad.max(0)).astype(int)
    size = (int(x1 - x0) * over, int(y1 - y0) * over)
    target = ((quad - [x0, y0]) * over - 0.5).astype(np.float32)
    shrink = float(np.linalg.norm(target[1] - target[0])) / art.shape[1]
    if shrink < 1:  # first to the size of what is sampled, or strokes would flicker
        art = cv2.resize(art, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    height, width = art.shape
    source = np.array([[-0.5, -0.5], [width - 0.5, -0.5], [width - 0.5, height - 0.5], [-0.5, height - 0.5]], np.float32)
    warped = cv2.warpPerspective(art, cv2.getPerspectiveTransform(source, target), size, borderMode=cv2.BORDER_REPLICATE)
    alpha = np.zeros(size[::-1], np.float32)
    cv2.fillConvexPoly(alpha, np.round(target * 16).astype(np.int32), 1.0, cv2.LINE_8, 4)
    place = picture[y0:y1, x0:x1]
    ground = np.repeat(np.repeat(place, over, 0), over, 1)
    mixed = cv2.resize(ground + (warped - ground) * alpha, place.shape[::-1], interpolation=cv2.INTER_AREA)
    place[:] = np.clip(mixed, 0, 255).astype(np.uint8)


def compose(rng: Rng, art: Artwork, letters: Lettering, infrared: bool) -> tuple[np.ndarray, np.ndarray]:
    """A scene before the camera: luma uint8 [H,W], and the plate's corners in it float [4,2]."""
    plate = art.plate
    width, height = SIZES[rng.integers(len(SIZES))]
    background = draw_background(rng, min(width, 1280), min(height, 720), infrared)
    draw_clutter(background, letters, rng, 3.0)
    picture = cv2.resize(background, (width, height), interpolation=cv2.INTER_LINEAR)
    while True:
        wide = float(np.exp(rng.uniform(np.log(LEAST_PX), np.log(MOST_PX))))
        pose = random_pose(rng, plate.width_mm, plate.height_mm, wide)
        corners = plate_corners(plate.width_mm, plate.height_mm)
        reach = np.abs(project(pose, corners)).max(0) + 6
        size = np.array([width, height])
        if (reach < 0.45 * size).all():
            break
    middle = rng.uniform(reach, size - reach)
    pose = np.array([[1, 0, middle[0]], [0, 1, middle[1]], [0, 0, 1]]) @ pose
    quad = project(pose, corners)
    low, high = np.clip(np.stack([quad.min(0) - 12, quad.max(0) + 12]), 0, size - 1).astype(int)
    ambient = max(12.0, float(picture[low[1]:high[1] + 1, low[0]:high[0] + 1].mean()))
    draw_vehicle(picture, pose, (plate.width_mm, plate.height_mm), letters, rng, rng.random() < 0.75, infrared, ambient)
    set_in(picture, lit(rng, plate, infrared, ambient), quad)
    return picture, quad


def shoot(rng: Rng, fonts: FontPool, letters: Lettering, kind: str) -> Shot:
    """One picture with a readable plate; what cannot be read is drawn again."""
    for _ in range(TRIES):
        art = draw_plate(rng, fonts, kind)
        plate, infrared = art.plate, rng.random() < 0.2
        scene, quad = compose(rng, art, letters, infrared)
        high = high_px(plate, quad)
        stroke = high * stroke_share(art.font)
        picture, noise = readable.photograph(rng, scene, stroke, infrared)
        if can_be_told(art, high) and readable.is_readable(picture, quad, plate.lines, len(plate.text), stroke, noise):
            series = series_of(art.marks) if plate.country == "B" else ""
            return Shot(picture, quad, plate.text, plate.country, plate.lines, series, "infrared" if infrared else "visible")
    raise RuntimeError(f"nothing readable in {TRIES} tries: readable.py and the scenes do not fit")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", choices=("belgian", "belgian-two-line", "personal", "europe", "americas", "any"), required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--fonts", choices=("test", "train"), default="test", help="train: for choosing settings, never for a figure")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    fonts = FontPool(args.fonts)
    letters = Lettering([font.path for font in fonts.fonts], np.random.default_rng(args.seed))
    (args.out / "images").mkdir(parents=True, exist_ok=True)
    with (args.out / "labels.csv").open("w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["file", "x", "y", "w", "h", "text", "country", "lines", "series", "light", "width_px", "corners"])
        for number in range(args.count):
            # A seed for each picture: a longer set begins with the shorter one.
            shot = shoot(np.random.default_rng([args.seed, number]), fonts, letters, args.kind)
            name = f"{number:05}.jpg"
            cv2.imwrite(str(args.out / "images" / name), shot.picture, [cv2.IMWRITE_JPEG_QUALITY, 95])
            low, high = shot.quad.min(0), shot.quad.max(0)
            wide = float(np.linalg.norm(shot.quad[1] - shot.quad[0]) + np.linalg.norm(shot.quad[2] - shot.quad[3])) / 2
            rows.writerow([name, *(round(float(v), 1) for v in (*low, *(high - low))), shot.text, shot.country, shot.lines,
                           shot.series, shot.light, round(wide), " ".join(f"{v:.1f}" for v in shot.quad.ravel())])
            if (number + 1) % 50 == 0:
                print(f"{number + 1} of {args.count}", flush=True)


if __name__ == "__main__":
    main()
