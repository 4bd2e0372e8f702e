"""Checkpoints: small float16 ones to keep and to start from."""
from __future__ import annotations

from pathlib import Path

import torch

from reader import Reader


def save_small(path: Path, state: dict[str, torch.Tensor], note: dict[str, object]) -> None:
    """Write weights as float16 with a note (plain values) beside them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    small = {k: v.half() if v.is_floating_point() else v for k, v in state.items()}
    partial = path.with_suffix(".part")
    torch.save({"weights": small, "note": note}, partial)
    partial.replace(path)


def load_weights(path: Path) -> dict[str, torch.Tensor]:
    """Weights of a small or a full checkpoint, as float32."""
    found = torch.load(path, map_location="cpu")
    weights = found["weights"] if "weights" in found else found["ema"]
    return {k: v.float() if v.is_floating_point() else v for k, v in weights.items()}


def load_reader(path: Path) -> Reader:
    """A Reader with the weights of a checkpoint; of a net with fewer blocks too, whose part it then plays.

    SystemExit when the checkpoint is another net's.
    """
    model = Reader()
    lacking = model.load_state_dict(load_weights(path), strict=False)
    if lacking.unexpected_keys or any(".more." not in key for key in lacking.missing_keys):
        raise SystemExit(f"{path} does not fit the net: {lacking}")
    return model
