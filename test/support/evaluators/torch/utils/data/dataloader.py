from typing import Generic, TypeVar

Item = TypeVar("Item")


class DataLoader(Generic[Item]):
    def __init__(self, dataset, collate_fn, batch_size, **rest):
        assert batch_size == 1
        self.dataset = dataset
        self.collate = collate_fn

    def __iter__(self):
        for item in self.dataset:
            yield self.collate([item])
