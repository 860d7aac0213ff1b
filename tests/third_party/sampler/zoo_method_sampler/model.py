"""The sampler's mathematics."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import nn


def noisy(pixels: np.ndarray, seed: int) -> np.ndarray:
    """Pixels uint8 (height, width, 3) with a little noise."""
    noise = np.random.default_rng(seed).integers(-3, 4, pixels.shape)
    return (pixels + noise).clip(0, 255).astype("u1")


def plot(xy: np.ndarray) -> go.Figure:
    """Points (n, 2) as a scatter plot."""
    return go.Figure(go.Scatter(x=xy[:, 0], y=xy[:, 1], mode="markers"))


class Gain(nn.Module, PyTorchModelHubMixin):
    """A gain for each colour."""

    def __init__(self, colours: int = 3) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(colours))

    def brighten(self, pixels: np.ndarray, stops: float) -> tuple[np.ndarray, float]:
        """Pixels uint8 (height, width, 3) after the gain, and the mean gain."""
        gain = self.gain * 2.0**stops
        bright = (torch.from_numpy(pixels.copy()) * gain).clamp(0, 255).round()
        return bright.to(torch.uint8).numpy(), float(gain.mean())
