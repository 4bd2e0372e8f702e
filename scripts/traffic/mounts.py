"""What is mounted on a shell: the plates in their holders, and a lorry's box with its own back."""

from __future__ import annotations

import numpy as np

from traffic import artwork, panels
from traffic.artwork import Art
from traffic.shapes import EMIT_PLATE, EMIT_TAIL


def plate_texture(plate):
    """The plate's artwork with its retro-reflection in the sixth channel; never finer than 2 mm."""
    rgb = plate.rgb.astype(np.float32) / 255
    retro = plate.retro.astype(np.float32)
    out = np.zeros(rgb.shape[:2] + (6,), np.uint8)
    out[..., :3] = np.clip(rgb**1.1 * 255 + 0.5, 0, 255)
    out[..., 3] = 60
    out[..., 5] = np.clip(retro * 255, 0, 255)
    return out


def mount_plate(builder, rng, fonts, plate, x, y, z, lean, sign):
    """Holder and plate at (x, y, z), the centre; lean: metres that its top edge lies further in. Returns corners."""
    w, h = plate.width_mm / 2000, plate.height_mm / 2000
    roll = rng.normal(0, 0.007)

    def quad(half_w, low, high, out):
        corners = np.array([[-half_w, low], [half_w, low], [-half_w, high], [half_w, high]])
        turned = corners @ np.array([[np.cos(roll), np.sin(roll)], [-np.sin(roll), np.cos(roll)]])
        depth = -sign * out + sign * lean * (turned[:, 1] + h) / (2 * h)
        points = np.stack([x + depth, y + sign * turned[:, 0], z + turned[:, 1]], 1)
        return points.reshape(2, 2, 3)

    words = str(rng.choice(artwork.DEALERS)) if rng.random() < 0.6 else ""
    if rng.random() < 0.85:
        rim, foot = 0.010, 0.024
        holder = panels.plate_holder(rng, fonts, 2 * (w + rim), 2 * h + rim + foot, words)
        builder.sheet(quad(w + rim, -h - foot, h + rim, 0.0), builder.material(texture=holder.texture()), 0.8)
    texture = plate_texture(plate)
    seen = quad(w, -h, h, 0.006)
    if sign < 0:
        texture[..., 4] = 40  # the lamp over a back plate
    builder.sheet(seen, builder.material(texture=texture, retro=1.0, emit=EMIT_PLATE), 0.85)
    return np.stack([seen[1, 0], seen[1, 1], seen[0, 1], seen[0, 0]])


def cargo(builder, rng, fonts, maker, plate):
    """A lorry's box behind the cab, its chassis and its back. Returns the back plate's corners and the length."""
    b, x0, x1, half, low, high = builder, 2.3, 7.6, 1.24, 1.0, 3.45
    colour = tuple(int(c) for c in rng.choice([(222, 223, 220), (198, 200, 202), (40, 70, 130), (150, 30, 34)]))
    for sign in (-1, 1):
        art = Art(x1 - x0, high - low, 160, colour, gloss=110)
        panels.livery(rng, fonts, art, (1.5, 0.9))
        art.dirt(rng, 0.5)
        grid = np.array([[(x0, sign * half, z), (x1, sign * half, z)] for z in (low, high)])
        b.sheet(grid, b.material(texture=art.texture()), 0.9, flip_u=sign < 0)
    b.sheet(np.array([[(x0, -half, z), (x0, half, z)] for z in (low, high)]), b.material((0.5, 0.5, 0.5), 0.3), 0.9)
    b.sheet(np.array([[(x, -half, high), (x, half, high)] for x in (x0, x1)]), b.material((0.6, 0.6, 0.6), 0.2), 1.0)
    doors = Art(2 * half, high - low, 200, colour, gloss=110)
    seam = tuple(int(c * 0.35) for c in colour)
    doors.line([(half, 0), (half, high - low)], 0.02, seam)
    for x in (half - 0.5, half - 0.2, half + 0.2, half + 0.5):
        doors.line([(x, 0), (x, high - low)], 0.03, (150, 152, 155))
    doors.text(
        str(rng.choice(artwork.FIRMS)),
        half,
        1.8,
        0.14,
        fonts[0],
        (30, 34, 60) if sum(colour) > 400 else (235, 235, 235),
        "mm",
    )
    doors.text(
        str(rng.choice(artwork.PHONES)),
        half,
        1.45,
        0.10,
        fonts[1],
        (30, 34, 60) if sum(colour) > 400 else (235, 235, 235),
        "mm",
    )
    doors.dirt(rng, 0.6)
    b.sheet(np.array([[(x1, half, z), (x1, -half, z)] for z in (low, high)]), b.material(texture=doors.texture()), 0.9)
    rail = Art(2 * half, 0.6, 300, (26, 26, 28), gloss=30)
    for x in (0.3, 2 * half - 0.3):
        rail.rectangle(x - 0.2, 0.28, x + 0.2, 0.42, (140, 14, 16), emit=200)
        rail.rectangle(x - 0.06, 0.28, x + 0.06, 0.42, (200, 110, 30))
    b.sheet(
        np.array([[(x1 - 0.05, half * 0.97, z), (x1 - 0.05, -half * 0.97, z)] for z in (low - 0.6, low)]),
        b.material(texture=rail.texture(), emit=EMIT_TAIL),
        0.6,
    )
    b.box((x0, -half * 0.9, 0.55), (x1 - 0.1, half * 0.9, low), b.material((0.02, 0.02, 0.02)), 0.3)
    corners = mount_plate(b, rng, fonts, plate, x1 - 0.03, rng.uniform(-0.1, 0.1), 0.62, 0.0, -1)
    return corners, x1
