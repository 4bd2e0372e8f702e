"""Who drives when: the clip's vehicles with lane, direction, speed and, for one that parks, its stop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from traffic.draw import Pose
from traffic.road import lane_x

REFERENCE_Y = 17.0
"""Where on the road a vehicle's time is told, metres from the pole."""
FAR_Y, NEAR_Y = 52.0, 2.0
"""Outside these a vehicle is not drawn."""
HEADWAY_S = 1.3
BRAKE_MS2, START_MS2 = 3.0, 2.2


@dataclass
class Trip:
    """One vehicle's way through the picture. at_s: when its plate is at REFERENCE_Y (when it stops, if it parks)."""

    seed: int
    country: str
    lane: int  # 1 is on the pole's side
    direction: str  # approaching or receding
    speed_ms: float
    at_s: float
    lines: int = 1
    kind: str | None = None
    hold_s: float | None = None  # it stops at REFERENCE_Y for so long
    wander: float = 0.0
    sideways: float = 0.0

    def travelled(self, t: float) -> float:
        """Metres past the reference at t seconds; negative before."""
        if self.hold_s is None:
            return self.speed_ms * (t - self.at_s)
        before, after = self.at_s - t, t - self.at_s - self.hold_s
        if before > 0:
            braking = self.speed_ms / BRAKE_MS2
            return -(0.5 * BRAKE_MS2 * min(before, braking) ** 2 + self.speed_ms * max(0.0, before - braking))
        if after > 0:
            starting = self.speed_ms / START_MS2
            return 0.5 * START_MS2 * min(after, starting) ** 2 + self.speed_ms * max(0.0, after - starting)
        return 0.0

    def plate_y(self, t: float) -> float:
        return REFERENCE_Y + (-1 if self.direction == "approaching" else 1) * self.travelled(t)

    def path_x(self, y: float) -> float:
        """Where the vehicle's middle runs when its plate is at y; one that parks pulls over to do so."""
        x = lane_x(self.lane) + self.wander + 0.05 * np.sin(0.35 * y + self.phase)
        near = float(np.clip(1 - abs(y - REFERENCE_Y) / 14, 0, 1))
        return x + self.sideways * near * near * (3 - 2 * near)

    def pose(self, t: float, length: float) -> Pose:
        y = self.plate_y(t)
        x = self.path_x(y)
        yaw = 0.003 * np.sin(self.phase) + np.arctan((self.path_x(y + 0.1) - x) / 0.1)
        moving = min(1.0, abs(self.travelled(t + 0.05) - self.travelled(t)) / 0.05 / 20)
        lift, nod = 0.008 * moving * np.sin(9 * t + self.phase), 0.0025 * moving * np.sin(7 * t + 2 * self.phase)
        if self.direction == "approaching":
            return Pose(x, y, yaw, lift, nod)
        return Pose(x + length * np.sin(yaw), y + length * np.cos(yaw), np.pi + yaw, lift, nod)

    @property
    def phase(self) -> float:
        """Makes each vehicle sway in its own way."""
        return self.seed % 628 / 100

    def in_view(self, t: float) -> bool:
        return NEAR_Y - 8 < self.plate_y(t) < FAR_Y


def write_story(rng, seconds, every, count, countries, direction, speeds, two_line=0.0, parked=None) -> list[Trip]:
    """Trips for a clip: about one every `every` seconds, none catching up with the one before it in its lane.

    direction: approaching, receding or both (then lane 1 recedes and lane 2 approaches). parked: seconds that a
    first vehicle stands in view, or None. speeds: lowest and highest, km/h.
    """
    trips: list[Trip] = []
    if parked is not None:
        lane = 2 if direction != "receding" else 1
        heading = "approaching" if direction != "receding" else "receding"
        trips.append(
            Trip(
                int(rng.integers(1 << 31)),
                str(rng.choice(countries)),
                lane,
                heading,
                8.5,
                4.8,
                hold_s=parked,
                kind="hatchback",
                sideways=-0.85 if lane == 2 else 0.55,
            )
        )
    countries_left: list[str] = []
    for k in range(count):
        if not countries_left:
            countries_left = list(rng.permutation(countries))
        for _ in range(200):
            lane = int(rng.integers(1, 3)) if parked is None else 3 - trips[0].lane
            heading = direction if direction != "both" else ("receding" if lane == 1 else "approaching")
            speed = float(np.clip(rng.normal((speeds[0] + speeds[1]) / 2, (speeds[1] - speeds[0]) / 3), *speeds)) / 3.6
            start = every * (k + 0.5) + rng.uniform(-0.25, 0.25) * every
            trip = Trip(
                int(rng.integers(1 << 31)),
                countries_left[-1],
                lane,
                heading,
                speed,
                start,
                lines=2 if rng.random() < two_line else 1,
                wander=float(rng.normal(0, 0.12)),
            )
            if all(apart(trip, other) for other in trips if other.lane == lane):
                trips.append(trip)
                countries_left.pop()
                break
    return sorted(trips, key=lambda trip: trip.at_s)


def apart(a: Trip, b: Trip) -> bool:
    """Neither drives into the other while both are in view."""
    times = [(trip.at_s + way / trip.speed_ms) for trip in (a, b) for way in (-40.0, 20.0)]
    far, near = times[0] - times[2], times[1] - times[3]
    return far * near > 0 and min(abs(far), abs(near)) > HEADWAY_S + 0.3
