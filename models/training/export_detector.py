"""Writes a trained detector as ONNX with its manifest, and its weights as a small float16 checkpoint.

`export_detector.py --weights FILE --version 1.0.0 [--to models/detector/centre-v1]`. The names and shapes are what the
runtime's `centre-point` adapter reads; the model card is written by hand and is not touched.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import warnings
from pathlib import Path

import onnx
import torch

from detector import MEAN, SCALE, STRIDE_PX
from evaluate_detector import load
from scene_photos import NET_HEIGHT_PX, NET_WIDTH_PX

HERE = Path(__file__).parent

SIZES = {"small": {"maxWidth": 416, "maxHeight": 256}, "large": {"maxWidth": 960, "maxHeight": 576}}
"""The net is fully convolutional: other inputs of the same weights, by name."""


def export(weights: Path, folder: Path, version: str, threshold: float) -> Path:
    """Writes model.onnx and manifest.json into `folder`; returns the model's path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "model.onnx"
    example = torch.zeros(1, 1, NET_HEIGHT_PX, NET_WIDTH_PX)
    names = ["heat", "peak", "corners"]
    axes = {name: {0: "batch", 2: "rows", 3: "columns"} for name in names}
    axes["picture"] = {0: "batch", 2: "height", 3: "width"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            load(weights), example, str(path), input_names=["picture"], output_names=names, dynamic_axes=axes,
            opset_version=13,
        )  # fmt: skip
    model = onnx.load(str(path))
    onnx.checker.check_model(model)
    del model.metadata_props[:]
    model.doc_string = ""
    for node in model.graph.node:
        node.doc_string = ""
    onnx.save(model, str(path))
    manifest = {
        "name": folder.name,
        "kind": "detector",
        "version": version,
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "licence": "Apache-2.0",
        "adapter": "centre-point",
        "input": {
            "name": "picture", "layout": "NCHW", "colour": "luma", "maxWidth": NET_WIDTH_PX, "maxHeight": NET_HEIGHT_PX,
            "multiple": 32, "mean": MEAN, "scale": SCALE,
        },
        "sizes": SIZES,
        "output": {"heat": "heat", "peak": "peak", "corners": "corners", "stride": STRIDE_PX, "cornerUnit": "px"},
        "threshold": threshold,
        "card": "CARD.md",
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    return path


def keep_weights(weights: Path, to: Path) -> None:
    """The averaged weights as float16: small enough to commit, good enough to train on from."""
    state = load(weights).detector.state_dict()
    to.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"weights": {k: v.half() if v.dtype.is_floating_point else v for k, v in state.items()}}, to)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--to", type=Path, default=HERE.parent / "detector" / "centre-v1")
    parser.add_argument("--version", required=True)
    parser.add_argument("--threshold", type=float, default=0.35)
    parser.add_argument("--checkpoint", type=Path, default=HERE / "checkpoints" / "detector-v1.pt")
    args = parser.parse_args()
    path = export(args.weights, args.to, args.version, args.threshold)
    keep_weights(args.weights, args.checkpoint)
    for written in (path, args.checkpoint):
        print(f"{written}: {written.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
