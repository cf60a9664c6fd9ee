import type { Expression } from "../expression.ts";
import { error, fail, passWith, skip, type CheckResult, type FailResult, type ErrorResult } from "../finding.ts";
import type { Check, CheckInput } from "./check.ts";

/**
 * Every expression of the requirement is true. One that cannot be evaluated is a failure.
 *
 * Skips when the requirement lists none. What could not be looked up, and is read by an expression, is an error.
 *
 * Reads: `requirement.expressions`, and what they name of `evaluation`, `workload`, `model`, `environment` and `now`.
 */
export const expressions: Check = {
  id: "expressions",
  run({ evaluation, requirement: { expressions: asked }, model, workload, environment, now }) {
    if (asked === undefined) return skip;
    const input = { evaluation, model, workload, environment, now };
    const [first, ...rest] = asked.flatMap((expression) => evaluate(expression, input));
    return first === undefined ? passWith(sayAll(asked), "true") : [first, ...rest];
  },
};

function sayAll(asked: readonly Expression[]): string {
  return asked.map(({ message }) => message).join("; ");
}

/** What expressions read. */
type ExpressionInput = Pick<CheckInput, "evaluation" | "model" | "workload" | "environment" | "now">;

function evaluate(expression: Expression, input: ExpressionInput): (FailResult | ErrorResult)[] {
  const hindrance = findHindrance(expression, input);
  if (hindrance !== undefined) return [hindrance];
  const { evaluation, workload, model, environment, now } = input;
  const result = expression.evaluate({ evaluation, workload, model, environment: environment.value, now });
  if (result === true) return [];
  const { message } = expression;
  if (result === false) return [fail("EXPRESSION_FALSE", { expected: message, found: "false", message })];
  return [
    fail("EXPRESSION_ERROR", { expected: message, found: result.problem, message: `${message}: ${result.problem}` }),
  ];
}

/** What the expression reads and the gate does not know. */
function findHindrance(
  { reads, message: expected }: Expression,
  { evaluation: { content }, workload: { hardware }, environment }: ExpressionInput,
): Exclude<CheckResult, { readonly outcome: "pass" | "skip" }> | undefined {
  if (reads.has("benchmarks") || reads.has("evaluator")) {
    if (content.kind === "refused")
      return fail(content.reason, { expected, found: "unreadable results", message: content.message });
    if (content.kind === "unavailable")
      return error(content.reason, { expected, found: "unknown", message: content.message });
  }
  if (reads.has("environment") && environment.namespaceUnknown)
    return error("NAMESPACE_UNKNOWN", {
      expected,
      found: "unknown",
      message: `${expected}: the namespace is not known`,
    });
  if (reads.has("hardwareClasses") && hardware.couldNotLook === true)
    return error("CLUSTER_UNAVAILABLE", {
      expected,
      found: "unknown",
      message: `${expected}: ${hardware.problem ?? "the hardware is not known"}`,
    });
  return undefined;
}
