"""What distance, light, lens, sensor and codec do to a plate, in the order in which they do it.

`shoot` takes mounted artwork (plates.mount) to a small grey picture: perspective, light (day, dusk, night,
infra-red), shadow and glare, motion and focus blur, sensor noise, the camera's own sharpening and tone curve,
compression. `develop` is the part after the lens, for pictures that come as grey planes already.
"""
from __future__ import annotations

import cv2
import numpy as np

import emblems


def projection(rng: np.random.Generator, corners: np.ndarray, width_px: float, strength: float = 1.0,
               around: tuple[float, float] = (0.12, 0.22)) -> tuple[np.ndarray, np.ndarray, tuple[int, int]]:
    """A camera pose. corners: plate in artwork pixels [4,2]; width_px: longest projected horizontal side.

    around: what is seen beyond the plate, as shares of its width and height.

    Returns the homography artwork -> picture [3,3], the plate's corners there [4,2] and the picture's (w, h).
    """
    w, h = corners[1, 0] - corners[0, 0], corners[3, 1] - corners[0, 1]
    yaw = np.deg2rad(np.clip(rng.normal(0, 19 * strength), -47, 47))
    pitch = np.deg2rad(np.clip(rng.normal(6 * strength, 13 * strength), -30, 42))
    roll = np.deg2rad(np.clip(rng.normal(0, 4.5 * strength), -16, 16))
    cy, sy, cp, sp, cr, sr = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch), np.cos(roll), np.sin(roll)
    turn = (np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]]) @ np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
            @ np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]]))
    distance = w * rng.uniform(3.5, 22)
    centre = corners.mean(axis=0)
    place = np.array([[1, 0, -centre[0]], [0, 1, -centre[1]], [0, 0, 1]])
    lens = np.stack([turn[:, 0], turn[:, 1], np.array([0, 0, distance])], axis=1)
    project = lens @ place
    quad = _through(project, corners)
    scale = width_px / max(np.linalg.norm(quad[1] - quad[0]), np.linalg.norm(quad[2] - quad[3]))
    quad *= scale
    low, high = quad.min(axis=0), quad.max(axis=0)
    pad = np.array([around[0] * (high[0] - low[0]) + 3, around[1] * (high[1] - low[1]) + 3]) + rng.uniform(0, 8, 2)
    shift = pad - low
    size = np.ceil(high - low + 2 * pad).astype(int)
    full = np.array([[scale, 0, shift[0]], [0, scale, shift[1]], [0, 0, 1]]) @ project
    return full, (quad + shift).astype(np.float32), (int(size[0]), int(size[1]))


def _through(m: np.ndarray, points: np.ndarray) -> np.ndarray:
    q = np.concatenate([points, np.ones((len(points), 1))], axis=1) @ m.T
    return q[:, :2] / q[:, 2:]


def luma(rng: np.random.Generator, rgb: np.ndarray) -> np.ndarray:
    """Grey plane uint8 of colour artwork; white balance and casts move the weights."""
    weights = np.array([0.299, 0.587, 0.114]) * rng.uniform(0.75, 1.3, 3)
    weights *= 1.0 / weights.sum()
    return cv2.transform(rgb, weights.astype(np.float32)[None])


def shoot(rng: np.random.Generator, rgb: np.ndarray, retro: np.ndarray, corners: np.ndarray, width_px: float,
          strength: float = 1.0, light: str | None = None, around: tuple[float, float] = (0.12, 0.22)) -> tuple[np.ndarray, np.ndarray]:
    """A picture of mounted artwork.

    rgb uint8 [H,W,3], retro float32 [H,W], corners [4,2] of the plate in it; width_px: plate width in the picture;
    strength: 0 easy .. 1 all there is; light: 'day', 'dusk', 'night', 'infrared' or None; around: see `projection`.
    Returns grey uint8 [h,w] and the plate's true corners float32 [4,2] in it.
    """
    light = light or ("day", "dusk", "night", "infrared")[int(np.searchsorted([0.5, 0.68, 0.8], rng.random()))]
    plane = luma(rng, rgb)
    if light == "infrared":
        ambient = rng.uniform(0.0, 0.25)
        plane = cv2.addWeighted((retro * 255).astype(np.uint8), rng.uniform(0.6, 1.0), plane, ambient, 0)
    elif light in ("night", "dusk") and rng.random() < 0.5:  # headlamps: retro-reflection adds to what is lit
        plane = cv2.addWeighted((retro * 255).astype(np.uint8), rng.uniform(0.2, 0.7), plane, rng.uniform(0.3, 0.7), 0)
    matrix, quad, size = projection(rng, corners, width_px, strength, around)
    over = 2.0 if width_px < 120 else 1.5  # drawn larger, then averaged: a sensor's pixel has an area
    shrink = over * width_px / (corners[1, 0] - corners[0, 0])
    if shrink < 0.8:
        small = cv2.resize(plane, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
        fx, fy = small.shape[1] / plane.shape[1], small.shape[0] / plane.shape[0]
        matrix = matrix @ np.diag([1 / fx, 1 / fy, 1])
        plane = small
    big = (max(8, int(size[0] * over)), max(8, int(size[1] * over)))
    # Continuous coordinates: centre of pixel k is k + 0.5 on both sides.
    half, unhalf = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]]), np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1]])
    zoom = np.diag([big[0] / size[0], big[1] / size[1], 1.0])
    picture = cv2.warpPerspective(plane, unhalf @ zoom @ matrix @ half, big, flags=cv2.INTER_LINEAR,
                                  borderMode=cv2.BORDER_REFLECT_101)
    picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    return develop(rng, picture, light, strength, quad), quad


