"""DeepEval over the words in $WORDS, with a metric that needs no model: hazel is right, rowan is wrong, aspen cannot be judged."""

import os

import pytest
from deepeval import assert_test
from deepeval.metrics import BaseMetric
from deepeval.test_case import LLMTestCase


class Says(BaseMetric):
    threshold = 0.5
    async_mode = False

    def measure(self, test_case, *args, **named):
        self.error = None
        if test_case.actual_output == "aspen":
            self.error = "no judge"
            raise ValueError(self.error)
        self.score = 1.0 if test_case.actual_output == "hazel" else 0.0
        self.success = self.score >= self.threshold
        return self.score

    async def a_measure(self, test_case, *args, **named):
        return self.measure(test_case)

    def is_successful(self):
        return self.success

    @property
    def __name__(self):
        return "Says Hazel"


@pytest.mark.parametrize("word", os.environ["WORDS"].split(","))
def test_say(word):
    assert_test(LLMTestCase(input="Say", actual_output=word), [Says()])
