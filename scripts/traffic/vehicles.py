"""Vehicles as bent sheets: cars of five shapes, a van and a lorry, with their plates in place.

Own coordinates, metres: x from the front bumper to the back, y to the right of a picture that looks at the front, z up.
"""
from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from traffic import artwork
from traffic import panels
from traffic.artwork import MAKERS, Art
from traffic.mesh import Mesh, MeshBuilder

PAINTS = {  # red, green, blue; how often; infra-red return (paint that looks dark may shine there, and the reverse)
    "black": ((24, 25, 27), 20, 0.10), "grey": ((96, 99, 103), 20, 0.22), "silver": ((168, 171, 174), 13, 0.35),
    "white": ((226, 227, 224), 20, 0.60), "blue": ((28, 52, 112), 10, 0.20), "red": ((140, 16, 20), 7, 0.40),
    "green": ((34, 66, 48), 3, 0.18), "beige": ((170, 158, 136), 3, 0.40), "orange": ((196, 92, 20), 2, 0.45),
    "light blue": ((110, 150, 178), 2, 0.35),
}


@dataclass(frozen=True)
class Shape:
    """Length, half width; (x, z) of the points along the middle: nose's top edge, foot of the windscreen, roof's ends,
    foot of the back window, tail's top edge; roof's half width; how far the corners are rounded off."""

    length: float
    half: float
    sill: float
    nose: float
    cowl: tuple[float, float]
    roof: tuple[float, float, float, float]
    foot: tuple[float, float]
    tail: tuple[float, float]
    roof_half: float
    corner: float
    wheel: float
    axles: tuple[float, float]
    glass_to: float = 0.93
    plate_back: float = 0.82


SHAPES = {
    "hatchback": Shape(4.05, 0.88, 0.19, 0.74, (0.98, 0.97), (1.85, 1.44, 3.30, 1.42), (3.86, 1.00), (3.92, 0.98), 0.60, 0.30, 0.31, (0.80, 3.35)),
    "saloon": Shape(4.65, 0.91, 0.18, 0.73, (1.25, 0.95), (2.10, 1.42, 3.25, 1.41), (3.95, 1.06), (4.52, 1.03), 0.60, 0.32, 0.32, (0.92, 3.72), 0.90, 0.80),
    "estate": Shape(4.60, 0.90, 0.18, 0.74, (1.20, 0.96), (2.02, 1.45, 4.05, 1.44), (4.46, 1.02), (4.50, 1.00), 0.62, 0.30, 0.32, (0.90, 3.65)),
    "suv": Shape(4.40, 0.93, 0.26, 0.92, (1.10, 1.12), (1.92, 1.66, 3.75, 1.63), (4.20, 1.17), (4.27, 1.15), 0.66, 0.26, 0.36, (0.88, 3.55), 0.93, 0.92),
    "mpv": Shape(4.45, 0.91, 0.20, 0.80, (0.85, 1.05), (1.85, 1.63, 3.95, 1.60), (4.32, 1.08), (4.36, 1.06), 0.64, 0.28, 0.32, (0.82, 3.55)),
    "van": Shape(5.40, 0.98, 0.24, 1.00, (0.78, 1.25), (1.50, 2.22, 5.25, 2.26), (5.32, 2.12), (5.34, 2.10), 0.84, 0.22, 0.34, (0.95, 4.30), 0.30, 0.62),
    "lorry": Shape(2.20, 1.20, 0.30, 1.12, (0.22, 1.36), (0.55, 2.65, 2.00, 2.75), (2.15, 1.40), (2.18, 1.36), 1.10, 0.16, 0.45, (1.05, 1.95), 0.75, 0.80),
}
# What a material's emission stands for until the light is known.
EMIT_HEAD, EMIT_TAIL, EMIT_PLATE = 1.0, 2.0, 3.0
KINDS = ["hatchback", "saloon", "estate", "suv", "mpv", "van", "lorry"]
WEIGHTS = [0.27, 0.15, 0.16, 0.20, 0.08, 0.10, 0.04]
ACROSS = np.linspace(-1, 1, 15)


