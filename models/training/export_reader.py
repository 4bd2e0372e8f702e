"""Export a reader's checkpoint to ONNX with its manifest.

    python3 export_reader.py --checkpoint runs/reader/best.pt --out ../reader/crnn-v1

Batch norm is folded into the convolutions. When onnxruntime is installed the export is run and compared with
torch before anything is replaced.
"""
from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch import nn

from checkpoint import load_reader
from fonts import ALPHABET
from formats import COUNTRY_CODES
from onnx_file import write_model
from reader import BLANK, Reader
from straighten import HEIGHT, MARGIN, OVERLAP, SPLIT, STACK_BELOW, WIDTH


class Exported(nn.Module):
    """The reader with probabilities as outputs: characters [N,48,37], country [N,C]."""

    def __init__(self, model: Reader):
        super().__init__()
        self.model = model

    def forward(self, plate: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        characters, country = self.model(plate)
        return characters.softmax(2), country.softmax(1)


def manifest(name: str, version: str, sha256: str) -> dict[str, object]:
    """Everything that whoever runs the model must know."""
    return {
        "name": name, "kind": "reader", "version": version, "file": "model.onnx", "sha256": sha256,
        "licence": "Apache-2.0", "adapter": "ctc",
        "input": {"name": "plate", "layout": "NCHW", "colour": "luma", "width": WIDTH, "height": HEIGHT,
                  "mean": 0, "scale": 1, "margin": MARGIN},
        "stack": {"aspectBelow": STACK_BELOW, "split": SPLIT, "overlap": OVERLAP},
        "output": {"characters": "characters", "kind": "probabilities", "country": "country"},
        "alphabet": ALPHABET, "blank": BLANK, "countries": list(COUNTRY_CODES), "card": "CARD.md",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder of the model")
    parser.add_argument("--version", default="1.0.0")
    args = parser.parse_args()
    torch.set_num_threads(1)
    model = Exported(load_reader(args.checkpoint)).eval()
    write_model(model, args.out, ("plate", (1, HEIGHT, WIDTH)), ("characters", "country"),
                lambda sha256: manifest(args.out.name, args.version, sha256))


if __name__ == "__main__":
    main()
