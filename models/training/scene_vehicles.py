"""Vehicles drawn with plain shapes around a plate, so that a plate never hangs in the air.

The net must learn both that plates sit on vehicles and that not all that sits on a vehicle is a plate: lettering,
badges, grilles, lamps and the frame with the dealer's name. Everything is laid out in millimetres on the plate's own
plane and then goes through the plate's homography.
"""

from __future__ import annotations

import cv2
import numpy as np

from scene_clutter import Lettering, Rng, blend, clamp, fill


def _project(pose: np.ndarray, points: np.ndarray) -> np.ndarray:
    moved = np.concatenate([points, np.ones((len(points), 1))], 1) @ pose.T
    return moved[:, :2] / np.maximum(moved[:, 2:], 1e-3)


def _panel(
    picture: np.ndarray, pose: np.ndarray, box: tuple[float, float, float, float], level: float, taper: float = 0.0
) -> None:
    """A rectangle x0,y0,x1,y1 in millimetres; `taper` narrows its top edge by that share."""
    x0, y0, x1, y1 = box
    cut = (x1 - x0) * taper / 2
    fill(picture, _project(pose, np.array([[x0 + cut, y0], [x1 - cut, y0], [x1, y1], [x0, y1]])), level)


def _disc(picture: np.ndarray, pose: np.ndarray, x: float, y: float, rx: float, ry: float, level: float) -> None:
    angle = np.linspace(0, 2 * np.pi, 13)[:-1]
    fill(picture, _project(pose, np.stack([x + rx * np.cos(angle), y + ry * np.sin(angle)], 1)), level)


def _word(
    picture: np.ndarray, pose: np.ndarray, x: float, y: float, tall: float, level: float, letters: Lettering, rng: Rng
) -> None:
    """Lettering around a place in millimetres, upright in the picture (slant is small on badges)."""
    ends = _project(pose, np.array([[x, y], [x, y + tall]]))
    height = int(clamp(float(np.linalg.norm(ends[1] - ends[0])), 0, 60))
    if height < 3:
        return
    word = letters.word(rng, height)
    blend(picture, word, level, int(ends[0, 0] - word.shape[1] / 2), int(ends[0, 1]))


def _surface(picture: np.ndarray, quad: np.ndarray, rng: Rng) -> None:
    """Light falling unevenly on what was drawn inside the quad's bounding box: a slope and a soft waviness."""
    x0, y0 = np.maximum(np.floor(quad.min(0)).astype(int), 0)
    x1, y1 = np.minimum(np.ceil(quad.max(0)).astype(int), [picture.shape[1], picture.shape[0]])
    if x1 - x0 < 4 or y1 - y0 < 4:
        return
    piece = picture[y0:y1, x0:x1]
    coarse = rng.normal(1.0, 0.13, (4, 4)).astype(np.float32)
    light = cv2.resize(coarse, (int(x1 - x0), int(y1 - y0)), interpolation=cv2.INTER_CUBIC)
    piece[:] = np.clip(piece * light, 0, 255).astype(np.uint8)


def draw_vehicle(
    picture: np.ndarray, pose: np.ndarray, size_mm: tuple[float, float], letters: Lettering, rng: Rng,
    full: bool, infrared: bool, ambient: float,
) -> None:  # fmt: skip
    """Draws what surrounds a plate, in place: a whole vehicle's end if `full`, else only bumper, recess or holder."""
    w, h = size_mm[0] / 2, size_mm[1] / 2
    light = ambient * (rng.uniform(0.2, 0.9) if infrared else rng.uniform(0.5, 1.7))
    body = clamp(light * rng.choice([0.2, 0.5, 1.0, 1.4]) + rng.uniform(-6, 12), 0, 245)
    dark = clamp(body * rng.uniform(0.1, 0.6), 0, 90)
    if full:
        _whole(picture, pose, w, h, body, dark, letters, rng, infrared)
    else:
        wide, up, down = w * rng.uniform(1.05, 2.6), h * rng.uniform(1.1, 3.2), h * rng.uniform(1.1, 2.6)
        level = body if rng.random() < 0.5 else dark
        area = _project(pose, np.array([[-wide, -up], [wide, -up], [wide, down], [-wide, down]]))
        fill(picture, area, level)
        _surface(picture, area, rng)
    if rng.random() < 0.35:  # the recess, or a bumper's dark bar
        wide = w * rng.uniform(1.05, 1.5)
        _panel(picture, pose, (-wide, -h * rng.uniform(1.1, 1.7), wide, h * rng.uniform(1.1, 1.7)), dark)
    if rng.random() < 0.25:  # shadow of the lid above the plate
        _panel(picture, pose, (-w * 1.2, -h * rng.uniform(1.3, 2.2), w * 1.2, -h * 1.0), body * 0.35)
    if rng.random() < 0.5:  # the plate's holder, with or without the dealer's name
        edge = rng.uniform(4, 16)
        sill = rng.choice([edge, edge, rng.uniform(18, 34)])
        level = rng.choice([dark, dark, rng.uniform(10, 60), min(250.0, body * 1.3 + 15)])
        _panel(picture, pose, (-w - edge, -h - edge, w + edge, h + sill), float(level))
        if sill > 17 and rng.random() < 0.7:
            ink = 255 - float(level)
            _word(picture, pose, rng.uniform(-0.4, 0.4) * w, h + 0.15 * sill, 0.7 * sill, ink, letters, rng)


