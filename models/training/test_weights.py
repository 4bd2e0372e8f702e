"""Checkpoints come back as they were, and their mean lies between. Run: python3 -m unittest test_weights (wants torch)."""
from __future__ import annotations

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

try:
    import torch
except ImportError:
    torch = None


@unittest.skipUnless(torch, "torch is not here")
class Weights(unittest.TestCase):
    def setUp(self) -> None:
        from reader import Reader
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        torch.manual_seed(1)
        self.models = [Reader(), Reader()]
        for name, model in zip(("first", "second"), self.models):
            from checkpoint import save_small
            save_small(self.folder / f"{name}.pt", model.state_dict(), {"from": name})

    def mean(self, share: str) -> subprocess.CompletedProcess[str]:
        paths = [f"--{name}={self.folder / name}.pt" for name in ("first", "second", "out")]
        return subprocess.run([sys.executable, "mean_weights.py", *paths, "--share", share],
                              cwd=Path(__file__).parent, capture_output=True, text=True)

    def test_a_quarter_of_the_way(self) -> None:
        from checkpoint import load_reader
        self.assertEqual(self.mean("0.25").returncode, 0)
        found = load_reader(self.folder / "out.pt").state_dict()
        first, second = (model.state_dict() for model in self.models)
        for name, weight in found.items():
            if weight.is_floating_point():
                torch.testing.assert_close(weight, 0.75 * first[name] + 0.25 * second[name], atol=2e-3, rtol=2e-3)

    def test_a_share_that_is_none(self) -> None:
        found = self.mean("1.5")
        self.assertEqual(found.returncode, 2)
        self.assertIn("from 0 to 1, not 1.5", found.stderr)
        self.assertFalse((self.folder / "out.pt").exists())

    def test_another_net(self) -> None:
        from checkpoint import save_small
        save_small(self.folder / "second.pt", {"other": torch.zeros(3)}, {})
        found = self.mean("0.5")
        self.assertEqual(found.returncode, 1)
        self.assertIn("does not fit the net", found.stderr)


if __name__ == "__main__":
    unittest.main()
