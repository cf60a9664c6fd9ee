import { readDocuments, type PolicyFile, type Problem, type SourceDocument } from "../language/document.ts";
import { exceptionDocument } from "../schema/exception.ts";
import { policyDocument } from "../schema/policy.ts";
import { policyTestDocument } from "../language/policy-test-schema.ts";
import { aliases } from "./aliases.ts";
import { declaredNames } from "./declared-names.ts";
import { declaredUnsaid } from "./declared-unsaid.ts";
import { doubtAdmits } from "./doubt-admits.ts";
import { exceptionTimes } from "./exception-times.ts";
import { idleNewest } from "./idle-newest.ts";
import { oddCharacters } from "./odd-characters.ts";
import { openEnvironment } from "./open-environment.ts";
import { patternsOnly } from "./patterns-only.ts";
import { preRegistered } from "./pre-registered.ts";
import { requesterWrites } from "./requester-writes.ts";
import type { Context, LintWarning, Rule } from "./rule.ts";
import { unknownNames } from "./unknown-names.ts";

const rules: readonly Rule[] = [
  oddCharacters,
  requesterWrites,
  declaredUnsaid,
  declaredNames,
  aliases,
  openEnvironment,
  patternsOnly,
  preRegistered,
  doubtAdmits,
  idleNewest,
  exceptionTimes,
  unknownNames,
];

/** What is odd about the documents of a file that loaded, in its place. None of it keeps a gate from using them. */
export function listWarnings(file: PolicyFile, context: Context): Problem[] {
  return readDocuments(file).flatMap((document) => {
    if (Array.isArray(document)) return [];
    return listAllWarnings(document, context).map(({ path, message }) => document.locateProblem(path, message));
  });
}

function listAllWarnings({ value }: SourceDocument, context: Context): LintWarning[] {
  const policy = policyDocument.safeParse(value).data;
  const exception = exceptionDocument.safeParse(value).data;
  const test = policyTestDocument.safeParse(value).data;
  if (policy !== undefined) return rules.flatMap((rule) => rule.policy?.(policy, context) ?? []);
  if (exception !== undefined) return rules.flatMap((rule) => rule.exception?.(exception, context) ?? []);
  return test === undefined ? [] : rules.flatMap((rule) => rule.test?.(test, context) ?? []);
}
