"""Rendered passages keep what they promise. Run: python3 -m unittest test_passages (no torch needed)."""
import unittest

import numpy as np

from passages import FRAME_SIZES, KINDS, MOST_LOOKS, HalfPool, passage


class Passages(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.fonts = HalfPool("report")
        cls.some = [passage(np.random.default_rng((8, i)), cls.fonts) for i in range(40)]

    def test_the_halves_share_no_family_with_each_other(self) -> None:
        fit, report = ({font.family for font in HalfPool(half).fonts} for half in ("fit", "report"))
        self.assertTrue(fit and report)
        self.assertFalse(fit & report)

    def test_the_same_seed_renders_the_same_passage(self) -> None:
        again = passage(np.random.default_rng((8, 3)), self.fonts)
        self.assertEqual(again.text, self.some[3].text)
        for one, other in zip(again.looks, self.some[3].looks):
            self.assertTrue(np.array_equal(one.crop, other.crop) and np.array_equal(one.corners, other.corners))

    def test_looks_are_in_the_frame_and_in_order(self) -> None:
        for one in self.some:
            self.assertIn(one.frame, FRAME_SIZES)
            self.assertIn(one.kind, dict(KINDS))
            self.assertTrue(1 <= len(one.looks) <= MOST_LOOKS)
            self.assertEqual(sorted(look.at_ms for look in one.looks), [look.at_ms for look in one.looks])
            for look in one.looks:
                height, width = look.crop.shape
                self.assertEqual(look.crop.dtype, np.uint8)
                self.assertTrue(0 <= look.left and look.left + width <= one.frame[0])
                self.assertTrue(0 <= look.top and look.top + height <= one.frame[1])

    def test_the_corners_are_near_the_plate(self) -> None:
        for one in self.some:
            for look in one.looks:
                width = np.linalg.norm(look.corners[1] - look.corners[0])
                self.assertTrue(0.6 * look.width_px < width < 1.5 * look.width_px, (one.text, width, look.width_px))

    def test_a_passage_grows_or_shrinks(self) -> None:
        long = [one for one in self.some if one.kind == "near" and len(one.looks) >= 5]
        self.assertTrue(long)
        for one in long:
            widths = [look.width_px for look in one.looks]
            self.assertGreater(max(widths) / min(widths), 1.2)


if __name__ == "__main__":
    unittest.main()
