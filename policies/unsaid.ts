import { defaultAnnotationKeys } from "./annotation-keys.ts";
import type { Evaluation } from "./evaluation.ts";
import type { AnnotationField } from "./schema/policy.ts";
import { show } from "./show.ts";
import type { StringMap } from "./workload.ts";

/** What producers call a field where they do not use our keys, without the punctuation. */
const words: Readonly<Partial<Record<AnnotationField, readonly string[]>>> = {
  modelName: ["model", "modelname", "modelid", "basemodel"],
  modelVersion: ["modelversion", "modelrevision", "modeltag"],
  modelFamily: ["modelfamily", "family"],
  modelDigest: ["modeldigest", "modelsha256"],
  quantization: ["quantization", "quantisation", "quant", "modelquantization"],
  environment: ["environment", "env"],
  hardwareClass: ["hardwareclass", "hardware", "hardwaretags", "accelerator", "gpu"],
  complianceTags: ["compliancetags", "compliancetag", "compliance"],
  collectionId: ["collectionid", "collection"],
  collectionVersion: ["collectionversion"],
  createdAt: ["createdat", "completedat", "evaluatedat"],
};

const allWords: ReadonlySet<string> = new Set(Object.values(words).flat());

/** Annotations are attacker-controlled and many: no more than these are looked at. */
const maxKeys = 256;
const maxKeyLength = 256;

/**
 * An annotation that most likely means the field under a key that nothing reads, such as `environment` or
 * `com.example.model_family`. For messages only: it never counts. Undefined where there is none.
 */
export function findUnreadAnnotation(annotations: StringMap, field: AnnotationField): string | undefined {
  const meant = words[field] ?? [];
  return Object.keys(annotations)
    .slice(0, maxKeys)
    .find((key) => key.length <= maxKeyLength && listEndings(key).some((ending) => meant.includes(ending)));
}

/** Whether an annotation's key may mean a field, whatever reads it. */
export function isLikeField(key: string): boolean {
  return key.length <= maxKeyLength && listEndings(key).some((ending) => allWords.has(ending));
}

/** What a key ends with: its last word, and its last two. A vendor's prefix means nothing. */
function listEndings(key: string): string[] {
  const parts = key
    .toLowerCase()
    .split(/[./]/)
    .map((part) => part.replace(/[^a-z0-9]/g, ""));
  const [last = "", before = ""] = [parts.at(-1), parts.at(-2)];
  return [last, `${before}${last}`];
}

/** What to add to a message about a field that an evaluation does not say, and what to do about it. */
export interface UnsaidField {
  /** For the end of a clause: empty, or in brackets, with a blank before it. */
  readonly note: string;
  readonly remedy: string;
}

/** For a check that finds the field missing. */
export function explainUnsaid({ annotations }: Pick<Evaluation, "annotations">, field: AnnotationField): UnsaidField {
  const [canonical] = defaultAnnotationKeys[field];
  const unread = findUnreadAnnotation(annotations, field);
  if (unread === undefined)
    return { note: "", remedy: `Publish the evaluation again with the annotation ${canonical}, which says it.` };
  const said = show(`${unread}=${annotations[unread] ?? ""}`);
  return {
    note: ` (it has ${said}, an annotation that this policy does not read)`,
    remedy: `Name ${show(unread)} in the policy's annotationKeys.${field}, or publish the evaluation again with ${canonical}.`,
  };
}
