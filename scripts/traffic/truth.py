"""The truth beside a clip: every passage with its plate, when it can be read and where it is in the picture."""

from __future__ import annotations

import json

import numpy as np

MIN_WIDTH_PX = 60
"""A plate narrower than this is not counted as in view."""


def plate_width_px(corners: np.ndarray) -> float:
    """Mean of the upper and the lower edge."""
    return float((np.linalg.norm(corners[1] - corners[0]) + np.linalg.norm(corners[2] - corners[3])) / 2)


def in_view(corners: np.ndarray, width: int, height: int) -> bool:
    inside = (corners >= 0).all() and (corners[:, 0] <= width).all() and (corners[:, 1] <= height).all()
    return bool(inside) and plate_width_px(corners) >= MIN_WIDTH_PX


class Truth:
    """Collects what was drawn. every: each so many frames the corners are kept."""

    def __init__(self, width, height, fps, every=2):
        self.width, self.height, self.fps, self.every = width, height, fps, every
        self.seen: dict[int, list] = {}

    def add(self, n, sights):
        for sight in sights:
            if in_view(sight.corners, self.width, self.height):
                self.seen.setdefault(sight.trip, []).append((n, sight.corners.copy()))

    def passages(self, film):
        found = []
        for index, frames in self.seen.items():
            trip, plate = film.trips[index], film.plate(index)
            passage = {
                "plate": plate.text,
                "country": plate.country,
                "lines": plate.lines,
                "direction": trip.direction,
                "lane": trip.lane,
                "firstMs": self.ms(frames[0][0]),
                "lastMs": self.ms(frames[-1][0]),
                "speedKmh": round(trip.speed_ms * 3.6, 1),
                "maxWidthPx": round(max(plate_width_px(c) for _, c in frames), 1),
                "light": film.light_at(frames[len(frames) // 2][0] / self.fps).name,
            }
            if trip.hold_s is not None:
                passage["parkedMs"] = [round(trip.at_s * 1000), round((trip.at_s + trip.hold_s) * 1000)]
            passage["frames"] = [
                {"frame": n, "ms": self.ms(n), "corners": [[round(float(v), 1) for v in p] for p in c]}
                for k, (n, c) in enumerate(frames)
                if k % self.every == 0 or k == len(frames) - 1
            ]
            found.append(passage)
        return sorted(found, key=lambda p: p["firstMs"])

    def ms(self, n):
        return round(n * 1000 / self.fps)


def write(path, clip: dict, passages: list):
    """One passage a line, so that a person can look through it and a change shows in a diff."""
    with open(path, "w") as file:
        file.write('{"schema": 1,\n "clip": ' + json.dumps(clip) + ',\n "passages": [\n')
        file.write(",\n".join("  " + json.dumps(p, separators=(",", ":")) for p in passages))
        file.write("\n ]}\n")
