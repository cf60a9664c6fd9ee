"""Stands in for PyTorch, of which GuideLLM uses the loader that hands prompts out one by one: the real one has 9 GB."""

import torch.utils.data.dataloader
import torch.utils.data.dataset


class Generator:
    def manual_seed(self, seed):
        return self


class Tensor:
    """The package datasets asks of each object whether it is one."""


class nn:
    class Module:
        """As above."""
