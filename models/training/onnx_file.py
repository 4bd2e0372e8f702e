"""A net as an ONNX file with its manifest beside it: written, compared with torch, and only then put in place.

Weights lie in the file as float16, as in the checkpoints, and are cast when it is loaded: half the size, the same arithmetic.
"""
from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Callable, Sequence

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

MANY = 256
"""Tensors of fewer numbers stay as they are."""


def write_model(model: nn.Module, out: Path, fed: tuple[str, tuple[int, ...]], outputs: Sequence[str],
                manifest: Callable[[str], dict[str, object]]) -> None:
    """Write out/model.onnx and out/manifest.json.

    fed: the input's name and its shape without the batch, which stays open. manifest: what stands in it, given the file's SHA-256.
    """
    name, shape = fed
    out.mkdir(parents=True, exist_ok=True)
    partial = out / "model.onnx.part"
    torch.onnx.export(model, (torch.rand(2, *shape),), str(partial), input_names=[name], output_names=list(outputs),
                      dynamic_axes={n: {0: "n"} for n in (name, *outputs)}, opset_version=13, do_constant_folding=True)
    halve(partial)
    check(partial, model, fed, outputs)
    sha256 = hashlib.sha256(partial.read_bytes()).hexdigest()
    partial.replace(out / "model.onnx")
    text = json.dumps(manifest(sha256), indent=2, ensure_ascii=False)
    (out / "manifest.json").write_text(text + "\n", encoding="utf-8")
    print(f"{out / 'model.onnx'}: {(out / 'model.onnx').stat().st_size} bytes, sha256 {sha256}")


def halve(path: Path) -> None:
    """Weights of a file as float16, each with a cast back, which a runtime works out once. In place."""
    model = onnx.load(str(path))
    graph = model.graph
    casts = []
    for weights in [one for one in graph.initializer if one.data_type == TensorProto.FLOAT]:
        values = numpy_helper.to_array(weights)
        if values.size < MANY:
            continue
        name = weights.name
        weights.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}.half"))
        casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.save(model, str(path))


def check(path: Path, model: nn.Module, fed: tuple[str, tuple[int, ...]], outputs: Sequence[str]) -> None:
    """Compare with torch on noise, for batches of 1 and 3."""
    try:
        import onnxruntime
    except ImportError:
        print("onnxruntime is not installed: the export was not compared with torch")
        return
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    for n in (1, 3):
        x = torch.rand(n, *fed[1], generator=torch.Generator().manual_seed(n))
        with torch.no_grad():
            wanted = model(x)
        for a, b in zip(session.run(list(outputs), {fed[0]: x.numpy()}), wanted if isinstance(wanted, tuple) else (wanted,)):
            worst = float(np.abs(a - b.numpy()).max())
            if a.shape != tuple(b.shape) or worst > 5e-3:
                raise SystemExit(f"the export differs from torch: shape {a.shape}, worst difference {worst}")
