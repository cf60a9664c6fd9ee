/**
 * What all expressions of one review may cost together, in steps: one part of an expression, evaluated once, over short texts.
 * A step takes some 50 to 100 ns. A condition of ten parts on each row of a card of 300 takes about 3,000.
 */
const maxSteps = 200_000;

/** Made anew for each review, and handed to each expression that is evaluated in it. */
export class ExpressionSteps {
  #left = maxSteps;

  /** Counts before the work is done, remembered or not. Undefined where it can be paid, or else why not. */
  spend(steps: number): string | undefined {
    if (steps > maxSteps)
      return `over an evaluation and a workload of this size it takes up to ${steps} steps, and all expressions of a review may take ${maxSteps}`;
    if (steps > this.#left)
      return `the expressions of a review may take ${maxSteps} steps together, which those before it have spent`;
    this.#left -= steps;
    return undefined;
  }
}
