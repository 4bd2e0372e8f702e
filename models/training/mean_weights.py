"""The mean of two checkpoints' weights: of a reader and of what further training made of it.

    python3 mean_weights.py --first checkpoints/reader-v1.pt --second runs/reader/ema.pt --share 0.6 --out runs/mean.pt

Weights that came from the same ones often lie in one valley, and their mean is better than either (Wortsman et al., "Robust
fine-tuning of zero-shot models", CVPR 2022). LOG.md says what it gave.
"""
from __future__ import annotations

import argparse
from pathlib import Path

import torch

from checkpoint import load_reader, save_small


def mean(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor], share: float) -> dict[str, torch.Tensor]:
    """(1 - share) of the first and share of the second; whole numbers (counters) are the second's."""
    return {name: torch.lerp(first[name], new, share) if new.is_floating_point() else new for name, new in second.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--first", type=Path, required=True)
    parser.add_argument("--second", type=Path, required=True)
    parser.add_argument("--share", type=float, default=0.5, help="of the second, 0 to 1")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    if not 0 <= args.share <= 1:
        parser.error(f"--share is from 0 to 1, not {args.share}")
    weights = mean(load_reader(args.first).state_dict(), load_reader(args.second).state_dict(), args.share)
    save_small(args.out, weights, {"share": args.share})


if __name__ == "__main__":
    main()
