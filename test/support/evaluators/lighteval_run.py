"""
Runs lighteval over the task in lighteval_task.py with its own dummy model: DATA MODEL [MAX_SAMPLES], tasks in $TASKS.

Its built-in tasks are left out: to load any, it downloads a file for one of them. What evaluates and writes is its own.
"""

import os
import sys

import empty_modules  # noqa: F401 - before lighteval

from lighteval.logging.evaluation_tracker import EvaluationTracker
from lighteval.models.dummy.dummy_model import DummyModelConfig
from lighteval.pipeline import ParallelismManager, Pipeline, PipelineParameters
from lighteval.tasks.registry import Registry

Registry._load_from_files = staticmethod(lambda *files: {})
Registry._load_from_subdirs = staticmethod(lambda *folders: {})

_, task, model, *limit = sys.argv
parameters = PipelineParameters(
    launcher_type=ParallelismManager.NONE,
    custom_tasks_directory=task,
    max_samples=int(limit[0]) if limit else None,
)
pipeline = Pipeline(
    tasks=os.environ["TASKS"],
    pipeline_parameters=parameters,
    evaluation_tracker=EvaluationTracker(output_dir=".", save_details=False),
    model_config=DummyModelConfig(model_name=model),
)
pipeline.evaluate()
pipeline.save_and_push_results()
