import type { PrimaryScore } from "../../policies/artifact.ts";
import { show } from "../../policies/show.ts";
import { refused } from "../errors.ts";
import { toNumber } from "./metrics.ts";

/**
 * What a card's context says about one benchmark: with a primary score, a verdict can be computed again. EvalHub's server
 * leaves `lower_is_better` out where it is false.
 */
export interface Rule {
  readonly id: string;
  readonly provider_id?: string | null | undefined;
  readonly primary_score?:
    | { readonly metric?: string | null | undefined; readonly lower_is_better?: boolean | null | undefined }
    | null
    | undefined;
}

interface Judged {
  readonly id: string;
  readonly provider_id?: string | null | undefined;
  readonly test?:
    | {
        /** Numbers as text, such as `1e-05`. */
        readonly primary_score?: string | number | null | undefined;
        readonly threshold?: string | number | null | undefined;
        readonly pass: boolean;
      }
    | null
    | undefined;
}

/** Which rule a card states for a benchmark; undefined where it states none. */
export type RuleOf = (id: string, provider: string | null | undefined) => Rule | undefined;

function toKey(id: string, provider: string | null | undefined): string {
  return JSON.stringify([id, provider ?? null]);
}

/** The first rule for each benchmark, whose rows are then found without going through all of them. */
export function listRulesByRow(rules: readonly Rule[]): RuleOf {
  const first = new Map<string, Rule>();
  for (const rule of rules.toReversed()) first.set(toKey(rule.id, rule.provider_id), rule);
  return (id, provider) => first.get(toKey(id, provider));
}

/**
 * The verdict of one row; undefined where it carries none, which is not a pass.
 *
 * Where the card tells of the primary score, and so which way is better, a pass must follow from score and threshold; meeting the
 * threshold exactly is a pass. Where it does not, as in every card of a collection, the verdict is taken as it stands. A job may
 * list a benchmark several times: the server judges all of its rows by the first entry, and so does this.
 * Throws ARTIFACT_INVALID for a pass that its own numbers contradict, or whose numbers are none.
 */
export function readVerdict({ id, test }: Judged, own: Rule | undefined): boolean | undefined {
  if (test?.pass !== true) return test?.pass;
  const score = parseNumber(id, test.primary_score);
  const threshold = parseNumber(id, test.threshold);
  if (score === undefined || threshold === undefined) return true;
  const { primary_score: primary } = own ?? {};
  if (primary === undefined || primary === null) return true;
  if (primary.lower_is_better === true ? score <= threshold : score >= threshold) return true;
  throw refused("ARTIFACT_INVALID", `${show(id)} is said to have passed with a score of ${score} against ${threshold}`);
}

/** What the verdict of one row rests on; undefined where it does not say it. Throws ARTIFACT_INVALID for what is no number. */
export function readPrimaryScore({ id, test }: Judged, own: Rule | undefined): PrimaryScore | undefined {
  const value = parseNumber(id, test?.primary_score);
  return value === undefined ? undefined : { value, metric: own?.primary_score?.metric ?? undefined };
}

function parseNumber(id: string, text: string | number | null | undefined): number | undefined {
  if (text === undefined || text === null || text === "") return undefined;
  const number = toNumber(text);
  if (number !== undefined) return number;
  throw refused(
    "ARTIFACT_INVALID",
    `the score or threshold of ${show(id)} is ${show(String(text))}, which is not a number`,
  );
}
