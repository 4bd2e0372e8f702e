"""A plate that passes a camera on a pole: the same plate in several frames, as the agent would be handed it.

Unlike `camera.shoot`, whose every picture stands alone, one passage has one plate, one lens, one light and one codec, and
they change from frame to frame as they do on a road: the plate grows, turns and leaves the focus, exposure drifts, the
corners are off in the same direction. This camera is its own (a pinhole over a road), so that what is measured with it
is not measured with the pictures that the reader was trained on.
"""
from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

import camera
import plates
from fonts import Font, FontPool
from samples import jitter

FRAME_SIZES = ((1280, 720), (1920, 1080))
LOOK_MS = 83.0
"""The agent looks 12 times a second at most."""
MOST_LOOKS = 9
MOST_APART = 4
"""Slow vehicles: only each so many-th look is rendered. More looks of the same way say little that is new."""
KINDS = (("near", 0.62), ("far", 0.14), ("blurred", 0.10), ("faint", 0.07), ("short", 0.07))
"""near: comes to 85 px and more; far: stays below 62; blurred: out of focus or smeared all along; faint: hardly any contrast; short: one or two looks."""


@dataclass
class Look:
    """One frame's cut around the plate. crop: uint8 [h,w] at (left, top) of the frame; corners float [4,2] in the
    frame as a detector gives them; width_px: the plate's true width; cut: part of it is outside the frame."""

    at_ms: float
    crop: np.ndarray
    left: int
    top: int
    corners: np.ndarray
    width_px: float
    cut: bool


@dataclass
class Passage:
    """What is on the plate, the kind of passage (KINDS), the frame's size (w, h), and the looks in order."""

    text: str
    country: str
    lines: int
    kind: str
    frame: tuple[int, int]
    looks: list[Look]


class HalfPool(FontPool):
    """Half of the families held out from the reader's training: one to fit a calibration, the other to report on it.

    half: 'fit' or 'report'. A calibration that was fitted on the fonts it is reported on would flatter itself.
    """

    def __init__(self, half: str):
        super().__init__("test")
        families = sorted({font.family for font in self.fonts})
        wanted = set(families[0 if half == "fit" else 1::2])
        self.fonts = [font for font in self.fonts if font.family in wanted]
        share = np.array([1 / sum(other.family == font.family for other in self.fonts) for font in self.fonts])
        self._cumulative = np.cumsum(share / share.sum())

    def pick(self, rng: np.random.Generator, country: str | None = None) -> Font:
        """Any of the half's fonts: its German plates are in no FE-Schrift, which is trained with."""
        return self.fonts[min(int(np.searchsorted(self._cumulative, rng.random())), len(self.fonts) - 1)]


def passage(rng: np.random.Generator, fonts: FontPool) -> Passage:
    """Any passage: plates Belgian in 45 of 100, neighbours in 20, of the rest of Europe in 20, in no format in 15."""
    plate = _plate(rng, fonts)
    rgb, retro, corners = plates.mount(rng, fonts, plate)
    kind = KINDS[int(np.searchsorted(np.cumsum([share for _, share in KINDS]), rng.random()))][0]
    frame = FRAME_SIZES[int(rng.integers(len(FRAME_SIZES)))]
    grey, light = _lit(rng, rgb, retro)
    if kind == "faint":  # dirt, salt or a lamp in the lens leave few grey levels between paint and ink
        grey = cv2.addWeighted(grey, amount := rng.uniform(0.04, 0.25), grey, 0, rng.uniform(30, 170) * (1 - amount))
    see = _Sight(rng, light, kind, frame)
    looks: list[Look] = []
    for at_ms, quad, speed in _drive(rng, plate, kind, frame):
        look = see.look(rng, grey, corners, quad, speed, at_ms)
        if look is not None:
            looks.append(look)
    if not looks:
        return passage(rng, fonts)
    return Passage(plate.text, plate.country, plate.lines, kind, frame, looks)


def _plate(rng: np.random.Generator, fonts: FontPool) -> plates.Plate:
    dice = rng.random()
    neighbours, others = ("NL", "F", "D", "L", "GB"), [c for c in plates.COUNTRIES if c not in ("B", "NL", "F", "D", "L", "GB")]
    if dice < 0.45:
        return plates.random_plate(rng, fonts, "B")
    if dice < 0.65:
        return plates.random_plate(rng, fonts, neighbours[int(rng.integers(len(neighbours)))])
    if dice < 0.85:
        return plates.random_plate(rng, fonts, others[int(rng.integers(len(others)))])
    while True:
        plate = plates.random_plate(rng, fonts)
        if plate.country == "unknown" and len(plate.text) >= 4:
            return plate


