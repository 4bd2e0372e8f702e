"""One frame after the other: the still picture, what the vehicles do to it, lamps, the sensor, and the truth."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from fonts import FontPool
from plates import random_plate

from traffic import shapes, vehicles
from traffic.camera import Camera
from traffic.draw import blur_along, draw_mesh, ground_mask, sun_shadow, window_of
from traffic.light import LIGHTS, beam_pattern, glare_sprite, surroundings
from traffic.road import backdrop, code, decode
from traffic.story import Trip

MIN_COVER = 0.05
"""A plate is hidden when another vehicle covers more than this part of it."""


@dataclass
class Sight:
    """A plate in one frame: its corners in pixels (top left first, clockwise)."""

    trip: int
    corners: np.ndarray


class Film:
    """Renders frames. segments: [(from second, name of a light)]; fonts: for plates; letters: two font files."""

    def __init__(
        self, camera: Camera, fps, trips: list[Trip], segments, fonts: FontPool, letters, seed, clock=None, shake=1.0
    ):
        self.camera, self.fps, self.trips, self.segments = camera, fps, trips, segments
        self.fonts, self.letters, self.seed, self.clock = fonts, letters, seed, clock
        self.scale = camera.width / 1920
        self.rng = np.random.default_rng(seed + 1)
        self.built: dict = {}
        self.stages: dict = {}
        self.sprite, self.beam = glare_sprite(), beam_pattern()
        self.foot = soft_footprint()
        phases = self.rng.uniform(0, 6.28, 6)
        self.shake_of = lambda t: (
            shake
            * self.scale
            * np.array(
                [
                    0.5 * np.sin(5.3 * t + phases[0]) + 0.25 * np.sin(13.1 * t + phases[1]),
                    0.35 * np.sin(6.1 * t + phases[2]) + 0.2 * np.sin(17.0 * t + phases[3]),
                ]
            )
            * (0.6 + 0.4 * np.sin(0.37 * t + phases[4]))
        )
        self.grain = {}

    def light_at(self, t):
        name = [n for start, n in self.segments if t >= start][-1]
        return LIGHTS[name]

    def stage(self, light):
        """The still picture and what bodywork mirrors, drawn at the first use."""
        if light.name not in self.stages:
            env = surroundings(light, np.random.default_rng(self.seed + 2)).astype(np.float64)
            self.stages[light.name] = backdrop(self.camera, light, env, self.seed + 3, self.letters[0]), env
        return self.stages[light.name]

    def vehicle(self, index, infrared):
        """The trip's vehicle and its plate; the same in colour and in infra-red."""
        key = index, infrared
        if key not in self.built:
            trip = self.trips[index]
            plate = plate_of(trip, self.fonts)
            car = vehicles.build(
                np.random.default_rng(trip.seed + 1), self.letters, plate, trip.kind, infrared=infrared
            )
            self.built[key] = car, plate
        return self.built[key]

    def forget(self, index):
        for infrared in (False, True):
            if (index, infrared) in self.built:
                self.built[index, infrared] = None, self.built[index, infrared][1]

    def plate(self, index):
        return next(self.built[key][1] for key in ((index, False), (index, True)) if key in self.built)

    def frame(self, n):
        """(picture uint8 [H, W, 3] red green blue, sights) of frame n."""
        t = n / self.fps
        light = self.light_at(t)
        back, env = self.stage(light)
        dx, dy = self.shake_of(t)
        camera = replace(self.camera, offset_px=(float(dx), float(dy)))
        m = back.margin
        move = np.array([[1, 0, dx - m], [0, 1, dy - m]], np.float32)
        size = (camera.width, camera.height)
        picture = cv2.warpAffine(back.picture, move, size, flags=cv2.INTER_LINEAR)
        active = [i for i, trip in enumerate(self.trips) if trip.in_view(t)]
        active.sort(key=lambda i: -self.trips[i].plate_y(t))
        sights: list[Sight] = []
        if active:
            self.traffic(picture, camera, light, env, back, t, active, sights)
        for i, trip in enumerate(self.trips):
            if i not in active and (i, light.infrared) in self.built and trip.travelled(t) > 0:
                self.forget(i)
        self.sensor(picture, light)
        if self.clock:
            self.clock(picture, t, self.scale)
        return picture, sights

    def traffic(self, picture, camera, light, env, back, t, active, sights):
        placed = []
        for i in active:
            car, _ = self.vehicle(i, light.infrared)
            placed.append((i, car, self.trips[i].pose(t, car.length)))
        sunlit = back.sunlit if light.sun[0] > 0.2 else None
        area = self.touched(camera, light, placed)
        if area is None:
            return
        part = picture[area[1] : area[3], area[0] : area[2]]
        linear = np.empty(picture.shape, np.float32)  # only the touched part is ever looked at
        linear[area[1] : area[3], area[0] : area[2]] = decode(part, light.gain)
        for _, car, pose in placed:
            self.on_the_road(linear, camera, light, back, sunlit, car, pose)
        for i, car, pose in placed:
            mesh = car.mesh
            means = mesh.materials[:, 5].copy()
            for mark, power in (
                (shapes.EMIT_HEAD, light.lamps),
                (shapes.EMIT_TAIL, light.tails),
                (shapes.EMIT_PLATE, light.plate_lamp),
            ):
                mesh.materials[means == mark, 5] = power
            drawn = draw_mesh(camera, mesh, pose, light, env, margin=12)
            mesh.materials[:, 5] = means
            if drawn is None:
                continue
            (x0, y0, x1, y1), seen = drawn
            end = "front" if self.trips[i].direction == "approaching" else "back"
            corners, depth = camera.project(pose.place(car.plates[end]))
            later = self.trips[i].pose(t + light.exposure_s, car.length)
            shift = camera.project(later.place(car.plates[end]))[0].mean(axis=0) - corners.mean(axis=0)
            seen = blur_along(seen, *shift)
            cover = seen[..., 3:]
            linear[y0:y1, x0:x1] = linear[y0:y1, x0:x1] * (1 - cover) + seen[..., :3]
            sights[:] = [s for s in sights if not hidden(s.corners, cover[..., 0], (x0, y0))]
            if (depth > 1).all():
                sights.append(Sight(i, corners))
        for i, car, pose in placed:
            self.glare(linear, camera, light, car, pose)
        part[:] = code(linear[area[1] : area[3], area[0] : area[2]], light.gain)

    def touched(self, camera, light, placed):
        """The part of the picture that vehicles, shadows and lamps change: x0, y0, x1, y1 or None."""
        if light.lamps > 1:
            return 0, 0, camera.width, camera.height
        points = []
        for _, car, pose in placed:
            box = np.array(
                [
                    [x, y, z]
                    for x in (-0.8, car.length + 0.8)
                    for y in (-car.half - 0.8, car.half + 0.8)
                    for z in (0, car.height)
                ]
            )
            box = pose.place(box)
            fall = box.copy()
            fall[:, :2] -= np.array(light.sun_from[:2]) / light.sun_from[2] * fall[:, 2:]
            fall[:, 2] = 0
            points += [box, fall]
        xy, depth = camera.project(np.concatenate(points))
        xy = xy[depth > 1]
        return window_of(xy, camera.width, camera.height, round(130 * self.scale)) if len(xy) else None

    def on_the_road(self, linear, camera, light, back, sunlit, car, pose):
        """Shadow, the dark under the sills, and the headlights' pool."""
        half, length = car.half, car.length

        def outline(x0, x1, wide):
            local = np.array([[x0, -wide, 0], [x0, wide, 0], [x1, wide, 0], [x1, -wide, 0]])
            return pose.place(local)[:, :2]

        area = outline(-0.6, length + 0.6, half + 0.6)
        xy, depth = camera.project(np.concatenate([area, np.zeros((4, 1))], 1))
        shade_reach = np.array(light.sun_from[:2]) / light.sun_from[2] * -car.height
        far = (
            np.concatenate([xy, camera.project(np.concatenate([area + shade_reach, np.zeros((4, 1))], 1))[0]])
            if sunlit is not None
            else xy
        )
        window = window_of(far, camera.width, camera.height, 8) if (depth > 1).all() else None
        if window:
            x0, y0, x1, y1 = window
            road = linear[y0:y1, x0:x1]
            if sunlit is not None:
                direction = np.array(light.sun_from) / np.linalg.norm(light.sun_from)
                sun, sky = np.array(light.sun) * direction[2], np.array(light.sky)
                m = back.margin
                open_ = sunlit[y0 + m : y1 + m, x0 + m : x1 + m, None]
                kept = sun_shadow(camera, car.mesh, pose, direction, window)[..., None]
                road *= ((sun * open_ * (1 - kept) + sky) / (sun * open_ + sky)).astype(np.float32)
            road *= 1 - 0.85 * ground_mask(camera, area, self.foot, window)[..., None]
        if light.pool > 0.01:
            ahead = outline(-0.3, -30.3, 6.0)
            xy, depth = camera.project(np.concatenate([ahead, np.zeros((4, 1))], 1))
            if (depth > 1.5).all():
                window = window_of(xy, camera.width, camera.height)
                if window:
                    x0, y0, x1, y1 = window
                    pool = ground_mask(camera, ahead, self.beam, window)[..., None] * light.pool
                    m = back.margin
                    linear[y0:y1, x0:x1] += (
                        pool * back.albedo[y0 + m : y1 + m, x0 + m : x1 + m] * np.array([1.0, 0.95, 0.86], np.float32)
                    )

    def glare(self, linear, camera, light, car, pose):
        """The halo round lamps that point at the camera."""
        turn, _ = pose.matrix()
        for lamps, strength, colour, out in (
            (car.head_lamps, light.lamps, (1.0, 0.96, 0.9), -1.0),
            (car.tail_lamps, light.tails * 0.15, (1.0, 0.08, 0.06), 1.0),
        ):
            places = pose.place(lamps)
            xy, depth = camera.project(places)
            for (x, y), d, place in zip(xy, depth, places):
                if d < 2:
                    continue
                to_camera = camera.position - place
                facing = float(out * turn[:, 0] @ (to_camera / np.linalg.norm(to_camera)))
                if facing <= 0:
                    continue
                power = strength * facing**6 * 0.16 * (15 / d)
                if power < 0.02:
                    continue
                size = int(2 * 260 * self.scale * min(1.6, 15 / d) ** 0.7) | 1
                sprite = cv2.resize(self.sprite, (size, size), interpolation=cv2.INTER_AREA)
                x0, y0 = int(round(x)) - size // 2, int(round(y)) - size // 2
                a, b, c, e = max(0, x0), max(0, y0), min(camera.width, x0 + size), min(camera.height, y0 + size)
                if c > a and e > b:
                    tone = np.array(colour if not light.infrared else (1, 1, 1), np.float32)
                    linear[b:e, a:c] += (sprite[b - y0 : e - y0, a - x0 : c - x0, None] * power) * tone

    def sensor(self, picture, light):
        """Noise, a little correlated as after a camera's own filter; one grey level less colour noise than light noise."""
        h, w = picture.shape[:2]
        if light.name not in self.grain:
            shape = (h + 64, w + 64)
            luma = cv2.GaussianBlur(self.rng.normal(0, 1, shape).astype(np.float32), (0, 0), 0.6)
            luma *= light.noise / luma.std()
            if light.infrared:
                grain = np.repeat(luma[..., None], 3, 2)
            else:
                tint = cv2.GaussianBlur(self.rng.normal(0, 1, shape + (3,)).astype(np.float32), (0, 0), 1.2)
                grain = luma[..., None] + tint * (0.5 * light.noise / tint.std())
            self.grain[light.name] = np.round(grain).astype(np.int8)
        x, y = self.rng.integers(0, 64, 2)
        grain = self.grain[light.name][y : y + h, x : x + w]
        cv2.add(picture, grain, dst=picture, dtype=cv2.CV_8U)


