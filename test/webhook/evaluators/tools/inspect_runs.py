"""Runs Inspect several times over four small samples, with the model that it has for tests. Needs no network.

Usage: python3 inspect_runs.py FOLDER MODEL

Writes a log into FOLDER/<run> for each run below.
"""

import os
import sys
from pathlib import Path

folder, name = Path(sys.argv[1]).resolve(), sys.argv[2]
os.environ.update(HOME=str(folder))
for key in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
    os.environ.pop(key, None)
os.chdir(folder)

from inspect_ai import Task, eval, task
from inspect_ai.dataset import Sample
from inspect_ai.log import ProvenanceData, invalidate_samples, read_eval_log, write_eval_log
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import Score, Target, accuracy, includes, metric, scorer
from inspect_ai.solver import solver


@solver
def brittle(answered):
    async def solve(state, generate):
        if state.sample_id > answered:
            raise ValueError("no answer for this one")
        return await generate(state)

    return solve


@metric
def nothing():
    return lambda scores: float("nan")


@scorer(metrics=[nothing()])
def undefined():
    async def score(state, target: Target):
        return Score(value=1)

    return score


@scorer(metrics=[accuracy()])
def hesitant():
    async def score(state, target: Target):
        return None if state.sample_id > 2 else Score(value=1)

    return score


def answers_late(value):
    """Scores in the second epoch, and gives the value in the first."""

    @scorer(metrics=[accuracy()], name="late")
    def late():
        async def score(state, target: Target):
            return Score(value=1) if state.epoch == 2 else value

        return score

    return late()


@task
def hedgerow(answered=4, by=None):
    samples = [Sample(id=n, input=f"Say hazel ({n})", target="hazel" if n < 4 else "oak") for n in (1, 2, 3, 4)]
    return Task(dataset=samples, solver=brittle(answered), scorer=by or includes())


def model(name):
    answer = ModelOutput.from_content(name, "hazel")
    # So that no file for counting tokens is asked for.
    answer.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
    return get_model(name, custom_outputs=[answer] * 8)


def run(into, task=None, of=f"mockllm/{name}", form="eval", **more):
    (log,) = eval(task or hedgerow(), model=model(of), log_dir=into, log_format=form, display="none", **more)
    return log.location.removeprefix("file://")


run("good")
run("good-json", form="json")
run("failed", hedgerow(1), fail_on_error=False)
run("limited", limit=2)
run("hesitant", hedgerow(by=hesitant()))
run("epochs", epochs=2)
run("epochs-json", form="json", epochs=2)
run("epochs-half", hedgerow(by=answers_late(None)), epochs=2)
run("epochs-nan", hedgerow(by=answers_late(Score(value=float("nan")))), epochs=2)
run("ended-early", hedgerow(1))
run("nan", hedgerow(by=undefined()))
run("unnamed", of="mockllm/model")
path = run("invalidated")
log = read_eval_log(path)
told = ProvenanceData(author="reviewer", reason="the prompt had the answer")
write_eval_log(invalidate_samples(log, [log.samples[0].uuid], told), path)