def _whole(
    picture: np.ndarray, pose: np.ndarray, w: float, h: float, body: float, dark: float, letters: Lettering, rng: Rng,
    infrared: bool,
) -> None:  # fmt: skip
    """The end of a car, van, lorry or motorcycle around a plate of half size w, h millimetres."""
    square = h * 2.2 > w
    half = rng.uniform(250, 450) if square and rng.random() < 0.5 else rng.uniform(720, 1150)
    side = rng.uniform(-0.25, 0.25) * half if rng.random() < 0.25 else 0.0  # some plates sit to one side
    top, bottom = -rng.uniform(250, 900), rng.uniform(120, 420)
    cabin = top - rng.uniform(250, 800)
    x0, x1 = side - half, side + half
    _panel(picture, pose, (x0, cabin, x1, top + 20), body, rng.uniform(0.05, 0.35))
    glass = clamp(body * 0.4 + rng.uniform(-10, 40), 0, 160)
    _panel(picture, pose, (x0 * 0.9, cabin + 60, x1 * 0.9, top), glass, rng.uniform(0.05, 0.3))
    shell = np.array([[x0, top], [x1, top], [x1, bottom], [x0, bottom]])
    _panel(picture, pose, (x0, bottom, x1, bottom + rng.uniform(60, 250)), rng.uniform(0, 25))  # shadow on the road
    fill(picture, _project(pose, shell), body)
    for _ in range(rng.integers(1, 4)):  # seams, bumper, mouldings
        y = rng.uniform(top, bottom)
        level = clamp(body * rng.uniform(0.3, 1.4), 0, 250)
        _panel(picture, pose, (x0, y, x1, y + rng.uniform(8, 160)), level)
    if rng.random() < 0.5:  # grille
        y0, y1 = top + rng.uniform(0, 120), rng.uniform(-h - 160, -h - 20)
        wide = half * rng.uniform(0.3, 0.75)
        if y1 > y0 + 30:
            _panel(picture, pose, (side - wide, y0, side + wide, y1), dark)
            bars = int(rng.integers(2, 7))
            for k in range(bars):
                y = y0 + (k + 0.5) * (y1 - y0) / bars
                bar = (side - wide, y, side + wide, y + (y1 - y0) / bars * 0.35)
                _panel(picture, pose, bar, min(255.0, body * 1.3 + 20))
    lamp_y, lamp_w, lamp_h = rng.uniform(top, -h), rng.uniform(60, 200), rng.uniform(40, 160)
    on = rng.random() < (0.5 if infrared else 0.3)
    lamp = rng.uniform(200, 255) if on else clamp(body * rng.uniform(0.5, 2.2), 0, 255)
    for x in (x0 + lamp_w * 1.1, x1 - lamp_w * 1.1):
        _disc(picture, pose, x, lamp_y, lamp_w, lamp_h, lamp * 0.6)
        _disc(picture, pose, x, lamp_y, lamp_w * 0.6, lamp_h * 0.6, lamp)
    area = _project(pose, np.array([[x0, cabin], [x1, cabin], [x1, bottom], [x0, bottom]]))
    _surface(picture, area, rng)
    if on:
        for x in (x0 + lamp_w, x1 - lamp_w):
            centre = _project(pose, np.array([[x, lamp_y], [x + lamp_w, lamp_y]]))
            radius = float(np.linalg.norm(centre[1] - centre[0])) * rng.uniform(0.8, 2.5)
            glow(picture, centre[0], radius, rng.uniform(80, 255))
    ink = clamp(255 - body, 20, 235) if rng.random() < 0.6 else clamp(body + rng.choice([-60, 60]), 0, 255)
    for _ in range(rng.integers(0, 4)):  # model names left and right, a slogan above
        x, y = side + rng.uniform(-0.8, 0.8) * half, rng.uniform(top, -h - 90)
        _word(picture, pose, x, y, rng.uniform(30, 85), ink, letters, rng)
    if rng.random() < 0.4:
        size = rng.uniform(30, 70)
        _disc(picture, pose, side, rng.uniform(top, -h - size), size, size, ink)
    if rng.random() < 0.12:  # lettering on a van's or lorry's body
        _word(picture, pose, side, cabin + rng.uniform(0, 250), rng.uniform(90, 220), ink, letters, rng)


def glow(picture: np.ndarray, centre: np.ndarray, radius: float, strength: float) -> None:
    """Light scattered around a lamp, added in place; `radius` is a standard deviation in pixels."""
    radius = clamp(radius, 1.0, 60.0)
    reach = int(radius * 2.6) + 1
    x0, y0 = max(0, int(centre[0]) - reach), max(0, int(centre[1]) - reach)
    x1, y1 = min(picture.shape[1], int(centre[0]) + reach), min(picture.shape[0], int(centre[1]) + reach)
    if x1 <= x0 or y1 <= y0:
        return
    dx = np.exp(-0.5 * ((np.arange(x0, x1) - centre[0]) / radius) ** 2).astype(np.float32)
    dy = np.exp(-0.5 * ((np.arange(y0, y1) - centre[1]) / radius) ** 2).astype(np.float32)
    piece = picture[y0:y1, x0:x1]
    piece[:] = np.minimum(piece + strength * dy[:, None] * dx[None, :], 255).astype(np.uint8)