def plate_of(trip: Trip, fonts: FontPool):
    """The plate at the end that is seen: British and old French ones are yellow behind and never in front."""
    rng = np.random.default_rng(trip.seed)
    for _ in range(50):
        plate = random_plate(rng, fonts, country=trip.country, lines=trip.lines)
        red, _, blue = np.median(plate.rgb.reshape(-1, 3), axis=0).astype(int)
        yellow, behind = red - blue > 60, trip.direction == "receding"
        if trip.country not in ("GB", "F") or yellow == behind or (trip.country == "F" and behind):
            break
    return plate


def hidden(corners, cover, origin):
    """Whether a vehicle's coverage lies over a plate that was drawn before it."""
    h, w = cover.shape
    polygon = np.round(corners - origin).astype(np.int32)
    x0, y0 = np.maximum(polygon.min(axis=0), 0)
    x1, y1 = np.minimum(polygon.max(axis=0) + 1, [w, h])
    if x1 <= x0 or y1 <= y0:
        return False
    mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
    cv2.fillConvexPoly(mask, polygon - [x0, y0], 1)
    whole = max(1.0, cv2.contourArea(polygon.astype(np.float32)))
    return float((cover[y0:y1, x0:x1] * mask).sum()) / whole > MIN_COVER


def soft_footprint():
    """The dark under a vehicle, soft at its edges: its outline with 0.6 m around it."""
    mask = np.zeros((120, 60), np.float32)
    mask[14:106, 14:46] = 1
    return cv2.GaussianBlur(mask, (0, 0), 4.5)


