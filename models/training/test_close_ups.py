"""Close-ups show the plate where they say it is."""

from __future__ import annotations

import unittest

import cv2
import numpy as np

from close_ups import SHAPES, close_ups
from scenes import Scene

PLATE = np.array([[150, 96], [266, 112], [263, 139], [147, 122]], np.float32)


def _scene() -> Scene:
    """A white plate on black, and a masked corner of the picture."""
    picture = np.zeros((256, 384), np.uint8)
    cv2.fillConvexPoly(picture, np.round((PLATE - 0.5) * 16).astype(np.int32), 255, cv2.LINE_AA, 4)
    boxes, ignore = np.zeros((0, 4), np.float32), np.array([[0, 0, 40, 30]], np.float32)
    return Scene(picture, PLATE[None], boxes, ignore)


class CloseUps(unittest.TestCase):
    def test_the_corners_lie_on_what_is_drawn(self) -> None:
        for shape in SHAPES:
            cut = close_ups(_scene(), np.random.default_rng(1), 40, shape)
            with_plate = [one for one in cut if len(one.quads)]
            self.assertGreater(len(with_plate), 25)
            for one in with_plate:
                self.assertEqual(one.picture.shape, (shape[1], shape[0]))
                drawn = np.zeros((shape[1], shape[0]), np.uint8)
                quad = np.round((one.quads[0] - 0.5) * 16).astype(np.int32)
                cv2.fillConvexPoly(drawn, quad, 255, cv2.LINE_AA, 4)
                off = np.abs(drawn.astype(float) - one.picture).sum() / max(float(drawn.sum()), 1.0)
                self.assertLess(off, 0.12, "half a pixel around a plate of 64 px is a tenth of its area")

    def test_a_plate_is_never_larger_than_the_agent_shows_it(self) -> None:
        for shape in SHAPES:
            for one in close_ups(_scene(), np.random.default_rng(2), 40, shape):
                for quad in one.quads:
                    self.assertLess(np.linalg.norm(quad[1] - quad[0]), 1.35 * shape[2])

    def test_one_in_six_shows_no_plate_and_none_is_invented(self) -> None:
        empty = Scene(np.zeros((256, 384), np.uint8), np.zeros((0, 4, 2)), np.zeros((0, 4)), np.zeros((0, 4)))
        for one in close_ups(empty, np.random.default_rng(3), 10, SHAPES[0]):
            self.assertEqual((len(one.quads), len(one.boxes), len(one.ignore)), (0, 0, 0))

    def test_real_boxes_stand_upright_or_are_masked(self) -> None:
        box = np.array([[150.0, 100, 210, 120]], np.float32)
        scene = Scene(np.zeros((256, 384), np.uint8), PLATE[None] + [0, 40], box, np.zeros((0, 4), np.float32))
        seen = close_ups(scene, np.random.default_rng(4), 60, SHAPES[0])
        self.assertTrue(any(len(one.boxes) for one in seen))
        for one in seen:  # each thing is one of: a plate, a real plate's box, masked, out of the picture
            self.assertLessEqual(len(one.quads) + len(one.boxes) + len(one.ignore), 2)


if __name__ == "__main__":
    unittest.main()