def _lit(rng: np.random.Generator, rgb: np.ndarray, retro: np.ndarray) -> tuple[np.ndarray, str]:
    """The grey artwork under a light that stays, shadow edge included, and which light it is."""
    light = ("day", "dusk", "night", "infrared")[int(np.searchsorted([0.5, 0.65, 0.78], rng.random()))]
    grey = camera.luma(rng, rgb)
    shine = (retro * 255).astype(np.uint8)
    if light == "infrared":
        grey = cv2.addWeighted(shine, rng.uniform(0.6, 1.0), grey, rng.uniform(0, 0.2), 0)
    elif light != "day" and rng.random() < 0.6:
        grey = cv2.addWeighted(shine, rng.uniform(0.2, 0.7), grey, rng.uniform(0.3, 0.7), 0)
    if light == "day" and rng.random() < 0.2:  # the bumper's or a pole's shadow lies across the plate
        h, w = grey.shape
        angle, at = rng.uniform(0, np.pi), rng.uniform(0.2, 0.8, 2) * (w, h)
        ys, xs = np.mgrid[0:h, 0:w]
        side = ((xs - at[0]) * np.cos(angle) + (ys - at[1]) * np.sin(angle)) / rng.uniform(2, 12)
        grey = (grey * (1 - rng.uniform(0.2, 0.6) * np.clip(side + 0.5, 0, 1))).astype(np.uint8)
    return grey, light


def _drive(rng: np.random.Generator, plate: plates.Plate, kind: str, frame: tuple[int, int],
           ) -> list[tuple[float, np.ndarray, np.ndarray]]:
    """When, where the plate's corners are [4,2], and how fast its middle moves [2] in pixels a second, look by look.

    A pole of 3 to 7 m beside or above the lane; lens and way chosen so that the plate is as wide as its kind says.
    """
    nearest_px = {"far": rng.uniform(34, 62), "near": rng.uniform(85, 230)}.get(kind, rng.uniform(60, 200))
    farthest_px = max(28.0, min(nearest_px * 0.8, rng.uniform(36, 60) if kind != "far" else nearest_px * rng.uniform(0.6, 0.9)))
    if plate.lines == 2:
        nearest_px, farthest_px = nearest_px * 0.72, max(26.0, farthest_px * 0.72)
    height, side = rng.uniform(3, 7) - rng.uniform(0.35, 0.9), rng.uniform(-4.5, 4.5)
    near_m = rng.uniform(5.5, 12)
    near = np.hypot(near_m, np.hypot(height, side))
    far_m = np.sqrt(max(near_m + 0.5, near * nearest_px / farthest_px) ** 2)
    yaw, lean, roll = rng.normal(0, 0.10), rng.normal(0, 0.09), rng.normal(0, 0.02)
    width_m, height_m = plate.width_mm / 1000, plate.height_mm / 1000
    focal = nearest_px * near / width_m
    # the nearest point lies near the lower edge, the way in the middle
    tilt = np.arctan2(height, np.hypot(near_m, side)) - np.arctan(rng.uniform(0.55, 0.98) * frame[1] / 2 / focal)
    bearings = np.arctan2(side, near_m), np.arctan2(side, far_m)
    pan = bearings[0] + (bearings[1] - bearings[0]) * rng.uniform(0.3, 0.6) + rng.normal(0, 0.08) * frame[0] / focal
    cam_roll = rng.normal(0, 0.025)
    slowest = (far_m - near_m) / (MOST_LOOKS * MOST_APART * LOOK_MS / 1000)
    speed = max(slowest, rng.uniform(12, 95) / 3.6)
    steps = int((far_m - near_m) / (speed * LOOK_MS / 1000)) + 1
    every = max(1, int(np.ceil(steps / MOST_LOOKS)))
    count = min(MOST_LOOKS, steps)
    if steps < 2:  # too fast for two looks over that way: the looks it gets
        count = 2
    if kind == "short":
        count = int(rng.integers(1, 3))
    track = near_m + speed * LOOK_MS * every / 1000 * np.arange(count - 1, -1, -1) + rng.uniform(0, speed * LOOK_MS / 1000)
    if rng.random() < 0.25:
        track = track[::-1]  # drives away
    sway = rng.normal(0, 0.8, 2)
    out = []
    for i, metres in enumerate(track):
        def project(y: float, drift: float) -> np.ndarray:
            half = np.array([[-width_m, height_m], [width_m, height_m], [width_m, -height_m], [-width_m, -height_m]]) / 2
            c, s = np.cos(roll), np.sin(roll)
            half = half @ np.array([[c, s], [-s, c]])
            across, up = half[:, 0], half[:, 1]
            back = across * np.sin(yaw) + up * np.sin(lean)
            points = np.stack([side + drift + across * np.cos(yaw), y + back, -height + up * np.cos(lean)], axis=1)
            cp, sp, ct, st = np.cos(pan), np.sin(pan), np.cos(tilt), np.sin(tilt)
            right = points[:, 0] * cp - points[:, 1] * sp
            ahead = points[:, 0] * sp + points[:, 1] * cp
            depth = ahead * ct - points[:, 2] * st
            above = points[:, 2] * ct + ahead * st
            x, down = focal * right / depth, -focal * above / depth
            cr, sr = np.cos(cam_roll), np.sin(cam_roll)
            return np.stack([frame[0] / 2 + x * cr - down * sr, frame[1] / 2 + x * sr + down * cr], axis=1)
        drift = 0.15 * np.sin(metres / 9)
        quad = project(metres, drift) + sway * np.sin(i * 1.7)
        step = project(metres - 0.01, drift).mean(axis=0) - project(metres, drift).mean(axis=0)
        out.append((i * every * LOOK_MS + rng.uniform(-6, 6), quad, step * speed / 0.01))
    return out


