"""What is on and round a plate beside its number: the country band, small lettering, seals, screws, dirt.

All functions draw in place on `rgb` uint8 [H,W,3] and `retro` float32 [H,W] of a plate.
"""
from __future__ import annotations

import cv2
import numpy as np

import emblems
from fonts import ALPHABET, CAP_PX, PAD_TOP, FontPool
from formats import EU_BLUE, Look


def band(rng: np.random.Generator, fonts: FontPool, rgb: np.ndarray, retro: np.ndarray, x: int, w: int, h: int,
         letters: str) -> None:
    """The country band: w pixels wide at x, h high, with stars or an emblem above and the letters below."""
    colour = np.clip(np.array(EU_BLUE) + rng.integers(-20, 40, 3), 0, 255)
    dice = rng.random()
    if dice < 0.06:
        colour = np.array(((235, 235, 235), (20, 110, 60), (30, 30, 30))[int(rng.integers(3))])
    inset = int(rng.integers(0, 4))
    rgb[inset:h - inset, x:x + w] = colour
    retro[inset:h - inset, x:x + w] = rng.uniform(0.05, 0.6)
    centre, radius = (x + w / 2, h * 0.32), w * rng.uniform(0.24, 0.36)
    star = ((250, 210, 60), (245, 245, 245))[int(rng.random() < 0.2)]
    if dice < 0.85:
        for i in range(12):
            at = (round(centre[0] + radius * np.sin(i * np.pi / 6)), round(centre[1] - radius * np.cos(i * np.pi / 6)))
            cv2.circle(rgb, at, max(1, w // 18), star, -1, cv2.LINE_AA)
            cv2.circle(retro, at, max(1, w // 18), 0.7, -1)
    else:
        emblems.paste(rgb, retro, emblems.pick(rng, "any"), x + w * 0.15, h * 0.14, w * 0.7, h * 0.36, 0.6)
    if letters:
        font = fonts.pick(rng)
        size = min(h * rng.uniform(0.2, 0.3), w * 0.85 / (0.62 * len(letters)))
        strip = np.concatenate([np.pad(font.glyph(c), ((0, 0), (4, 4))) for c in letters if c in ALPHABET] or [np.zeros((8, 8), np.uint8)], 1)
        k = min(size / CAP_PX, w * 0.9 / strip.shape[1])
        strip = cv2.resize(strip, (max(2, round(strip.shape[1] * k)), max(3, round(strip.shape[0] * k))), interpolation=cv2.INTER_AREA)
        _ink(rgb, retro, strip, x + (w - strip.shape[1]) // 2, round(h * 0.78 - strip.shape[0] / 2), 245, 0.8)


def lettering(rng: np.random.Generator, fonts: FontPool, rgb: np.ndarray, retro: np.ndarray,
              box: tuple[int, int, int, int], value: int) -> None:
    """Small print (a dealer, a slogan) centred in box (x, y, w, h): never part of the text."""
    x, y, w, h = box
    font = fonts.pick(rng)
    word = "".join(" " if rng.random() < 0.12 else ALPHABET[int(i)] for i in rng.integers(0, 36, int(rng.integers(4, 24))))
    blank = np.zeros((font.glyph("A").shape[0], 28), np.uint8)
    strip = np.concatenate([blank if c == " " else np.pad(font.glyph(c), ((0, 0), (4, 4))) for c in word], 1)[:CAP_PX + PAD_TOP + 4]
    k = min(h * rng.uniform(0.55, 0.95) / strip.shape[0], w * 0.95 / strip.shape[1])
    if strip.shape[0] * k < 3:
        return
    strip = cv2.resize(strip, (max(2, round(strip.shape[1] * k)), max(3, round(strip.shape[0] * k))), interpolation=cv2.INTER_AREA)
    _ink(rgb, retro, strip, x + (w - strip.shape[1]) // 2, y + (h - strip.shape[0]) // 2, value, 0.3)


def top(rng: np.random.Generator, fonts: FontPool, rgb: np.ndarray, retro: np.ndarray, height: int,
        colour: tuple[int, int, int]) -> None:
    """A band along the upper edge with a country's name, and now and then a flag, in place."""
    w = retro.shape[1]
    rgb[:height] = np.clip(np.array(colour) + rng.integers(-15, 16, 3), 0, 255)
    retro[:height] = rng.uniform(0.05, 0.5)
    if height < 8:
        return
    lettering(rng, fonts, rgb, retro, (round(w * 0.15), 1, round(w * 0.7), height - 2), 240)
    for x in (0.03, 0.88):
        if rng.random() < 0.4:
            emblems.paste(rgb, retro, emblems.pick(rng, "any"), w * x, height * 0.15, w * 0.09, height * 0.7, 0.5)


def scenery(rng: np.random.Generator, rgb: np.ndarray, mask: np.ndarray) -> None:
    """A printed picture behind the characters, in place: sky and land in pale colours, hills, a sun. mask: uint8, 255 where ink is."""
    h, w = mask.shape
    ramp = np.linspace(0, 1, h, dtype=np.float32)[:, None, None]
    tints = [np.clip(np.array(rgb[0, 0], np.float32) * rng.uniform(0.7, 1.15) + rng.uniform(-55, 55, 3), 0, 255) for _ in range(2)]
    picture = (tints[0] * (1 - ramp) + tints[1] * ramp).astype(np.float32) * np.ones((1, w, 1), np.float32)
    if rng.random() < 0.6:  # hills
        land = np.clip(picture[0, 0] * rng.uniform(0.45, 0.95) + rng.uniform(-30, 30, 3), 0, 255)
        x = np.arange(w)
        line = h * rng.uniform(0.35, 0.8) + sum(h * rng.uniform(0.02, 0.14) * np.sin(x / w * np.pi * rng.uniform(1, 7) + rng.uniform(0, 6)) for _ in range(3))
        below = (np.arange(h)[:, None] > line[None, :]).astype(np.float32)[..., None]
        picture += below * np.float32(rng.uniform(0.3, 1)) * (land.astype(np.float32) - picture)
    if rng.random() < 0.4:
        cv2.circle(picture, (int(rng.integers(0, w)), int(rng.integers(0, h))), round(h * rng.uniform(0.1, 0.45)),
                   tuple(float(c) for c in rng.uniform(90, 255, 3)), -1, cv2.LINE_AA)
    soft = emblems.texture(rng, max(4, h // 3), max(4, w // 3)) * np.float32(rng.uniform(0, 25))
    picture += cv2.resize(soft, (w, h), interpolation=cv2.INTER_LINEAR)[..., None]
    ink = mask.astype(np.float32)[..., None] / 255
    rgb[:] = np.clip(picture * (1 - ink) + rgb * ink, 0, 255).astype(np.uint8)


def _ink(rgb: np.ndarray, retro: np.ndarray, strip: np.ndarray, x: int, y: int, value: int, shine: float) -> None:
    """Lay a mask uint8 [h,w] in one grey value at x, y; what is outside is cut off."""
    height, width = retro.shape
    top, left = max(0, y), max(0, x)
    bottom, right = min(height, y + strip.shape[0]), min(width, x + strip.shape[1])
    if bottom <= top or right <= left:
        return
    a = strip[top - y:bottom - y, left - x:right - x].astype(np.float32) / 255
    part = rgb[top:bottom, left:right]
    part[:] = (part + a[..., None] * (value - part.astype(np.float32))).astype(np.uint8)
    glow = retro[top:bottom, left:right]
    glow += a * (shine * value / 255 - glow)


def slot(rng: np.random.Generator, look: Look, rgb: np.ndarray, retro: np.ndarray, x: float, y: float, w: float,
         h: float, shine: float) -> None:
    """What stands between two groups: two seals, a coat of arms, a sticker; now and then nothing."""
    if rng.random() < 0.05:
        return
    kind = look.emblem if rng.random() < 0.8 else "any"
    if kind == "seals":
        size = min(w, h * rng.uniform(0.36, 0.5))
        emblems.paste(rgb, retro, emblems.pick(rng, "seals"), x + (w - size) / 2, y, size, size, shine)
        size = min(w, h * rng.uniform(0.4, 0.56))
        emblems.paste(rgb, retro, emblems.pick(rng, "seals"), x + (w - size) / 2, y + h - size, size, size, shine)
        return
    height = h * rng.uniform(0.45, 1.05)
    width = min(w, height * rng.uniform(0.75, 1.0))
    emblems.paste(rgb, retro, emblems.pick(rng, kind), x + (w - width) / 2, y + (h - height) * rng.random(), width, height, shine)


def abuse(rng: np.random.Generator, rgb: np.ndarray, retro: np.ndarray) -> None:
    """Screws on characters, pale road dust, in place: what makes a plate hard to read. For training; measuring sets are not drawn with it."""
    h, w = retro.shape
    if rng.random() < 0.12:  # screws and their caps where a garage put them
        size = max(2, round(min(h, 120) * rng.uniform(0.03, 0.07)))
        y = round(h * (rng.uniform(0.06, 0.3) if rng.random() < 0.6 else rng.uniform(0.3, 0.95)))
        x, value, shine = rng.uniform(0.08, 0.4), int(rng.integers(15, 240)), rng.uniform(0.05, 0.6)
        for sx in (x, 1 - x):
            cv2.circle(rgb, (round(w * sx), y), size, (value,) * 3, -1, cv2.LINE_AA)
            cv2.circle(retro, (round(w * sx), y), size, shine, -1)
    if rng.random() < 0.12:  # road dust and salt: pale, on ink and ground alike, uneven
        film = emblems.texture(rng, max(4, h // 3), max(4, w // 3)) * np.float32(rng.uniform(0.3, 1.2)) + np.float32(rng.uniform(0.1, 0.55))
        np.clip(film, 0, rng.uniform(0.4, 0.82), out=film)
        film = cv2.resize(film, (w, h), interpolation=cv2.INTER_LINEAR)
        dust = np.empty_like(rgb)
        dust[:] = np.clip(rng.uniform(110, 210) * np.array((1.0, 0.96, 0.9)), 0, 255)
        rgb[:] = cv2.blendLinear(dust, rgb, film, 1 - film)
        retro += film * (np.float32(rng.uniform(0.2, 0.6)) - retro)


def wear(rng: np.random.Generator, rgb: np.ndarray, retro: np.ndarray) -> None:
    """Screws, dirt, scratches and stickers, in place."""
    h, w = retro.shape
    if rng.random() < 0.4:
        size = max(2, round(min(h, 120) * rng.uniform(0.025, 0.06)))
        value = int(rng.choice([30, 120, 200, 235]))
        at = (rng.uniform(0.05, 0.3), rng.uniform(0.1, 0.5)) if rng.random() < 0.7 else (rng.uniform(0.3, 0.5), rng.uniform(0.05, 0.12))
        for sx in (at[0], 1 - at[0]):
            centre = (round(w * sx), round(h * at[1]))
            cv2.circle(rgb, centre, size, (value,) * 3, -1, cv2.LINE_AA)
            cv2.circle(retro, centre, size, 0.1, -1)
    if rng.random() < 0.06:
        size = h * rng.uniform(0.12, 0.25)
        emblems.paste(rgb, retro, emblems.pick(rng, "any"), rng.uniform(0, w), rng.uniform(0, h), size, size, 0.5)
    if rng.random() < 0.45:  # dirt: brown film, heavier in spots
        film = emblems.texture(rng, h // 2, w // 2)
        film -= rng.uniform(-0.4, 0.5)
        film *= rng.uniform(0.2, 1.1)
        np.clip(film, 0, rng.uniform(0.15, 0.75), out=film)
        film = cv2.resize(film, (w, h), interpolation=cv2.INTER_LINEAR)
        mud = np.empty_like(rgb)
        mud[:] = np.clip(rng.uniform(40, 140) * np.array((1.0, 0.9, 0.75)), 0, 255)
        rgb[:] = cv2.blendLinear(mud, rgb, film, 1 - film)
        retro *= 1 - film * np.float32(rng.uniform(0.3, 1.0))
    if rng.random() < 0.15:
        for _ in range(int(rng.integers(1, 6))):
            a, b = (int(rng.integers(0, w)), int(rng.integers(0, h))), (int(rng.integers(0, w)), int(rng.integers(0, h)))
            cv2.line(rgb, a, b, (int(rng.integers(40, 240)),) * 3, 1, cv2.LINE_AA)
