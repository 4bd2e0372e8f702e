"""Export a reader's checkpoint to ONNX with its manifest.

    python3 export_reader.py --checkpoint runs/reader/best.pt --out ../reader/crnn-v1

Batch norm is folded into the convolutions. When onnxruntime is installed the export is run and compared with
torch before anything is replaced.
"""
from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
import torch
from torch import nn

from checkpoint import load_reader
from fonts import ALPHABET
from formats import COUNTRY_CODES
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
    args.out.mkdir(parents=True, exist_ok=True)
    partial = args.out / "model.onnx.part"
    example = torch.rand(2, 1, HEIGHT, WIDTH)
    torch.onnx.export(model, (example,), str(partial), input_names=["plate"], output_names=["characters", "country"],
                      dynamic_axes={n: {0: "n"} for n in ("plate", "characters", "country")}, opset_version=13,
                      do_constant_folding=True)
    check(partial, model)
    sha256 = hashlib.sha256(partial.read_bytes()).hexdigest()
    partial.replace(args.out / "model.onnx")
    text = json.dumps(manifest(args.out.name, args.version, sha256), indent=2, ensure_ascii=False)
    (args.out / "manifest.json").write_text(text + "\n", encoding="utf-8")
    print(f"{args.out / 'model.onnx'}: {(args.out / 'model.onnx').stat().st_size} bytes, sha256 {sha256}")


def check(path: Path, model: Exported) -> None:
    """Compare with torch on random strips, for batches of 1 and 3."""
    try:
        import onnxruntime
    except ImportError:
        print("onnxruntime is not installed: the export was not compared with torch")
        return
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    for n in (1, 3):
        x = torch.rand(n, 1, HEIGHT, WIDTH, generator=torch.Generator().manual_seed(n))
        with torch.no_grad():
            wanted = model(x)
        for a, b in zip(session.run(["characters", "country"], {"plate": x.numpy()}), wanted):
            worst = float(np.abs(a - b.numpy()).max())
            if a.shape != tuple(b.shape) or worst > 1e-3:
                raise SystemExit(f"the export differs from torch: shape {a.shape}, worst difference {worst}")


if __name__ == "__main__":
    main()
