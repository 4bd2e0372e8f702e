"""The straightener: a small net that looks at a plate as its corners cut it out, and says where the corners are.

A detector places the corners of a plate that may be anywhere, at any size; this net is shown one plate that fills its
picture, so an error of a hundredth of the plate's width is a pixel and more.
"""
from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from torch import nn

from reader import Conv, Residual

WIDTH, HEIGHT = 160, 64
MARGIN_ALONG, MARGIN_ACROSS = 0.12, 0.25
"""Seen beyond the corners that were given, as shares of the plate's width and height."""
UNIT = 0.1
"""What an output of 1 means, as a share of the plate's width or height."""
CORNERS = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
"""Of the plate's own plane, in the order in which corners are told."""


class Straightener(nn.Module):
    """x: float [N,1,64,160], pixel / 255. Returns [N,8]: how far each true corner lies from the given one along the plate (to the
    right) and across it (down), upper left first, clockwise, in UNITs of the given plate's width and height."""

    def __init__(self) -> None:
        super().__init__()
        a, b, c, d = 16, 32, 64, 96
        self.trunk = nn.Sequential(
            Conv(1, a, (5, 5), (2, 2)),               # 32 x 80
            Conv(a, b, (3, 3), (2, 2)),               # 16 x 40
            Conv(b, c, (3, 3), (2, 2)), Residual(c),  # 8 x 20
            Conv(c, d, (3, 3), (2, 2)),               # 4 x 10
            Conv(d, 32, (1, 1)),
        )
        self.place = nn.Sequential(nn.Flatten(), nn.Linear(32 * 4 * 10, 128), nn.ReLU(inplace=True), nn.Linear(128, 8))

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """[N,1,64,160] -> [N,32,4,10]; the part that may run in bfloat16."""
        centred = x - x.mean(dim=(2, 3), keepdim=True)
        x = centred / ((centred * centred).mean(dim=(2, 3), keepdim=True) + 1e-4).sqrt()
        return self.trunk(x)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.place(self.features(x).float())


def plane(quad: np.ndarray) -> np.ndarray:
    """The homography [3,3] from the plate's plane, (0,0) upper left to (1,1) lower right, to the picture."""
    return cv2.getPerspectiveTransform(CORNERS, quad.astype(np.float32))


def cut(grey: np.ndarray, quad: np.ndarray) -> np.ndarray:
    """What the net sees of a plate with these corners, uint8 [64,160]. grey: uint8 [h,w]; quad: float [4,2]."""
    low, span = np.array([-MARGIN_ALONG, -MARGIN_ACROSS]), 1 + 2 * np.array([MARGIN_ALONG, MARGIN_ACROSS])
    step = span / (WIDTH, HEIGHT)
    to_plane = np.array([[step[0], 0, low[0] + step[0] / 2], [0, step[1], low[1] + step[1] / 2], [0, 0, 1]])
    to_index = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1.0]])
    return cv2.warpPerspective(grey, to_index @ plane(quad) @ to_plane, (WIDTH, HEIGHT),
                               flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE)


def off_by(given: np.ndarray, true: np.ndarray) -> np.ndarray:
    """What the net should say, float32 [8], of a plate at `true` that was given as `given` (both [4,2])."""
    back = np.linalg.inv(plane(given))
    at = np.concatenate([true, np.ones((4, 1))], axis=1) @ back.T
    return ((at[:, :2] / at[:, 2:] - CORNERS) / UNIT).ravel().astype(np.float32)


class Corrector:
    """Trained weights as a function: grey uint8 [h,w] and corners float [4,2] to better corners float32 [4,2]."""

    def __init__(self, checkpoint: Path):
        from checkpoint import load_weights
        self.model = Straightener()
        self.model.load_state_dict(load_weights(checkpoint))
        self.model.eval()

    def __call__(self, grey: np.ndarray, quad: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            said = self.model(torch.from_numpy(cut(grey, quad).astype(np.float32) / 255)[None, None]).numpy()
        at = np.concatenate([said.reshape(4, 2) * UNIT + CORNERS, np.ones((4, 1))], axis=1) @ plane(quad).T
        return (at[:, :2] / at[:, 2:]).astype(np.float32)
