#!/bin/bash
# inspect_ai 0.3.285, `epochs=2`: answers that no scorer scored leave no trace in the results.
#
# With one epoch a log counts what was not scored: `scored_samples` is below `total_samples`, or `unscored_samples` says it.
# Expected was the same of two epochs: eight answers, of which half were scored, as 4 of 8.
# Seen instead: each of the four samples was scored in one of its epochs, and the scorer gave None or NaN in the other. The header
# says 8 of 8 samples completed, `scored_samples` 4, which is what a run has in which all is well, `unscored_samples` 0, and
# accuracy 1.0; `reductions` has four values of 1.0. The mean over epochs is taken over those that have a score, so a model that
# cannot be scored half of the time scores as if it always could. Only the scores of each sample, in `summaries.json` of an .eval
# archive and under `samples` of a JSON log, show it.
#
# And with one epoch the two differ: NaN counts as unscored, None does not, and is only missing from `scored_samples`.
#
# Ends with 1 if any of this has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-cache-dir --disable-pip-version-check inspect_ai==0.3.285 \
  anyio==4.16.0 fsspec==2026.6.0 numpy==2.4.6 pydantic==2.14.4 s3fs==2026.6.0 tiktoken==0.14.0 zipfile-zstd==0.0.4
cd "$work"
mkdir home
unset XDG_DATA_HOME XDG_CACHE_HOME XDG_CONFIG_HOME
HOME="$work/home" "$work/venv/bin/python" - <<'PYTHON'
import json
import math
import sys
from urllib.parse import urlparse

from inspect_ai import Task, eval, task
from inspect_ai.dataset import Sample
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import Score, accuracy, scorer

answer = ModelOutput.from_content("mockllm/model", "hazel")
# So that no file for counting tokens is asked for.
answer.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)


def scored_when(holds, otherwise):
    """1 where it holds of a sample and its epoch."""

    @scorer(metrics=[accuracy()], name="late")
    def late():
        async def score(state, target):
            return Score(value=1) if holds(state) else otherwise

        return score

    return late()


@task
def hedgerow(by):
    return Task(dataset=[Sample(id=n, input="Say hazel", target="hazel") for n in (1, 2, 3, 4)], scorer=by)


def run(by, epochs):
    model = get_model("mockllm/model", custom_outputs=[answer] * 8)
    (log,) = eval(hedgerow(by), model=model, epochs=epochs, log_dir="logs", log_format="json", display="none")
    with open(urlparse(log.location).path) as file:
        written = json.load(file)
    results = written["results"]
    (score,) = results["scores"]
    scored = [one for sample in written["samples"] for one in sample["scores"].values()]
    return {
        "completed": [results["completed_samples"], results["total_samples"]],
        "scored": score["scored_samples"],
        "unscored": score["unscored_samples"],
        "accuracy": score["metrics"]["accuracy"]["value"],
        "values": sum(1 for one in scored if not math.isnan(one["value"])),
    }


nan = Score(value=float("nan"))
second = lambda state: state.epoch == 2
first_samples = lambda state: state.sample_id <= 2
seen = {
    "two epochs, all scored": run(scored_when(lambda state: True, None), 2),
    "two epochs, None in one": run(scored_when(second, None), 2),
    "two epochs, NaN in one": run(scored_when(second, nan), 2),
    "one epoch, None for half": run(scored_when(first_samples, None), 1),
    "one epoch, NaN for half": run(scored_when(first_samples, nan), 1),
}
well = {"completed": [8, 8], "scored": 4, "unscored": 0, "accuracy": 1.0}
half = {"completed": [4, 4], "scored": 2, "accuracy": 1.0, "values": 2}
wanted = {
    "two epochs, all scored": {**well, "values": 8},
    "two epochs, None in one": {**well, "values": 4},
    "two epochs, NaN in one": {**well, "values": 4},
    "one epoch, None for half": {**half, "unscored": 0},
    "one epoch, NaN for half": {**half, "unscored": 2},
}
if seen != wanted:
    sys.exit(f"changed: expected {wanted}, seen {seen}")
for name, one in seen.items():
    print(f"{name}: {one['values']} scores; scored_samples {one['scored']}, unscored_samples {one['unscored']}, accuracy 1.0")
PYTHON