def develop(rng: np.random.Generator, picture: np.ndarray, light: str, strength: float, quad: np.ndarray) -> np.ndarray:
    """Light, lens, sensor and codec. picture: float32 [h,w] 0..255 (changed); returns uint8 [h,w]."""
    h, w = picture.shape
    plate_px = float(np.linalg.norm(quad[1] - quad[0]))
    if rng.random() < 0.3 * strength:
        _shadow(rng, picture)
    if rng.random() < 0.25:
        soft = emblems.texture(rng, max(4, h // 4), max(4, w // 4))
        picture *= cv2.resize(1 + soft * np.float32(rng.uniform(0.05, 0.4)), (w, h))
    if rng.random() < (0.3 if light in ("night", "dusk") else 0.12) * strength:
        _glare(rng, picture)
    if rng.random() < 0.08 * strength:
        _lamps(rng, picture, quad)
    # Focus and motion grow with the picture of the plate, but never below what a lens does anyway.
    reach = plate_px / 100
    focus = rng.uniform(0.25, 0.55 + 0.15 * min(reach, 1)) + strength * abs(rng.normal(0, 0.42)) * reach
    focus = min(focus, 1.5 + 0.6 * reach)
    if rng.random() < 0.12 * strength:  # far out of focus: thin strokes fade, a plate is read with effort
        focus = max(focus, reach * rng.uniform(0.8, 1.9))
    picture = cv2.GaussianBlur(picture, (0, 0), focus)
    if rng.random() < 0.35 * strength:
        picture = cv2.filter2D(picture, -1, _motion(rng, 1 + abs(rng.normal(0, 3.0)) * (0.15 + 0.75 * reach)),
                               borderType=cv2.BORDER_REPLICATE)
    exposure = {"day": rng.uniform(0.55, 1.15), "dusk": rng.uniform(0.3, 0.9), "night": rng.uniform(0.18, 0.8),
                "infrared": rng.uniform(0.4, 1.5)}[light]
    black = rng.uniform(0, 45) if rng.random() < 0.4 else rng.uniform(0, 12)
    picture *= exposure * (1 - black / 255)
    picture += black
    noise = rng.uniform(0.3, 3.5) if light == "day" else rng.uniform(0.6, 9) * rng.uniform(0.4, 1.0)
    grain = _grain(rng, h, w)
    picture += grain * np.float32(noise * strength) if rng.random() < 0.6 else grain * np.sqrt(
        np.maximum(picture, 4)) * np.float32(noise * strength / 10)
    if rng.random() < 0.15:  # the camera's noise reduction
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.5, 0.9))
    if rng.random() < 0.35:  # and its sharpening
        picture = cv2.addWeighted(picture, 1 + (a := rng.uniform(0.3, 1.6)), cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.7, 1.6)), -a, 0)
    if rng.random() < 0.6:  # gain and tone curve
        stretch = rng.uniform(0.8, 1.0) * 255 / max(30.0, float(picture.max()))
        picture *= stretch if rng.random() < 0.7 else rng.uniform(0.8, 1.3)
    if rng.random() < 0.08 * strength:  # exposed for the scene: the plate's ground burns out, ink is pale
        inside = picture[max(0, int(quad[:, 1].min())):int(quad[:, 1].max()) + 1, max(0, int(quad[:, 0].min())):int(quad[:, 0].max()) + 1]
        low, high = np.percentile(inside, (10, 90))
        picture += (255 - high) + (high - low) * np.float32(rng.uniform(-0.1, 0.5))
    np.clip(picture, 0, 255, out=picture)
    grey = picture.astype(np.uint8)
    if rng.random() < 0.6:
        gamma = float(np.exp(rng.normal(0, 0.35)))
        grey = cv2.LUT(grey, (255 * (np.arange(256) / 255) ** gamma).astype(np.uint8))
    return compress(rng, grey, strength)


