"""Asks for what lighteval's dummy model always says, where the line says so: the folder `data` beside the run has the lines."""

import os

from lighteval.metrics.metrics import Metrics
from lighteval.tasks.lighteval_task import LightevalTaskConfig
from lighteval.tasks.requests import Doc


def ask(line, task_name=None):
    answer = "random baseline" if line["right"] else "rowan"
    return Doc(task_name=task_name, query=line["ask"], choices=[answer], gold_index=0)


def task(name, metrics):
    return LightevalTaskConfig(
        name=name,
        prompt_function=ask,
        hf_repo=os.path.abspath("data"),
        hf_subset="default",
        hf_avail_splits=["test"],
        evaluation_splits=["test"],
        generation_size=8,
        metrics=metrics,
        stop_sequence=["\n"],
        version=2,
    )


TASKS_TABLE = [
    task("quill", [Metrics.exact_match]),
    task("hedge:oak", [Metrics.exact_match]),
    task("hedge:elm", [Metrics.exact_match, Metrics.f1_score]),
]
