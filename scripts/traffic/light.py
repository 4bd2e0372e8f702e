"""Light: what the sun, the sky, the camera's own flash and the lamps give, and how the camera exposes."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True)
class Light:
    """Linear light. sun: direction to it and colour; sky and ground: what comes from above and below.

    flash: the camera's infra-red lamp at 15 m; retro: how much brighter than white paint a plate returns it.
    lamps, tails, pool, plate_lamp: the vehicles' lamps, the headlights' light on the road, the lamp over a back plate. noise: standard deviation in grey levels. exposure_s: shutter time.
    """

    name: str
    sun_from: tuple
    sun: tuple
    sky: tuple
    ground: tuple
    flash: float = 0.0
    retro: float = 0.0
    mirror: float = 1.0
    lamps: float = 0.0
    tails: float = 0.0
    pool: float = 0.0
    plate_lamp: float = 0.0
    gain: float = 1.0
    noise: float = 1.0
    exposure_s: float = 1 / 1000
    infrared: bool = False

    def row(self):
        direction = np.array(self.sun_from, float)
        direction /= np.linalg.norm(direction)
        return np.array([*direction, *self.sun, *self.sky, *self.ground, self.flash, self.retro, self.mirror])


LIGHTS = {
    "day": Light(
        "day",
        (-0.55, -0.45, 0.75),
        (0.95, 0.90, 0.80),
        (0.42, 0.47, 0.55),
        (0.12, 0.115, 0.10),
        lamps=0.4,
        tails=0.1,
        gain=1.4,
        noise=1.0,
        exposure_s=1 / 1000,
    ),
    "dusk": Light(
        "dusk",
        (-0.8, 0.5, 0.15),
        (0.0, 0.0, 0.0),
        (0.200, 0.225, 0.290),
        (0.04, 0.04, 0.045),
        lamps=6.0,
        tails=1.2,
        pool=0.30,
        plate_lamp=0.3,
        gain=3.3,
        noise=2.2,
        exposure_s=1 / 1000,
    ),
    "night": Light(
        "night",
        (0.4, 0.3, 0.9),
        (0.050, 0.040, 0.025),
        (0.045, 0.043, 0.042),
        (0.012, 0.012, 0.012),
        lamps=14.0,
        tails=1.6,
        pool=0.50,
        plate_lamp=1.2,
        gain=3.2,
        noise=3.0,
        exposure_s=1 / 500,
    ),
    "infrared": Light(
        "infrared",
        (0.0, -0.3, 1.0),
        (0.0, 0.0, 0.0),
        (0.008, 0.008, 0.008),
        (0.004, 0.004, 0.004),
        flash=0.16,
        retro=3.3,
        mirror=0.5,
        lamps=2.2,
        tails=0.12,
        pool=0.05,
        gain=1.25,
        noise=1.8,
        exposure_s=1 / 1000,
        infrared=True,
    ),
}


def surroundings(light: Light, rng) -> np.ndarray:
    """What bodywork mirrors: [h, w, 3] linear, by azimuth (columns) and height (rows; the top is the zenith)."""
    h, w = 128, 512
    up = np.linspace(1, -1, h)[:, None, None]
    sky = np.array(light.sky) * np.array([1.0, 1.0, 1.0])
    zenith, horizon = sky * [0.75, 0.95, 1.25], sky * 1.7
    picture = np.where(up > 0, horizon + (zenith - horizon) * np.clip(up, 0, 1) ** 0.5, np.array(light.ground) * 1.1)
    picture = np.broadcast_to(picture, (h, w, 3)).astype(np.float32).copy()
    clouds = sum(
        cv2.resize(rng.random((n, 2 * n)).astype(np.float32), (w, h), interpolation=cv2.INTER_CUBIC) / k
        for k, n in ((1, 5), (2, 10), (4, 22))
    )
    clouds = np.clip((clouds / 1.75 - 0.5) * 3.5, 0, 1)[..., None] * (up > 0.02)
    picture = picture * (1 - clouds * 0.7) + clouds * 0.7 * sky * 1.9
    # Trees and roofs along the horizon.
    line = cv2.resize(rng.random((1, 48)).astype(np.float32), (w, 1), interpolation=cv2.INTER_CUBIC)[0] * 0.22 + 0.03
    fine = cv2.resize(rng.random((1, 256)).astype(np.float32), (w, 1))[0] * 0.05
    trees = (up[..., 0] < (line + fine)[None]) & (up[..., 0] > -0.02)
    picture[trees] = np.array(light.sky) * [0.16, 0.20, 0.13]
    return picture


def glare_sprite(size=257) -> np.ndarray:
    """The halo and the streaks that a lens makes of a lamp, peak 1, [size, size]."""
    axis = np.linspace(-1, 1, size)
    x, y = np.meshgrid(axis, axis)
    r = np.hypot(x, y)
    core = np.exp(-((r / 0.035) ** 2))
    halo = 0.05 * np.exp(-r / 0.10) + 0.012 * np.exp(-r / 0.3)
    angle = np.arctan2(y, x)
    streaks = 0.03 * np.exp(-r / 0.16) * np.abs(np.cos(angle * 3 + 0.4)) ** 40
    return ((core + halo + streaks) * np.clip(1 - r, 0, 1)).astype(np.float32)


def beam_pattern() -> np.ndarray:
    """Dipped headlights' pool on the road, [rows from the bumper to 30 m, columns over 12 m], peak 1."""
    rows, columns = np.linspace(0, 30, 240)[:, None], np.linspace(-6, 6, 120)[None]
    spread = 0.9 + rows * 0.10
    along = np.clip((rows - 0.5) / 3, 0, 1) * np.exp(-rows / 11)
    beams = sum(np.exp(-(((columns - c) / spread) ** 2)) for c in (-0.7, 0.7))
    pool = along * beams
    edge = np.minimum(np.clip((6 - np.abs(columns)) / 1.5, 0, 1), np.clip((30 - rows) / 5, 0, 1))
    return (pool * edge / pool.max()).astype(np.float32)
