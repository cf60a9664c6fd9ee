#!/bin/bash
# DeepEval 4.3.1, `deepeval test run`: a test case whose metric raised an error counts as passed.
#
# Expected was that a test case without a score has failed, or is left out: pytest reports it as failed.
# Seen instead, of four test cases with one metric each, which raises an error on three (the judge cannot be reached, say):
# the terminal says "Pass Rate: 100.0% | Passed: 4 | Failed: 0", and the file of the run has `testPassed` 4, `testFailed` 0
# and `success` true for each. That three errors were there stands in `metricsScores` alone. The exit code is 1, pytest's.
# With --ignore-errors, which one would take for the milder one, the same four are 25.0%: 1 passed, 3 failed.
#
# So neither the rate that is printed nor `testPassed` can be taken for one; `passes` over passes, fails and errors can.
#
# Ends with 1 if any of this has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-cache-dir --disable-pip-version-check deepeval==4.3.1 pytest==9.2.0 \
  pytest-asyncio==1.5.0 pytest-repeat==0.9.4 pytest-rerunfailures==16.7 pytest-xdist==3.8.0 pydantic==2.14.4 openai==3.57.0
cd "$work"
export HOME="$work/home" DEEPEVAL_TELEMETRY_OPT_OUT=YES
mkdir "$HOME"
cat > test_words.py <<'PYTHON'
import pytest
from deepeval import assert_test
from deepeval.metrics import BaseMetric
from deepeval.test_case import LLMTestCase


class Judge(BaseMetric):
    threshold = 0.5
    async_mode = False

    def measure(self, test_case, *args, **named):
        if test_case.actual_output != "hazel":
            raise ValueError("no judge")
        self.score, self.success = 1.0, True
        return self.score

    async def a_measure(self, test_case, *args, **named):
        return self.measure(test_case)

    def is_successful(self):
        return self.success

    @property
    def __name__(self):
        return "Judge"


@pytest.mark.parametrize("word", ["hazel", "aspen", "alder", "rowan"])
def test_say(word):
    assert_test(LLMTestCase(input="Say", actual_output=word), [Judge()])
PYTHON
run() { # run FOLDER OPTIONS...: the exit code of a run whose results go there
  local results=$1 status=0
  shift
  DEEPEVAL_RESULTS_FOLDER="$work/$results" "$work/venv/bin/deepeval" test run test_words.py "$@" > "$results.txt" 2>&1 || status=$?
  echo "$status" > "$results.status"
}
run strict
run ignoring --ignore-errors
"$work/venv/bin/python" - <<'PYTHON'
import glob
import json
import re
import sys


def seen(results):
    text = open(f"{results}.txt").read()
    rate = re.search(r"Pass Rate: \S+ \| Passed: \d+ \| Failed: \d+", text)
    [path] = glob.glob(f"{results}/test_run_*.json")
    run = json.load(open(path))
    [metric] = run["metricsScores"]
    return {
        "exit": open(f"{results}.status").read().strip(),
        "printed": rate and rate.group(),
        "counted": [run["testPassed"], run["testFailed"]],
        "success": [case["success"] for case in run["testCases"]],
        "metric": [metric["passes"], metric["fails"], metric["errors"]],
    }


expected = {
    "strict": {
        "exit": "1",
        "printed": "Pass Rate: 100.0% | Passed: 4 | Failed: 0",
        "counted": [4, 0],
        "success": [True, True, True, True],
        "metric": [1, 0, 3],
    },
    "ignoring": {
        "exit": "1",
        "printed": "Pass Rate: 25.0% | Passed: 1 | Failed: 3",
        "counted": [1, 3],
        "success": [True, False, False, False],
        "metric": [1, 0, 3],
    },
}
for results, wanted in expected.items():
    if seen(results) != wanted:
        sys.exit(f"changed: {results}: expected {wanted}, seen {seen(results)}")
    print(f"{results}: {wanted['printed']}, with 3 errors in 4 test cases")
PYTHON