class Clock:
    """The camera's own clock and name, burnt into the picture: letters and digits that are no plate."""

    def __init__(self, font, name="N9 KM 12.4 CAM 02", start="08:31:07"):
        from PIL import ImageFont

        self.font_file, self.name = str(font), name
        h, m, s = (int(x) for x in start.split(":"))
        self.start = h * 3600 + m * 60 + s
        self.cache, self.ImageFont = {}, ImageFont

    def __call__(self, picture, t, scale):
        from PIL import Image, ImageDraw

        now = self.start + int(t)
        words = f"2026-05-14 {now // 3600 % 24:02}:{now // 60 % 60:02}:{now % 60:02}   {self.name}"
        if words not in self.cache:
            self.cache.clear()
            face = self.ImageFont.truetype(self.font_file, max(10, round(30 * scale)))
            w, h = round(900 * scale), round(44 * scale)
            image = Image.new("L", (w, h), 0)
            outline = Image.new("L", (w, h), 0)
            ImageDraw.Draw(image).text((6, h // 2), words, fill=255, font=face, anchor="lm")
            ImageDraw.Draw(outline).text((6, h // 2), words, fill=255, font=face, anchor="lm", stroke_width=2)
            self.cache[words] = (
                np.asarray(image, np.float32)[..., None] / 255,
                np.asarray(outline, np.float32)[..., None] / 255,
            )
        ink, edge = self.cache[words]
        h, w = min(ink.shape[0], picture.shape[0]), min(ink.shape[1], picture.shape[1])
        y, x = round(14 * scale), round(16 * scale)
        part = picture[y : y + h, x : x + w].astype(np.float32)
        ink, edge = ink[: part.shape[0], : part.shape[1]], edge[: part.shape[0], : part.shape[1]]
        picture[y : y + h, x : x + w] = (part * (1 - edge) * 1.0 + 245 * ink).clip(0, 255).astype(np.uint8)
