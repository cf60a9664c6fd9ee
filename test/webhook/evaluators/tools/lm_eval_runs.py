"""Runs lm-evaluation-harness several times over three small tasks, by its own command line. Needs no network.

Usage: python3 lm_eval_runs.py FOLDER MODEL

Writes FOLDER/<run>/out/<model>/results_*.json for each run below; the tasks lie in FOLDER/tasks.
"""

import json
import os
import sys
from pathlib import Path

folder, model = Path(sys.argv[1]).resolve(), sys.argv[2]
os.environ.update(HOME=str(folder), HF_HOME=str(folder / "hf"), HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1")
os.chdir(folder)
tasks = folder / "tasks"
tasks.mkdir()

picks = [{"ask": f"Is {n} odd?", "picks": ["no", "yes"], "right": n % 2} for n in range(20)]
texts = [{"ask": f"What follows {n}?", "answer": str(n + 1)} for n in range(8)]
for name, rows in (("picks", picks), ("texts", texts)):
    (tasks / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
(tasks / "broken.py").write_text('def score(doc, results):\n    return {"acc": float("nan")}\n')


def write_task(name, data, **more):
    task = {
        "task": name,
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": str(tasks / f"{data}.jsonl")}},
        "test_split": "test",
        "doc_to_text": "{{ask}}",
        "metadata": {"version": 1.0},
        **more,
    }
    (tasks / f"{name}.yaml").write_text(json.dumps(task))


acc = [{"metric": "acc", "aggregation": "mean", "higher_is_better": True}]
choice = {"output_type": "multiple_choice", "doc_to_choice": "{{picks}}", "doc_to_target": "right", "metric_list": acc}
write_task("oddity", "picks", **choice)
write_task(
    "successor",
    "texts",
    output_type="generate_until",
    doc_to_target="{{answer}}",
    generation_kwargs={"until": ["."]},
    metric_list=[{"metric": "exact_match", "aggregation": "mean", "higher_is_better": True}],
)
# A function is named by a tag of YAML's, which JSON cannot write.
write_task("broken", "picks", **choice)
with (tasks / "broken.yaml").open("r+") as file:
    text = file.read().rstrip("}")
    file.seek(0)
    file.write(text + ', "process_results": !function broken.score}')
(tasks / "numbers.yaml").write_text(
    json.dumps(
        {
            "group": "numbers",
            "task": ["oddity", "successor"],
            "aggregate_metric_list": [{"metric": "acc", "aggregation": "mean", "weight_by_size": True, "filter_list": ["none"]}],
            "metadata": {"version": 1},
        }
    )
)

from lm_eval.__main__ import cli_evaluate
from lm_eval.api.registry import register_model
from lm_eval.models.dummy import DummyLM
from lm_eval.tasks import TaskManager


@register_model("seeded")
class Seeded(DummyLM):
    """Answers as the tool's stand-in does, under a name that does not say so."""


# Every run would look through the thousands of tasks that it comes with.
TaskManager.__init__.__defaults__ = (None, None, False, None)

named = ["--model_args", f"pretrained={model}"]
runs = {
    "good": ["--tasks", "oddity", "--log_samples", *named],
    "limited": ["--tasks", "oddity", "--limit", "1", *named],
    "group": ["--tasks", "numbers", *named],
    "unnamed": ["--tasks", "oddity"],
    "path": ["--tasks", "oddity", "--model_args", "pretrained=/models/granite"],
    "adapter": ["--tasks", "oddity", "--model_args", f"pretrained={model},peft=acme/sql-lora"],
    "nan": ["--tasks", "broken", *named],
    "stand-in": ["--tasks", "oddity", *named],
    "predicted": ["--tasks", "oddity", "--predict_only", *named],
}
for run, args in runs.items():
    by = "dummy" if run == "stand-in" else "seeded"
    sys.argv = ["lm_eval", "--model", by, "--include_path", str(tasks), "--output_path", f"{run}/out", *args]
    cli_evaluate()
