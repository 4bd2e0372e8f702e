"""The still part of the picture: a two-lane road with its verges, rails and posts, lit for one kind of light."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from traffic.artwork import Art
from traffic.draw import Still, draw_mesh
from traffic.mesh import MeshBuilder

LANE_WIDTH = 3.3
CENTRE_X = -2.8
"""The line between the lanes, metres to the right of the pole."""


def lane_x(lane: int) -> float:
    """The middle of lane 1 (the pole's side) or 2."""
    return CENTRE_X + LANE_WIDTH * (0.5 if lane == 1 else -0.5)


@dataclass
class Backdrop:
    """picture: uint8 [H, W, 3] red, green, blue as the sensor codes it, larger than the frame by `margin` on each
    side so that the camera can shake; albedo: float32 [H, W, 3]; sunlit: float32 [H, W], 1 where the sun reaches."""

    picture: np.ndarray
    albedo: np.ndarray
    sunlit: np.ndarray
    margin: int


class Noise:
    """Smooth noise over the plane, repeated without a seam."""

    def __init__(self, rng, size=512):
        self.tile = rng.random((size, size)).astype(np.float32)

    def at(self, x, y, period_m):
        """Value 0..1 at world points; features about period_m metres wide."""
        n = self.tile.shape[0]
        return cv2.remap(
            self.tile,
            np.mod(x / period_m, n).astype(np.float32),
            np.mod(y / period_m, n).astype(np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_WRAP,
        )


def smooth(edge0, edge1, x):
    t = np.clip((x - edge0) / (edge1 - edge0), 0, 1)
    return t * t * (3 - 2 * t)


def band(x, low, high, soft=0.015):
    return smooth(low - soft, low + soft, x) * (1 - smooth(high - soft, high + soft, x))


def ground_albedo(x, y, noise, road):
    """Linear red, green, blue of the ground at world points [H, W]."""
    large, middle = noise.at(x, y, 2.3), noise.at(x + 91, y, 0.31)
    small, grain = noise.at(x, y + 37, 0.055), noise.at(x + 13, y + 5, 0.018)
    # Asphalt: stones, tyre tracks worn smooth and dark, oil between them, patches of another age.
    asphalt = 0.115 + 0.035 * (large - 0.5) + 0.04 * (middle - 0.5) + 0.05 * (small - 0.5) + 0.06 * (grain - 0.5)
    for lane in (1, 2):
        off = x - lane_x(lane)
        for track in (-0.75, 0.75):
            asphalt = asphalt * (1 - 0.16 * np.exp(-(((off - track) / 0.28) ** 2)))
        asphalt = asphalt * (1 - 0.12 * np.exp(-((off / 0.22) ** 2)))
    for low, high, y0, y1, shade in road["patches"]:
        inside = band(x, low, high, 0.02) * band(y, y0, y1, 0.05)
        asphalt = asphalt * (1 - inside) + inside * (
            shade + 0.03 * (grain - 0.5) + 0.03 * (small - 0.5) + 0.03 * (middle - 0.5)
        )
    for slope, offset, where in road["cracks"]:
        bend = 0.5 * (noise.at(y + where, np.zeros_like(y), 2.9) - 0.5) + 0.16 * (
            noise.at(y + where, np.ones_like(y), 0.33) - 0.5
        )
        path = x - offset - slope * y - bend
        asphalt = asphalt * (
            1 - 0.45 * np.exp(-((path / 0.014) ** 2)) * smooth(0.42, 0.6, noise.at(y, np.full_like(y, where), 1.7))
        )
    colour = np.stack([asphalt * 1.02, asphalt, asphalt * 0.97], 2)
    # Markings, worn.
    left, right = CENTRE_X - LANE_WIDTH, CENTRE_X + LANE_WIDTH
    dashes = ((y + road["phase"]) % 6.0) < 2.5
    paint = (
        band(x, CENTRE_X - 0.07, CENTRE_X + 0.07) * dashes
        + band(x, right + 0.03, right + 0.18)
        + band(x, left - 0.18, left - 0.03)
    )
    worn = np.clip(paint, 0, 1) * np.clip(0.55 + 1.1 * (0.5 * small + 0.5 * middle), 0, 0.92)
    colour = colour * (1 - worn[..., None]) + worn[..., None] * np.array([0.52, 0.52, 0.49])
    # Gravel, then grass; a red cycle path beyond the left rail, as Flanders has them.
    gravel = 0.16 + 0.12 * (small - 0.5) + 0.10 * (grain - 0.5)
    stones = np.stack([gravel * 1.1, gravel, gravel * 0.85], 2)
    blades = noise.at(x * 2.2, y * 0.45, 0.03)
    green = np.clip(0.5 + 0.9 * (large - 0.5) + 0.8 * (blades - 0.5) + 0.5 * (small - 0.5), 0.1, 1.2)
    grass = np.stack([0.065 * green + 0.02 * large, 0.095 * green, 0.030 * green], 2)
    red = 0.9 + 0.4 * (grain - 0.5) + 0.3 * (middle - 0.5)
    path = np.stack([0.165 * red, 0.080 * red, 0.062 * red], 2)
    wobble = 0.25 * (middle - 0.5) + 0.15 * (small - 0.5)
    for mask, layer in (
        (
            np.maximum(
                smooth(right + 0.45, right + 0.55, x + wobble * 0.3),
                1 - smooth(left - 0.55, left - 0.45, x + wobble * 0.3),
            ),
            stones,
        ),
        (
            np.maximum(smooth(right + 0.9, right + 1.15, x + wobble), 1 - smooth(left - 1.15, left - 0.9, x + wobble)),
            grass,
        ),
        (band(x, left - 4.0, left - 2.3, 0.03), path),
    ):
        colour = colour * (1 - mask[..., None]) + layer * mask[..., None]
    return np.clip(colour, 0.005, 1).astype(np.float32)


def furniture(rng, font):
    """Rail, reflector posts, a kilometre sign and a hedge: things that stand beside the road."""
    b = MeshBuilder()
    left, right = CENTRE_X - LANE_WIDTH, CENTRE_X + LANE_WIDTH
    steel = b.material((0.33, 0.34, 0.35), gloss=0.35)
    y = np.arange(6.0, 60.0, 2.0)
    wave = np.array([(0.0, 0.45), (-0.05, 0.52), (0.03, 0.60), (-0.05, 0.68), (0.0, 0.75)])
    x_rail = left - 1.45
    rail = np.stack([np.stack([np.full(len(y), x_rail + dx), y, np.full(len(y), z)], 1) for dx, z in wave])
    b.sheet(rail, steel, 0.9)
    dark = b.material((0.10, 0.10, 0.10))
    for post in y[::2]:
        b.box((x_rail - 0.16, post - 0.05, 0.0), (x_rail - 0.06, post + 0.05, 0.66), dark)
    white, black = b.material((0.62, 0.62, 0.60)), b.material((0.03, 0.03, 0.03))
    glass = b.material((0.6, 0.3, 0.1), retro=0.5)
    for px, py in ((right + 1.25, 17.5), (right + 1.25, 29.0)):
        b.box((px - 0.06, py - 0.05, 0), (px + 0.06, py + 0.05, 0.68), white)
        b.box((px - 0.06, py - 0.05, 0.68), (px + 0.06, py + 0.05, 0.92), black)
        b.sheet(
            np.array(
                [
                    [(px - 0.03, py - 0.055, 0.72), (px + 0.03, py - 0.055, 0.72)],
                    [(px - 0.03, py - 0.055, 0.88), (px + 0.03, py - 0.055, 0.88)],
                ]
            ),
            glass,
            1.0,
        )
        b.box((px - 0.06, py - 0.05, 0.92), (px + 0.06, py + 0.05, 1.02), white)
    sign = Art(0.42, 0.26, 500, (16, 60, 150), gloss=60)
    sign.line([(0.01, 0.01), (0.41, 0.01), (0.41, 0.25), (0.01, 0.25), (0.01, 0.01)], 0.012, (240, 240, 240))
    sign.text(f"{rng.integers(2, 60)}.{rng.integers(1, 10)}", 0.21, 0.13, 0.10, font, (245, 245, 245), "mm")
    sign.extra[..., 2] = (sign.rgb[..., 0] * 0.5).astype(np.uint8)
    face = b.material(texture=sign.texture(), retro=0.8)
    sx, sy = x_rail - 0.5, 24.0
    b.box((sx - 0.025, sy + 0.01, 0), (sx + 0.025, sy + 0.05, 0.9), white)
    b.sheet(
        np.array([[(sx - 0.21, sy, 0.66), (sx + 0.21, sy, 0.66)], [(sx - 0.21, sy, 0.92), (sx + 0.21, sy, 0.92)]]),
        face,
        1.0,
    )
    # Hedge: a lumpy sheet with leaves drawn on it.
    leaves = Art(12.0, 2.6, 60, (30, 46, 20), gloss=0)
    for _ in range(9000):
        u, v, size = rng.random() * 12, rng.random() * 2.6, rng.uniform(0.02, 0.06)
        tone = rng.uniform(0.4, 1.5) * (0.6 + 0.4 * v / 2.6)
        leaves.disc(u, v, size, tuple(int(c * tone) for c in (62, 88, 36)), gloss=0, squash=rng.uniform(0.4, 1))
    leaf = b.material(texture=leaves.texture())
    ys = np.linspace(8, 60, 80)
    rows = []
    for k, z in enumerate((0.0, 0.5, 1.0, 1.4, 1.55, 1.55)):
        depth = (0.0, -0.05, -0.05, -0.15, -0.5, -1.6)[k]
        rows.append(
            np.stack(
                [
                    left - 4.9 + depth + rng.normal(0, 0.09, 80),
                    ys,
                    np.full(80, z) + (rng.normal(0, 0.06, 80) if k > 1 else 0),
                ],
                1,
            )
        )
    b.sheet(np.stack(rows), leaf, np.linspace(0.2, 1, 6)[:, None] * np.ones(80))
    return b.build()


def backdrop(camera, light, env, seed, font, margin=8) -> Backdrop:
    """Draws the still picture for one camera and light. The same seed gives the same place."""
    rng = np.random.default_rng(seed)
    noise = Noise(rng)
    road = {
        "phase": rng.uniform(0, 6),
        "cracks": [(rng.normal(0, 0.03), rng.uniform(-6, 0), rng.uniform(0, 400)) for _ in range(2)],
        "patches": [
            (x, x + rng.uniform(0.8, 2.4), y, y + rng.uniform(1.5, 6), rng.uniform(0.07, 0.14))
            for x, y in zip(rng.uniform(-6, -1.5, 4), rng.uniform(10, 36, 4))
        ],
    }
    w, h = camera.width + 2 * margin, camera.height + 2 * margin
    wide = type(camera)(w, h, camera.focal_px, camera.height_m, camera.pan, camera.tilt, camera.roll)
    columns, rows = np.meshgrid(np.arange(w, dtype=np.float32), np.arange(h, dtype=np.float32))
    albedo, sunlit = np.zeros((h, w, 3), np.float32), np.zeros((h, w), np.float32)
    spots = ((0.15, 0.1), (0.65, 0.3), (0.35, 0.6), (0.9, 0.85), (0.1, 0.9), (0.6, 0.65))
    for dx, dy in spots:
        x, y = wide.ground(columns + dx, rows + dy)
        albedo += ground_albedo(x, y, noise, road) / len(spots)
        # Trees to the right throw a dappled shade over the verge and the edge of the road.
        canopy = noise.at(x + 3, y, 1.6) * 0.6 + noise.at(x, y, 0.35) * 0.4
        sunlit += (1 - smooth(0.50, 0.58, canopy) * smooth(-1.2, 1.2, x - 0.35 * np.sin(y / 5)) * 0.9) / len(spots)
    direction = np.array(light.sun_from) / np.linalg.norm(light.sun_from)
    sun, sky = np.array(light.sun) * max(direction[2], 0), np.array(light.sky)
    if light.infrared:
        # Grass is bright in infra-red, as every leaf is.
        leafy = np.clip(albedo[..., 1] - albedo[..., 0], 0, 1) * 6
        albedo = np.repeat((albedo.mean(axis=2) + leafy * 0.25)[..., None], 3, 2)
    lit = albedo * (sunlit[..., None] * sun + sky)
    if light.flash:
        m = wide.rays()
        rz = m[2, 0] * columns + m[2, 1] * rows + m[2, 2]
        distance = wide.height_m / np.maximum(-rz, 1e-3)
        spot = np.exp(-(((columns - w / 2) / (0.62 * w)) ** 2 + ((rows - h / 2) / (0.7 * h)) ** 2))
        lit += albedo * (light.flash * (15 / distance) ** 2 * (wide.height_m / distance) * spot)[..., None]
    window, things = draw_mesh(wide, furniture(rng, font), Still(), light, env) or (None, None)
    if window is not None:
        x0, y0, x1, y1 = window
        cover = things[..., 3:]
        lit[y0:y1, x0:x1] = lit[y0:y1, x0:x1] * (1 - cover) + things[..., :3]
        albedo[y0:y1, x0:x1] *= 1 - 0.8 * cover
    return Backdrop(code(lit, light.gain), albedo, sunlit, margin)


def code(linear, gain):
    """Linear light to 8 bits: square root, near enough to a camera's gamma, with a shoulder that spares white paint."""
    kept = cv2.exp(np.ascontiguousarray(linear, np.float32) * np.float32(-gain))
    return cv2.convertScaleAbs(cv2.sqrt(np.float32(1.0000001) - kept), alpha=255)


def decode(picture, gain):
    """Back again; what was white is taken as just below it."""
    coded = np.minimum(np.arange(256, dtype=np.float32) / 255, 0.998)
    return cv2.LUT(picture, -np.log(1 - coded**2) / gain)
