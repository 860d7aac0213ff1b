"""Pictures and texts in a common space: two small towers, and the contrast that trains them.

The picture tower is of timm's residual blocks [1], the text tower a table of hashed pieces of words with a hidden
layer. The loss is CLIP's [2], and its four-way form with contrasts inside each modality as CyCLIP's code has it [3].

Users: latent-structures; made for every method with pairs of modalities.

References:
    [1] He, Zhang, Ren, Sun. Deep residual learning for image recognition. CVPR 2016.
    [2] Radford et al. Learning transferable visual models from natural language supervision. ICML 2021.
    [3] Goel et al. CyCLIP: Cyclic contrastive language-image pretraining. NeurIPS 2022.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from zoo.blocks.text_grams import Bags


def in_batch(queries: Tensor, keys: Tensor, temperature: float | Tensor) -> Tensor:
    """InfoNCE whose negatives are the batch: -log softmax of q·k/τ at each query's own key, mean over the batch.

    Args:
        queries: (n, d), of length 1.
        keys: (n, d), alike; the k-th is the k-th query's own.
        temperature: τ.
    """
    logits = queries @ keys.T / temperature
    return F.cross_entropy(logits, torch.arange(len(logits), device=logits.device))


def across(pictures: Tensor, texts: Tensor, temperature: float | Tensor) -> Tensor:
    """CLIP's loss, the mean of both directions, of directions (n, d) of pictures and of their texts."""
    return (in_batch(pictures, texts, temperature) + in_batch(texts, pictures, temperature)) / 2


def four_way(
    pictures: Tensor, texts: Tensor, other_pictures: Tensor, other_texts: Tensor, temperature: float | Tensor
) -> Tensor:
    """A quarter of each: pictures to texts, texts to pictures, pictures to their views, texts to theirs.

    Args:
        pictures: directions (n, d).
        texts: alike.
        other_pictures: of other views of the same.
        other_texts: of other texts of the same.
        temperature: τ of all four.
    """
    within = in_batch(pictures, other_pictures, temperature) + in_batch(texts, other_texts, temperature)
    return across(pictures, texts, temperature) / 2 + within / 4


class PictureTower(nn.Module):
    """Patches of 4 x 4 pixels, then timm's residual blocks [1], each of which halves the sides; and a projection.

    Args:
        widths: channels of a patch and after each block.
        size: numbers of a projection.
    """

    def __init__(self, widths: Sequence[int] = (24, 28, 40), size: int = 64) -> None:
        super().__init__()
        from timm.models.resnet import BasicBlock, downsample_conv

        self.stem = nn.Sequential(
            nn.Conv2d(3, widths[0], 4, stride=4, bias=False), nn.BatchNorm2d(widths[0]), nn.ReLU()
        )
        self.blocks = nn.Sequential(
            *(
                BasicBlock(
                    before,
                    after,
                    stride=2,
                    downsample=downsample_conv(before, after, kernel_size=1, stride=2),
                )
                for before, after in itertools.pairwise(widths)
            )
        )
        self.project = nn.Linear(widths[-1], size, bias=False)

    def features(self, views: Tensor) -> Tensor:
        """(n, widths[-1]) of standardised views (n, 3, h, w)."""
        views = views.contiguous(memory_format=torch.channels_last)
        return self.blocks(self.stem(views)).mean((2, 3))

    def forward(self, views: Tensor) -> Tensor:
        """Directions (n, size)."""
        return F.normalize(self.project(self.features(views)), dim=1)


class TextTower(nn.Module):
    """The weighted mean of a table's rows, a hidden layer, and a projection.

    Args:
        rows: of the table; pieces of words are hashed to them.
        table: numbers of a row.
        width: of the hidden layer.
        size: numbers of a projection.
    """

    def __init__(self, rows: int = 960, table: int = 32, width: int = 64, size: int = 64) -> None:
        super().__init__()
        self.rows = rows
        self.table = nn.EmbeddingBag(rows, table, mode="sum")
        self.hidden = nn.Linear(table, width)
        self.project = nn.Linear(width, size, bias=False)

    def features(self, bags: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        """(n, width) of rows, offsets and weights as `tensors` gives them."""
        rows, offsets, weights = bags
        return F.gelu(self.hidden(self.table(rows, offsets, weights.to(self.table.weight.dtype))))

    def forward(self, bags: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        """Directions (n, size)."""
        return F.normalize(self.project(self.features(bags)), dim=1)

    @torch.no_grad()
    def pack(self) -> None:
        """Make the table whole numbers from -127 to 127, int8, for a small file; read back, it is numbers again.

        What each column was scaled by goes into the hidden layer, so that nothing else has to know.
        """
        scale = self.table.weight.abs().amax(0).clamp_min(1e-12) / 127
        whole = (self.table.weight / scale).round().to(torch.int8)
        self.table.weight = nn.Parameter(whole, requires_grad=False)
        self.hidden.weight.mul_(scale)

    def tensors(self, texts: Sequence[str]) -> tuple[Tensor, Tensor, Tensor]:
        """Texts as the tower reads them."""
        return tensors(Bags.of(texts, self.rows))


def tensors(bags: Bags) -> tuple[Tensor, Tensor, Tensor]:
    """Rows, offsets and weights of bags, for `torch.nn.EmbeddingBag`."""
    return tuple(torch.from_numpy(part) for part in (bags.rows, bags.offsets, bags.weights))  # type: ignore[return-value]
