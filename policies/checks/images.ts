import { fail, passWith, skip, type FailResult } from "../finding.ts";
import { show, showAll } from "../show.ts";
import type { RunningImage } from "../workload.ts";
import type { Check } from "./check.ts";

/**
 * Every image of the workload that may run a model is one that the policy lists, by digest. An image that the object does not
 * name, because another object does or because nobody read it, is on no list.
 *
 * Skips when the policy lists none.
 *
 * Reads: `requirement.images`, `workload.images`, `workload.models`, and for its message `workload.metadata`.
 */
export const images: Check = {
  id: "images",
  run({ requirement: { images: listed }, workload: { images: running = [], models, metadata } }) {
    if (listed === undefined) return skip;
    const [first, ...rest] = running
      .filter(({ reference }) => !listed.some((pattern) => pattern.matches(reference ?? "")))
      .map(notListed);
    if (first !== undefined) return [first, ...rest];
    const unseen = models.find(({ container }) => !running.some((image) => image.container === container));
    if (unseen !== undefined) return notNamed(unseen.field);
    if (running.length === 0) return notNamed(metadata[0].path);
    return passWith(expected, showAll(running.map(({ reference = "" }) => reference)));
  },
};

const expected = "an image of the policy's list";

function notListed({ reference, field }: RunningImage): FailResult {
  if (reference === undefined) return notNamed(field);
  const message = `${show(reference)} is not among the images that the policy lists`;
  return fail("IMAGE_NOT_LISTED", { expected, found: show(reference), message, field });
}

function notNamed(field: string): FailResult {
  const message = `the object does not say in which image its model runs (${field}), and the policy lists those that may`;
  return fail("IMAGE_NOT_LISTED", { expected, found: "unknown", message, field });
}
