"""Things on a plate that are no characters: seals, coats of arms, stickers, stars, screws, dirt.

A reader that has never seen a coat of arms between two groups reads it as S, Q, V, O or 8. These are drawn
once per process into a bank of pictures with an alpha mask, and then only scaled and pasted.
"""
from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

SIZE_PX = 64


@lru_cache(maxsize=4)
def bank(seed: int = 5, count: int = 320) -> list[tuple[np.ndarray, np.ndarray]]:
    """Emblems as (rgb uint8 [64,64,3], alpha uint8 [64,64]); the first third round, the second shields, then mixed."""
    rng = np.random.default_rng(seed)
    return [_emblem(rng, ("round", "shield", "mixed")[3 * i // count]) for i in range(count)]


def pick(rng: np.random.Generator, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """One emblem of a kind: 'seals' round, 'shield' coats of arms, 'any'."""
    emblems = bank()
    third = len(emblems) // 3
    start, stop = {"seals": (0, third), "shield": (third, 2 * third)}.get(kind, (0, len(emblems)))
    return emblems[int(rng.integers(start, stop))]


def _colour(rng: np.random.Generator) -> tuple[int, int, int]:
    pool = ((200, 30, 40), (30, 70, 170), (240, 210, 60), (20, 120, 60), (245, 245, 245), (25, 25, 25),
            (150, 150, 155), (90, 60, 40), (230, 130, 40), (120, 170, 210))
    base = pool[int(rng.integers(len(pool)))]
    return tuple(int(np.clip(c + rng.integers(-25, 26), 0, 255)) for c in base)  # type: ignore[return-value]


def _shape(rng: np.random.Generator, kind: str) -> np.ndarray:
    n = SIZE_PX
    mask = np.zeros((n, n), np.uint8)
    form = {"round": 0, "shield": 1}.get(kind, int(rng.integers(0, 5)))
    if form == 0:
        cv2.circle(mask, (n // 2, n // 2), n // 2 - 2, 255, -1, cv2.LINE_AA)
    elif form == 1:
        top, waist = int(rng.integers(2, 14)), int(rng.integers(26, 46))
        side = int(rng.integers(4, 14))
        points = [(side, top), (n // 2, top - int(rng.integers(-3, 3))), (n - side, top), (n - side, waist)]
        points += [(n - side - (n // 2 - side) * i // 4, waist + int((n - 4 - waist) * np.sin(np.pi / 8 * i)))
                   for i in range(1, 5)]
        points += [(n - x, y) for x, y in reversed(points[3:])]
        cv2.fillPoly(mask, [np.array(points, np.int32)], 255, cv2.LINE_AA)
        if rng.random() < 0.25:  # a crown on top
            teeth = [(side + 4, top), (side + 2, 0), (n // 3, top - 2), (n // 2, 0), (2 * n // 3, top - 2),
                     (n - side - 2, 0), (n - side - 4, top)]
            cv2.fillPoly(mask, [np.array(teeth, np.int32)], 255, cv2.LINE_AA)
    elif form == 2:
        inset = int(rng.integers(2, 16))
        cv2.rectangle(mask, (inset, 3), (n - inset, n - 3), 255, -1)
    elif form == 3:
        cv2.ellipse(mask, (n // 2, n // 2), (int(rng.integers(14, 30)), n // 2 - 3), 0, 0, 360, 255, -1, cv2.LINE_AA)
    else:
        sides = int(rng.integers(5, 9))
        angle = np.arange(sides) * 2 * np.pi / sides + rng.random()
        points = np.stack([n / 2 + 29 * np.cos(angle), n / 2 + 29 * np.sin(angle)], 1).astype(np.int32)
        cv2.fillPoly(mask, [points], 255, cv2.LINE_AA)
    return mask


def _emblem(rng: np.random.Generator, kind: str) -> tuple[np.ndarray, np.ndarray]:
    n = SIZE_PX
    mask = _shape(rng, kind)
    rgb = np.empty((n, n, 3), np.uint8)
    rgb[:] = _colour(rng)
    filling = int(rng.integers(0, 7))
    second = _colour(rng)
    if filling == 0:
        rgb[:, n // 2:] = second
    elif filling == 1:
        step = int(rng.integers(6, 16))
        squares = (np.add.outer(np.arange(n) // step, np.arange(n) // step) % 2).astype(bool)
        rgb[squares] = second
    elif filling == 2:
        step = int(rng.integers(5, 22))
        stripes = np.arange(n) // step % 2 == 1
        if rng.random() < 0.5:
            rgb[stripes] = second
        else:
            rgb[:, stripes] = second
    elif filling == 3:
        rgb[:n // 2, :n // 2] = second
        rgb[n // 2:, n // 2:] = _colour(rng)
    elif filling == 4:
        w = int(rng.integers(5, 12))
        rgb[n // 2 - w:n // 2 + w] = second
        rgb[:, n // 2 - w:n // 2 + w] = second
    elif filling == 5:
        cv2.circle(rgb, (n // 2, n // 2), int(rng.integers(10, 24)), second, -1 if rng.random() < 0.5 else 5, cv2.LINE_AA)
    for _ in range(int(rng.integers(0, 7))):  # a beast, a tower, a ship: blobs and lines
        centre = rng.integers(12, 52, 2)
        if rng.random() < 0.6:
            angle = np.sort(rng.random(int(rng.integers(4, 9))) * 2 * np.pi)
            radius = rng.uniform(4, 17, len(angle))
            points = np.stack([centre[0] + radius * np.cos(angle), centre[1] + radius * np.sin(angle)], 1)
            cv2.fillPoly(rgb, [points.astype(np.int32)], _colour(rng), cv2.LINE_AA)
        else:
            end = rng.integers(6, 58, 2)
            cv2.line(rgb, tuple(map(int, centre)), tuple(map(int, end)), _colour(rng), int(rng.integers(1, 6)), cv2.LINE_AA)
    if rng.random() < 0.5:  # small print round the rim
        for angle in np.arange(0, 2 * np.pi, rng.uniform(0.2, 0.5)):
            x, y = n / 2 + 26 * np.cos(angle), n / 2 + 26 * np.sin(angle)
            cv2.circle(rgb, (int(x), int(y)), int(rng.integers(1, 3)), second, -1)
    outline = cv2.dilate(mask, np.ones((3, 3), np.uint8)) - cv2.erode(mask, np.ones((3, 3), np.uint8))
    if rng.random() < 0.7:
        rgb[outline > 90] = _colour(rng)
    return rgb, mask


def paste(rgb: np.ndarray, retro: np.ndarray, emblem: tuple[np.ndarray, np.ndarray],
          x: float, y: float, width: float, height: float, shine: float) -> None:
    """Scale an emblem to width x height pixels and lay it on a plate at its upper left corner x, y, in place.

    shine: retro-reflection of its white parts, 0..1.
    """
    w, h = max(2, round(width)), max(2, round(height))
    x0, y0 = round(x), round(y)
    left, top = max(0, x0), max(0, y0)
    right, bottom = min(rgb.shape[1], x0 + w), min(rgb.shape[0], y0 + h)
    if right <= left or bottom <= top:
        return
    piece = cv2.resize(emblem[0], (w, h), interpolation=cv2.INTER_AREA)[top - y0:bottom - y0, left - x0:right - x0]
    alpha = cv2.resize(emblem[1], (w, h), interpolation=cv2.INTER_AREA)[top - y0:bottom - y0, left - x0:right - x0]
    a = alpha.astype(np.float32)[..., None] / 255
    part = rgb[top:bottom, left:right]
    part[:] = (part * (1 - a) + piece * a).astype(np.uint8)
    glow = retro[top:bottom, left:right]
    glow[:] = glow * (1 - a[..., 0]) + piece.mean(axis=2) / 255 * shine * a[..., 0]


@lru_cache(maxsize=2)
def textures(seed: int = 7, count: int = 24) -> np.ndarray:
    """Soft random textures, float32 [count,128,512] with mean about 0 and values within about -1..1."""
    rng = np.random.default_rng(seed)
    out = np.zeros((count, 128, 512), np.float32)
    for texture in out:
        for cell, share in ((4, 0.5), (10, 0.35), (32, 0.25), (64, 0.12)):
            small = rng.uniform(-1, 1, (max(2, cell // 2), cell * 2)).astype(np.float32)
            texture += share * cv2.resize(small, (512, 128), interpolation=cv2.INTER_CUBIC)
    return out


def texture(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """A cut of one of the soft textures, float32 [height,width]."""
    all_ = textures()
    t = all_[int(rng.integers(len(all_)))]
    h, w = int(rng.integers(40, 128)), int(rng.integers(120, 512))
    y, x = int(rng.integers(0, 129 - h)), int(rng.integers(0, 513 - w))
    cut = t[y:y + h, x:x + w]
    if rng.random() < 0.5:
        cut = cut[:, ::-1]
    return cv2.resize(cut, (width, height), interpolation=cv2.INTER_LINEAR)
