"""Export a straightener's checkpoint to ONNX with its manifest.

    python3 export_straightener.py --checkpoint runs/straightener/straightener.pt --out ../straightener/corners-v1

Batch norm is folded into the convolutions. When onnxruntime is installed the export is run and compared with torch before anything
is replaced.
"""
from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch import nn

from checkpoint import load_weights
from onnx_file import write_model
from straightener import HEIGHT, MARGIN_ACROSS, MARGIN_ALONG, UNIT, WIDTH, Straightener


class Exported(nn.Module):
    """The straightener in shares: corners [N,8]."""

    def __init__(self, model: Straightener):
        super().__init__()
        self.model = model

    def forward(self, plate: torch.Tensor) -> torch.Tensor:
        return self.model(plate) * UNIT


def manifest(name: str, version: str, sha256: str) -> dict[str, object]:
    """Everything that whoever runs the model must know."""
    return {
        "name": name, "kind": "straightener", "version": version, "file": "model.onnx", "sha256": sha256,
        "licence": "Apache-2.0", "adapter": "corner-offsets",
        "input": {"name": "plate", "layout": "NCHW", "colour": "luma", "width": WIDTH, "height": HEIGHT,
                  "mean": 0, "scale": 1, "marginAlong": MARGIN_ALONG, "marginAcross": MARGIN_ACROSS},
        "output": {"corners": "corners"}, "card": "CARD.md",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder of the model")
    parser.add_argument("--version", default="1.0.0")
    args = parser.parse_args()
    torch.set_num_threads(1)
    model = Straightener()
    model.load_state_dict(load_weights(args.checkpoint))
    write_model(Exported(model).eval(), args.out, ("plate", (1, HEIGHT, WIDTH)), ("corners",),
                lambda sha256: manifest(args.out.name, args.version, sha256))


if __name__ == "__main__":
    main()