class _Sight:
    """One camera for one passage: what it draws at the start it keeps."""

    def __init__(self, rng: np.random.Generator, light: str, kind: str, frame: tuple[int, int]):
        self.frame = frame
        self.seed = int(rng.integers(1 << 31))
        self.exposure = {"day": rng.uniform(0.55, 1.15), "dusk": rng.uniform(0.35, 0.95), "night": rng.uniform(0.25, 0.9),
                         "infrared": rng.uniform(0.4, 1.4)}[light]
        self.gain = rng.random() < 0.7 and kind != "faint"  # the camera brightens what is dark, noise and all
        self.black = rng.uniform(0, 40) if rng.random() < 0.35 else rng.uniform(0, 10)
        self.noise = rng.uniform(0.4, 3.0) if light == "day" else rng.uniform(0.8, 6.5)
        self.gamma = float(np.exp(rng.normal(0, 0.3))) if rng.random() < 0.6 else 1.0
        self.sharpening = rng.uniform(0.2, 1.4) if rng.random() < 0.4 else 0.0
        self.smoothing = rng.uniform(0.5, 0.9) if rng.random() < 0.2 else 0.0
        self.lens = rng.uniform(0.3, 0.75)
        self.defocus = abs(rng.normal(0, 0.5)) * frame[0] / 1920
        self.focus_px = rng.uniform(50, 200)
        self.shutter_s = 1 / np.exp(rng.uniform(np.log(250), np.log(2500) if light == "day" else np.log(1200)))
        self.smear = 0.0
        if kind == "blurred":
            if rng.random() < 0.5:
                self.defocus, self.focus_px = 0.0, 0.0
                self.smear = rng.uniform(0.7, 2.2)
            else:
                self.shutter_s = 1 / rng.uniform(25, 120)
        self.glare = None if rng.random() > 0.12 else (rng.uniform(-0.2, 1.2, 2), rng.uniform(0.2, 0.8), rng.uniform(25, 150))
        self.quality = float(np.clip(rng.normal(60, 18), 18, 95))
        self.codec = rng.random()
        self.corner_noise = rng.uniform(0.6, 1.05)
        self.drift = 0.0

    def look(self, rng: np.random.Generator, grey: np.ndarray, corners: np.ndarray, quad: np.ndarray, speed: np.ndarray,
             at_ms: float) -> Look | None:
        """One frame's cut, or None when the plate's middle is outside the frame."""
        width_px = float(np.linalg.norm(quad[1] - quad[0]) + np.linalg.norm(quad[2] - quad[3])) / 2
        middle = quad.mean(axis=0)
        if not (0 <= middle[0] < self.frame[0] and 0 <= middle[1] < self.frame[1]):
            return None
        own = jitter(np.random.default_rng(self.seed), quad)  # the same errors all along …
        found = quad + self.corner_noise * (0.75 * (own - quad) + 0.66 * (jitter(rng, quad) - quad))  # … and each look's
        low = np.minimum(quad.min(axis=0), found.min(axis=0)) - (0.13 * width_px + 4, 0.1 * width_px + 4)
        high = np.maximum(quad.max(axis=0), found.max(axis=0)) + (0.13 * width_px + 4, 0.1 * width_px + 4)
        left, top = (int(max(0, np.floor(v))) for v in low)
        right, bottom = (int(min(limit, np.ceil(v))) for v, limit in zip(high, self.frame))
        if right - left < 12 or bottom - top < 8:
            return None
        picture = _drawn(grey, corners, quad - (left, top), (right - left, bottom - top), width_px)
        crop = self._developed(rng, picture, quad - (left, top), width_px, speed)
        cut = bool((quad < 1).any() or (quad > np.array(self.frame) - 1).any())
        return Look(at_ms, crop, left, top, found.astype(np.float32), width_px, cut)

    def _developed(self, rng: np.random.Generator, picture: np.ndarray, quad: np.ndarray, width_px: float,
                   speed: np.ndarray) -> np.ndarray:
        h, w = picture.shape
        if self.glare is not None:
            place, reach, strength = self.glare
            cx, cy = quad[0] + place * (quad[2] - quad[0])
            ys, xs = np.ogrid[0:h, 0:w]
            r = reach * width_px
            picture += (np.exp(-((xs - cx) / r) ** 2 - ((ys - cy) / r) ** 2) * strength).astype(np.float32)
        hunting = abs(rng.normal(0, 0.25))
        sigma = self.lens + self.defocus * (abs(np.log(width_px / self.focus_px)) + hunting if self.focus_px else 0)
        sigma = max(sigma, self.smear * width_px / 100 * rng.uniform(0.9, 1.1))
        picture = cv2.GaussianBlur(picture, (0, 0), sigma)
        way = speed * self.shutter_s * rng.uniform(0.8, 1.2)
        length = float(np.linalg.norm(way))
        if length > 0.7:
            picture = cv2.filter2D(picture, -1, _line_kernel(way * min(1.0, 30 / length)), borderType=cv2.BORDER_REPLICATE)
        self.drift = 0.8 * self.drift + rng.normal(0, 0.04)
        picture = picture * np.float32(self.exposure * np.exp(self.drift) * (1 - self.black / 255)) + np.float32(self.black)
        grain = rng.standard_normal((h, w)).astype(np.float32)
        picture += grain * np.float32(self.noise) * np.sqrt(np.maximum(picture, 6) / 90)
        if self.gain and (bright := float(np.percentile(picture, 97))) < 190:
            picture = (picture - np.float32(0.6 * self.black)) * np.float32(min(4.0, 190 / max(20.0, bright)))
        if self.smoothing:
            picture = cv2.GaussianBlur(picture, (0, 0), self.smoothing)
        if self.sharpening:
            picture += np.float32(self.sharpening) * (picture - cv2.GaussianBlur(picture, (0, 0), 1.1))
        crop = (255 * (np.clip(picture, 0, 255) / 255) ** self.gamma).astype(np.uint8)
        if self.codec < 0.85:
            # one coder, whose quality breathes between key frames
            quality = int(np.clip(self.quality + rng.normal(0, 6), 12, 96))
            crop = cv2.imdecode(cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_GRAYSCALE)
            if self.codec < 0.35:
                crop = cv2.bilateralFilter(crop, 3, 10 + 40 * self.codec, 1.0)
        return crop