def compress(rng: np.random.Generator, grey: np.ndarray, strength: float = 1.0) -> np.ndarray:
    """JPEG, or what a starved H.264 encoder leaves: coarse blocks smoothed by its deblocking filter."""
    dice = rng.random()
    if dice < 0.25:
        return grey
    quality = int(np.clip(rng.normal(62, 20 * strength), 16, 96))
    grey = cv2.imdecode(cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_GRAYSCALE)
    if dice > 0.7:
        grey = cv2.bilateralFilter(grey, 3, float(rng.uniform(8, 30)), 1.0) if dice > 0.85 else cv2.GaussianBlur(grey, (0, 0), 0.5)
    return grey


_GRAIN: dict[str, np.ndarray] = {}


def _grain(rng: np.random.Generator, h: int, w: int) -> np.ndarray:
    """Unit noise float32 [h,w], a cut of a large sheet: white, or slightly soft as after demosaicing."""
    if not _GRAIN:
        base = np.random.default_rng(11).standard_normal((700, 900)).astype(np.float32)
        soft = cv2.GaussianBlur(base, (0, 0), 0.7)
        _GRAIN["white"], _GRAIN["soft"] = base, soft / soft.std()
    sheet = _GRAIN["white" if rng.random() < 0.5 else "soft"]
    y, x = int(rng.integers(0, max(1, 700 - h))), int(rng.integers(0, max(1, 900 - w)))
    cut = sheet[y:y + h, x:x + w]
    return cut if cut.shape == (h, w) else cv2.resize(cut, (w, h))


def _motion(rng: np.random.Generator, length: float) -> np.ndarray:
    angle = rng.normal(0, 0.5) if rng.random() < 0.6 else rng.uniform(0, np.pi)
    n = int(np.ceil(length)) | 1
    n = max(3, min(n + 2, 31))
    kernel = np.zeros((n, n), np.float32)
    d = min(length, n - 1) / 2 * np.array([np.cos(angle), np.sin(angle)])
    c = n / 2 - 0.5
    cv2.line(kernel, (int(round((c - d[0]) * 16)), int(round((c - d[1]) * 16))),
             (int(round((c + d[0]) * 16)), int(round((c + d[1]) * 16))), 1.0, 1, cv2.LINE_AA, 4)
    return kernel / max(1e-6, kernel.sum())


def _shadow(rng: np.random.Generator, picture: np.ndarray) -> None:
    """A straight shadow edge over part of the plate, in place."""
    h, w = picture.shape
    angle = rng.uniform(0, 2 * np.pi)
    ys, xs = np.ogrid[0:h, 0:w]
    line = ((xs - rng.uniform(0.1, 0.9) * w) * np.cos(angle) + (ys - rng.uniform(0.1, 0.9) * h) * np.sin(angle)).astype(np.float32)
    line /= max(0.5, rng.uniform(0.3, 6))
    np.clip(line, -1, 1, out=line)
    deep = rng.uniform(0.3, 0.9)
    picture *= 1 - np.float32((1 - deep) / 2) * (1 + line)


def _lamps(rng: np.random.Generator, picture: np.ndarray, quad: np.ndarray) -> None:
    """One or two lamps above the plate that light its upper edge, or their reflections, in place."""
    h, w = picture.shape
    ys, xs = np.ogrid[0:h, 0:w]
    wide, high = float(np.linalg.norm(quad[1] - quad[0])), float(np.linalg.norm(quad[3] - quad[0]))
    places = (0.5,) if rng.random() < 0.3 else (0.5 - (apart := rng.uniform(0.12, 0.32)), 0.5 + apart)
    bright, across, down, deep = rng.uniform(40, 240), wide * rng.uniform(0.02, 0.09), high * rng.uniform(0.06, 0.3), rng.uniform(-0.1, 0.14)
    for place in places:
        x, y = quad[0] + (quad[1] - quad[0]) * place + (quad[3] - quad[0]) * deep
        picture += np.exp(-(((xs - x) / across) ** 2 + ((ys - y) / down) ** 2) / 2).astype(np.float32) * np.float32(bright)


def _glare(rng: np.random.Generator, picture: np.ndarray) -> None:
    """A bright haze from a lamp or the sun, in place."""
    h, w = picture.shape
    ys, xs = np.ogrid[0:h, 0:w]
    cx, cy, r = rng.uniform(-0.2, 1.2) * w, rng.uniform(-0.3, 1.3) * h, rng.uniform(0.15, 0.9) * w
    haze = np.exp(-(((xs - cx) / r) ** 2 + ((ys - cy) / (r * rng.uniform(0.3, 1.0))) ** 2)).astype(np.float32)
    picture += haze * np.float32(rng.uniform(30, 190))
