"""What the straightener is taught lies where it is drawn. Run: python3 -m unittest test_straightener (wants torch)."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

import cv2
import numpy as np

try:
    import torch
except ImportError:
    torch = None

PLATE = np.array([[150, 96], [266, 112], [263, 139], [147, 122]], np.float32)


@unittest.skipUnless(torch, "torch is not here")
class TheStraightener(unittest.TestCase):
    def setUp(self) -> None:
        self.picture = np.zeros((256, 384), np.uint8)
        cv2.fillConvexPoly(self.picture, np.round((PLATE - 0.5) * 16).astype(np.int32), 255, cv2.LINE_AA, 4)

    def test_a_plate_given_rightly_fills_its_place_in_the_cut(self) -> None:
        from straightener import HEIGHT, MARGIN_ACROSS, MARGIN_ALONG, WIDTH, cut
        seen = cut(self.picture, PLATE)
        self.assertEqual(seen.shape, (HEIGHT, WIDTH))
        left, top = WIDTH * MARGIN_ALONG / (1 + 2 * MARGIN_ALONG), HEIGHT * MARGIN_ACROSS / (1 + 2 * MARGIN_ACROSS)
        inside = seen[round(top) + 2:HEIGHT - round(top) - 2, round(left) + 2:WIDTH - round(left) - 2]
        self.assertGreater(inside.min(), 250)
        self.assertLess(max(seen[:round(top) - 5].max(), seen[:, :round(left) - 4].max()), 5)

    def test_what_it_should_say_leads_back_to_the_plate(self) -> None:
        from straightener import CORNERS, UNIT, off_by, plane
        given = PLATE + np.array([[3, -2], [-4, 1], [2, 2], [-1, -3]], np.float32)
        said = off_by(given, PLATE).reshape(4, 2) * UNIT + CORNERS
        at = np.concatenate([said, np.ones((4, 1))], axis=1) @ plane(given).T
        np.testing.assert_allclose(at[:, :2] / at[:, 2:], PLATE, atol=1e-3)
        np.testing.assert_allclose(off_by(PLATE, PLATE), 0, atol=1e-5)

    def test_a_corrector_does_what_the_weights_say(self) -> None:
        from checkpoint import save_small
        from straightener import Corrector, Straightener
        model = Straightener()
        torch.nn.init.zeros_(model.place[3].weight)
        with torch.no_grad():
            model.place[3].bias.copy_(torch.tensor([1.0, 0] * 4))  # a tenth of the width to the right
        with tempfile.TemporaryDirectory() as folder:
            save_small(Path(folder) / "w.pt", model.state_dict(), {})
            level = np.array([[100, 50], [200, 50], [200, 80], [100, 80]], np.float32)
            moved = Corrector(Path(folder) / "w.pt")(self.picture, level)
        np.testing.assert_allclose(moved, level + np.array([10, 0], np.float32), atol=0.05)

    def test_the_same_seed_draws_the_same(self) -> None:
        import train_straightener
        first, second = (next(train_straightener.endless(3, None, pool=12)) for _ in range(2))
        np.testing.assert_array_equal(first[0], second[0])
        np.testing.assert_array_equal(first[1], second[1])


if __name__ == "__main__":
    unittest.main()
