"""Run from scripts/: python -m unittest discover -t . -s traffic"""

import sys
import unittest
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from traffic.camera import Camera  # noqa: E402
from traffic.draw import Pose  # noqa: E402
from traffic.story import REFERENCE_Y, Trip, write_story  # noqa: E402
from traffic.truth import in_view, plate_width_px  # noqa: E402

PLATE_M = 0.52


def plate_before(camera, distance):
    """Corners of a plate that faces the camera squarely on its axis, at this depth."""
    right, down, forward = camera.rotation
    middle = camera.position + forward * distance
    local = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    return np.array([middle + right * PLATE_M / 2 * x + down * 0.055 * y for x, y in local])


class Projection(unittest.TestCase):
    def test_a_plate_is_as_wide_as_focal_length_times_width_over_distance(self):
        for distance in (10.0, 17.0, 25.0):
            for pan, tilt, roll in ((0, 0, 0), (-8, 15.5, 0), (12, 20, 3)):
                camera = Camera(1920, 1080, 4150, 5.5, pan, tilt, roll)
                corners, depth = camera.project(plate_before(camera, distance))
                self.assertAlmostEqual(plate_width_px(corners), 4150 * PLATE_M / distance, places=6)
                np.testing.assert_allclose(depth, distance)
                np.testing.assert_allclose(corners.mean(axis=0), [960, 540])

    def test_an_anpr_camera_sees_plates_of_90_to_180_pixels_between_12_and_24_metres(self):
        camera = Camera(1920, 1080, 2.16 * 1920)
        self.assertGreater(camera.focal_px * PLATE_M / 24, 85)
        self.assertLess(camera.focal_px * PLATE_M / 12, 185)

    def test_a_pixel_of_the_road_goes_back_to_where_it_came_from(self):
        camera = Camera(1280, 720, 2700, 5.0, -6, 16, 1.5)
        point = np.array([[-2.5, 18.0, 0.0]])
        xy, _ = camera.project(point)
        x, y = camera.ground(xy[:, 0], xy[:, 1])
        np.testing.assert_allclose([x[0], y[0]], point[0, :2], atol=1e-9)
        _, far_and_near = camera.ground(np.array([640.0, 640.0]), np.array([20.0, 700.0]))
        self.assertGreater(far_and_near[0], far_and_near[1])

    def test_shake_moves_the_picture_and_nothing_else(self):
        still, moved = Camera(1920, 1080, 4000), Camera(1920, 1080, 4000, offset_px=(3.0, -2.0))
        points = np.array([[1.0, 15.0, 0.5], [-4.0, 30.0, 1.0]])
        np.testing.assert_allclose(moved.project(points)[0] - still.project(points)[0], [[3, -2], [3, -2]])

    def test_what_is_behind_the_camera_has_no_depth(self):
        self.assertLess(Camera(1920, 1080, 4000).project(np.array([[0.0, -10.0, 5.0]]))[1][0], 0)


class Passages(unittest.TestCase):
    def test_a_vehicle_shows_its_front_when_it_comes_and_its_back_when_it_goes(self):
        front, back = np.array([0.0, 0.0, 0.5]), np.array([4.0, 0.0, 0.5])
        coming, going = Pose(-1, 15, 0.0), Pose(-1, 19, np.pi)
        np.testing.assert_allclose(coming.place(front), [-1, 15, 0.5], atol=1e-9)
        np.testing.assert_allclose(coming.place(back), [-1, 19, 0.5], atol=1e-9)
        np.testing.assert_allclose(going.place(back), [-1, 15, 0.5], atol=1e-9)
        # The side that a driver calls right is on the picture's left when the vehicle comes.
        self.assertGreater(coming.place(np.array([0.0, 0.9, 0.5]))[0], going.place(np.array([0.0, 0.9, 0.5]))[0])

    def test_a_trip_keeps_its_speed_and_a_stop_is_a_stop(self):
        trip = Trip(1, "B", 2, "approaching", 25.0, 3.0)
        self.assertAlmostEqual(trip.plate_y(3.0), REFERENCE_Y)
        self.assertAlmostEqual(trip.plate_y(3.4) - trip.plate_y(3.0), -10.0)
        parked = Trip(1, "B", 2, "approaching", 8.0, 3.0, hold_s=10.0)
        self.assertEqual(parked.plate_y(3.5), parked.plate_y(12.5))
        self.assertAlmostEqual((parked.travelled(0.01) - parked.travelled(0.0)) / 0.01, 8.0, places=2)
        self.assertGreater(parked.travelled(16.0), 5)

    def test_nobody_drives_into_the_vehicle_before_it(self):
        trips = write_story(np.random.default_rng(4), 60, 2.0, 30, ["B"], "both", (30, 130))
        for lane in (1, 2):
            own = [trip for trip in trips if trip.lane == lane]
            for before, after in zip(own, own[1:]):
                for way in np.linspace(-40, 20, 13):
                    self.assertGreater(after.at_s + way / after.speed_ms, before.at_s + way / before.speed_ms)

    def test_a_plate_counts_only_whole_and_wide_enough(self):
        plate = np.array([[10.0, 10], [110, 10], [110, 31], [10, 31]])
        self.assertTrue(in_view(plate, 1920, 1080))
        self.assertFalse(in_view(plate - [11, 0], 1920, 1080))
        self.assertFalse(in_view(plate * 0.59, 1920, 1080))


if __name__ == "__main__":
    unittest.main()
