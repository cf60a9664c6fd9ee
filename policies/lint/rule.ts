import type { PolicySet } from "../policy.ts";
import type { ExceptionDocument } from "../schema/exception.ts";
import type { PolicyDocument } from "../schema/policy.ts";
import type { PolicyTestDocument } from "../language/policy-test-schema.ts";

/** What a document that loaded may still have wrong with it. One rule, one file. */
export interface Rule {
  readonly policy?: (document: PolicyDocument, context: Context) => LintWarning[];
  readonly exception?: (document: ExceptionDocument, context: Context) => LintWarning[];
  readonly test?: (document: PolicyTestDocument, context: Context) => LintWarning[];
}

/** A remark at the path of a field. */
export interface LintWarning {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** What a lint rule looks at. */
export interface Context {
  readonly set: PolicySet;
  readonly now: Date;
  /** How far ahead an exception may expire and still be honoured. */
  readonly maxExceptionMs: number;
}