@dataclass
class Vehicle:
    mesh: Mesh
    kind: str
    length: float
    half: float
    height: float
    plates: dict  # "front" and "back": corners [4, 3], top left first, clockwise, as somebody before it sees them
    head_lamps: np.ndarray  # [2, 3]
    tail_lamps: np.ndarray


def edge(shape, x, z, half, bow, crown):
    """A curve from side to side: bow metres further back at the ends, crown metres higher in the middle."""
    return np.stack([x + bow * ACROSS ** 2, half * ACROSS, z + crown * (1 - ACROSS ** 2)], 1)


def span(low, high, rows, bulge=(0.0, 0.0)):
    """A sheet between two curves; bulge: (x, z) metres in its middle, nothing at its sides."""
    r = np.linspace(0, 1, rows)[:, None, None]
    swell = np.sin(np.pi * r) * (1 - ACROSS ** 2)[None, :, None]
    return low[None] * (1 - r) + high[None] * r + swell * np.array([bulge[0], 0.0, bulge[1]])


def face(shape, x_end, top, sign, knots):
    """Front (sign 1) or back (-1): bumper and above, rounded at the corners."""
    v = np.linspace(0, 1, 11)[:, None]
    inset = np.interp(v, [k[0] for k in knots], [k[1] for k in knots])
    corner = shape.corner * (0.82 * np.abs(ACROSS) ** 4 + 0.18 * ACROSS ** 2)[None]
    x = x_end + sign * (inset + corner)
    y = np.broadcast_to(shape.half * (0.95 + 0.05 * np.sin(np.pi * v * 0.8)) * ACROSS[None], x.shape)
    z = shape.sill + v * (top - shape.sill) - 0.05 * v * ACROSS[None] ** 2
    return np.stack([x, y, z], 2)


FRONT_KNOTS = [(0, 0.10), (0.12, 0.02), (0.3, 0.0), (0.55, 0.0), (0.65, 0.05), (0.95, 0.12), (1.0, 0.18)]
BACK_KNOTS = [(0, 0.07), (0.1, 0.0), (0.42, 0.0), (0.48, 0.06), (0.9, 0.09), (1.0, 0.12)]
FLAT_KNOTS = [(0, 0.03), (0.05, 0.0), (0.14, 0.0), (0.17, 0.05), (1.0, 0.06)]