def _drawn(grey: np.ndarray, corners: np.ndarray, quad: np.ndarray, size: tuple[int, int], width_px: float) -> np.ndarray:
    """The artwork seen through the quad, float32 [h,w]; each pixel an average over its area."""
    over = 2.0
    shrink = over * width_px / float(corners[1, 0] - corners[0, 0])
    scale = np.ones(2)
    if shrink < 0.8:
        small = cv2.resize(grey, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
        scale = np.array([small.shape[1] / grey.shape[1], small.shape[0] / grey.shape[0]])
        grey = small
    big = (int(size[0] * over), int(size[1] * over))
    # pixel centres are at k + 0.5 on both sides
    source, target = corners * scale - 0.5, quad * over - 0.5
    matrix = cv2.getPerspectiveTransform(source.astype(np.float32), target.astype(np.float32))
    picture = cv2.warpPerspective(grey, matrix, big, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.float32)


def _line_kernel(way: np.ndarray) -> np.ndarray:
    """A smear along `way`, pixels."""
    n = int(np.ceil(np.abs(way).max())) // 2 * 2 + 3
    kernel = np.zeros((n, n), np.float32)
    start, end = n / 2 - 0.5 - way / 2, n / 2 - 0.5 + way / 2
    cv2.line(kernel, tuple(int(round(v * 16)) for v in start), tuple(int(round(v * 16)) for v in end), 1.0, 1, cv2.LINE_AA, 4)
    return kernel / max(1e-6, float(kernel.sum()))