def body(builder, shape, kind, rng, fonts, paint_rgb, maker, livery):
    """The shell. Returns the front's and the back's sheet, for what is mounted on them."""
    b = builder
    tall = kind == "van"
    tail_top = shape.tail[1]
    front = face(shape, 0.0, shape.nose, 1, FRONT_KNOTS if kind != "lorry" else FLAT_KNOTS)
    back = face(shape, shape.length, tail_top, -1, FLAT_KNOTS if tall or kind == "lorry" else BACK_KNOTS)
    rf_x, rf_z, rr_x, rr_z = shape.roof
    belt = shape.half * 0.93
    cowl = edge(shape, shape.cowl[0], shape.cowl[1] - 0.04, belt, 0.16, 0.04)
    roof_front = edge(shape, rf_x, rf_z - 0.05, shape.roof_half, 0.10, 0.05)
    roof_back = edge(shape, rr_x, rr_z - 0.05, shape.roof_half, -0.04, 0.05)
    foot = edge(shape, shape.foot[0], shape.foot[1] - 0.03, belt if not tall else shape.roof_half * 1.04, -0.06, 0.03)
    tail = back[-1]

    def painted(art, emit=EMIT_HEAD):
        return b.material(texture=art.texture(), emit=emit)

    def art(make, *args):
        return painted(make(rng, *args))

    width = 2 * shape.half
    b.sheet(front, painted(artwork.front(rng, fonts, width, shape.nose - shape.sill, paint_rgb, maker)))
    b.sheet(back[:, ::-1], painted(artwork.back(rng, fonts, width, tail_top - shape.sill, paint_rgb, maker, tall), EMIT_TAIL))
    b.sheet(span(front[-1], cowl, 7, (0, 0.05)), art(panels.bonnet, width, shape.cowl[0], paint_rgb), 1.0)
    slope = float(np.hypot(rf_x - shape.cowl[0], rf_z - shape.cowl[1]))
    b.sheet(span(cowl, roof_front, 7, (-0.05, 0.02)), art(panels.windscreen, 2 * belt, slope, rng.random() < 0.97), 1.0)
    paint = b.material((np.array(paint_rgb) / 255) ** 2.2, gloss=1.0)
    b.sheet(span(roof_front, roof_back, 6, (0, 0.02)), paint, 1.0)
    drop = float(np.hypot(shape.foot[0] - rr_x, rr_z - shape.foot[1]))
    glass = paint if tall else painted(panels.back_window(rng, 2 * belt, max(drop, 0.1)), EMIT_TAIL)
    b.sheet(span(foot, roof_back, 5, (0.03, 0.02))[:, ::-1], glass, 1.0)
    b.sheet(span(tail, foot, 3, (0, 0.0))[:, ::-1], paint, 1.0)

    # Sides: below the windows from the front's edge to the back's, then the windows up to the roof.
    columns, rows = 26, front.shape[0]
    for side in (0, -1):
        near, far = front[:, side], back[:, side]
        u = np.linspace(0, 1, columns)
        v = np.linspace(0, 1, rows)[:, None]
        x = near[:, :1] * (1 - u) + far[:, :1] * u
        knots = np.stack([front[-1, side], cowl[side], foot[side], back[-1, side]])
        order = np.argsort(knots[:, 0])
        top_z = np.interp(x[-1], knots[order, 0], knots[order, 2])
        top_y = np.interp(x[-1], knots[order, 0], np.abs(knots[order, 1]))
        if tall:
            top_z = np.interp(x[-1], [front[-1, side, 0], cowl[side, 0], back[-1, side, 0]], [front[-1, side, 2], cowl[side, 2], cowl[side, 2]])
            top_y = np.full(columns, belt)
            top_y[0], top_y[-1] = abs(front[-1, side, 1]), abs(back[5, side, 1])
        z = shape.sill + v * (top_z - shape.sill)
        swell = np.interp(v, [0, 0.35, 0.75, 1.0], [0.0, 0.05, 0.045, 0.0]) * np.sin(np.pi * np.clip(u * 6, 0, 0.5)) * np.sin(np.pi * np.clip((1 - u) * 6, 0, 0.5))
        ends = np.abs(near[:, 1:2]) * (1 - u) + np.abs(far[:, 1:2]) * u
        y = ends * (1 - v) + top_y * v + swell
        sign = -1 if side == 0 else 1
        grid = np.stack([x, sign * y, z], 2)
        x0 = float(x[4, 0])
        length = float(x[4, -1]) - x0
        arches = [(a - x0, shape.wheel) for a in shape.axles]
        picture = panels.side(rng, length, float(top_z[columns // 2]) - shape.sill, paint_rgb, arches, kind == "suv")
        b.sheet(grid, painted(picture if side else picture.flipped()), flip_u=side == 0)
        xs = np.unique(np.concatenate([np.linspace(cowl[side, 0], roof_back[side, 0] if tall else foot[side, 0], 22), [roof_front[side, 0], roof_back[side, 0]]]))
        if tall:
            xs = np.unique(np.append(xs, back[-1, side, 0]))
        bottom = np.stack([xs, sign * np.interp(xs, x[-1], y[-1]), np.interp(xs, x[-1], top_z)], 1)
        line = np.stack([cowl[side], roof_front[side], roof_back[side], foot[side]])
        if tall:
            line[3] = back[-1, side]
        top = np.stack([xs] + [np.interp(xs, line[:, 0], line[:, k]) for k in (1, 2)], 1)
        r = np.linspace(0, 1, 4)[:, None, None]
        band = panels.windows(rng, float(xs[-1] - xs[0]), float(rf_z - shape.cowl[1]), paint_rgb, shape.glass_to,
                              (0.22,) if tall else (0.44, 0.74))
        band = band if side else band.flipped()
        if tall and livery:
            panels.livery(rng, fonts, band, (band.height * 0.62, band.height * 0.3))
        b.sheet(bottom[None] * (1 - r) + top[None] * r, painted(band), 1.0, flip_u=side == 0)
        mirror_at(b, (shape.cowl[0] + 0.42, sign * (belt + 0.08), shape.cowl[1] + 0.07), paint)
    return front, back


def mirror_at(builder, centre, material):
    """A door mirror: a small egg."""
    v, u = np.meshgrid(np.linspace(-np.pi / 2, np.pi / 2, 6), np.linspace(0, 2 * np.pi, 11), indexing="ij")
    egg = np.stack([0.07 * np.cos(v) * np.cos(u), 0.11 * np.cos(v) * np.sin(u), 0.075 * np.sin(v)], 2)
    builder.sheet(egg + np.array(centre), material, 1.0)


def plate_texture(plate):
    """The plate's artwork with its retro-reflection in the sixth channel; never finer than 2 mm."""
    rgb = plate.rgb.astype(np.float32) / 255
    retro = plate.retro.astype(np.float32)
    out = np.zeros(rgb.shape[:2] + (6,), np.uint8)
    out[..., :3] = np.clip(rgb ** 1.1 * 255 + 0.5, 0, 255)
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
    doors.text(str(rng.choice(artwork.FIRMS)), half, 1.8, 0.14, fonts[0], (30, 34, 60) if sum(colour) > 400 else (235, 235, 235), "mm")
    doors.text(str(rng.choice(artwork.PHONES)), half, 1.45, 0.10, fonts[1], (30, 34, 60) if sum(colour) > 400 else (235, 235, 235), "mm")
    doors.dirt(rng, 0.6)
    b.sheet(np.array([[(x1, half, z), (x1, -half, z)] for z in (low, high)]), b.material(texture=doors.texture()), 0.9)
    rail = Art(2 * half, 0.6, 300, (26, 26, 28), gloss=30)
    for x in (0.3, 2 * half - 0.3):
        rail.rectangle(x - 0.2, 0.28, x + 0.2, 0.42, (140, 14, 16), emit=200)
        rail.rectangle(x - 0.06, 0.28, x + 0.06, 0.42, (200, 110, 30))
    b.sheet(np.array([[(x1 - 0.05, half * 0.97, z), (x1 - 0.05, -half * 0.97, z)] for z in (low - 0.6, low)]), b.material(texture=rail.texture(), emit=EMIT_TAIL), 0.6)
    b.box((x0, -half * 0.9, 0.55), (x1 - 0.1, half * 0.9, low), b.material((0.02, 0.02, 0.02)), 0.3)
    corners = mount_plate(b, rng, fonts, plate, x1 - 0.03, rng.uniform(-0.1, 0.1), 0.62, 0.0, -1)
    return corners, x1


def build(rng, fonts, plate, kind=None, paint=None, back_plate=None, infrared=False):
    """A vehicle with its plate in front and behind (back_plate: when another than in front).

    fonts: two font files for lettering. infrared: painted as a camera for infra-red light sees it."""
    kind = kind or str(rng.choice(KINDS, p=WEIGHTS))
    shape = SHAPES[kind]
    names = list(PAINTS)
    weights = np.array([PAINTS[n][1] for n in names], float)
    if kind in ("van", "lorry"):
        weights *= [0.5, 0.7, 0.8, 4, 1, 1, 1, 0.5, 1, 0.5]
    paint = paint or str(rng.choice(names, p=weights / weights.sum()))
    rgb, _, infra_red = PAINTS[paint]
    rgb = tuple(int(c) for c in np.clip(np.array(rgb) * rng.uniform(0.85, 1.12), 8, 240))
    grey = int(255 * (infra_red * rng.uniform(0.6, 1.2)) ** (1 / 2.2))
    rgb = (grey,) * 3 if infrared else rgb
    builder, maker = MeshBuilder(), str(rng.choice(MAKERS))
    front, back = body(builder, shape, kind, rng, fonts, rgb, maker, livery=rng.random() < 0.8)
    tyre = builder.material((0.018, 0.018, 0.018))
    length, plates = shape.length, {}
    axles = list(shape.axles) if kind != "lorry" else [shape.axles[0], 6.2]
    out = shape.half * (1.005 if kind != "lorry" else 1.02)
    for x in axles:
        face_of_wheel = builder.material(texture=panels.wheel(rng, shape.wheel).texture())
        for sign in (-1, 1):
            builder.cylinder((x, shape.wheel), shape.wheel, sign * (out - 0.22), sign * (out + 0.004), tyre, 0.4)
            builder.disc((x, shape.wheel), shape.wheel, sign * (out + 0.006), face_of_wheel, 0.6)
    builder.sheet(np.array([[(0.25, -shape.half * 0.88, shape.sill + 0.02), (0.25, shape.half * 0.88, shape.sill + 0.02)],
                            [(shape.length - 0.25, -shape.half * 0.88, shape.sill + 0.02), (shape.length - 0.25, shape.half * 0.88, shape.sill + 0.02)]]), tyre, 0.1)
    offset = -rng.uniform(0.2, 0.35) if rng.random() < 0.06 else rng.normal(0, 0.015)
    z = shape.sill + (shape.nose - shape.sill) * rng.uniform(0.40, 0.50)
    lift = max(0.0, plate.height_mm / 2000 - 0.056)
    plates["front"] = mount_plate(builder, rng, fonts, plate, -0.025, offset, z + lift * 0.3, rng.uniform(0.0, 0.012), 1)
    behind = back_plate or plate
    if kind == "lorry":
        plates["back"], length = cargo(builder, rng, fonts, maker, behind)
    else:
        low_mount = rng.random() < 0.3 and kind != "van"
        z = 0.5 if low_mount else shape.plate_back - rng.uniform(0, 0.06)
        v = (z - shape.sill) / (shape.tail[1] - shape.sill)
        knots = FLAT_KNOTS if kind == "van" else BACK_KNOTS
        reach = (behind.height_mm / 2000 + 0.03) / (shape.tail[1] - shape.sill)
        inset = min(float(np.interp(k, [p[0] for p in knots], [p[1] for p in knots])) for k in (v - reach, v, v + reach))
        y = rng.normal(0, 0.02) if kind != "van" else rng.choice([-0.42, 0.0])
        plates["back"] = mount_plate(builder, rng, fonts, behind, shape.length - inset + 0.02, y, z, rng.uniform(0.0, 0.02), -1)
    lamp_z = shape.sill + (shape.nose - shape.sill) * 0.83
    lamp_y = shape.half - 0.17
    tail_z = shape.sill + (shape.tail[1] - shape.sill) * (0.8 if kind != "van" else 0.3)
    heads = np.array([[0.10, -lamp_y, lamp_z], [0.10, lamp_y, lamp_z]])
    tails = np.array([[length, -(shape.half - 0.15), tail_z], [length, shape.half - 0.15, tail_z]])
    mesh = builder.build()
    height = float(mesh.points[..., 2].max())
    return Vehicle(mesh, kind, length, shape.half, height, plates, heads, tails)
