import { withoutManagedFields } from "../../runtime/managed-fields.ts";

/**
 * How many values one object may hold: maps, lists, texts, numbers. An empty map takes three bytes of JSON and thirty times as
 * many when it is parsed, so that the API server's limit of 3 MiB by itself bounds no memory. Of 174 manifests, the densest
 * has a value in every 16 bytes, which makes 190,000 in 3 MiB.
 */
export const mostValues = 262_144;

/** An object of a review. */
export type ReviewedObject = "object" | "oldObject";

/** The JSON of a review, without what nobody reads. */
export interface ReviewJson {
  readonly text: string;
  /** The objects that hold more values than {@link mostValues}: they are null in the text. */
  readonly tooLarge: readonly ReviewedObject[];
}

/**
 * The text of a review with every `managedFields` list empty, and null for every object of too many values. Values are
 * counted without being parsed, in one pass and only where there is room for so many. What is not JSON stays as it
 * came, for JSON.parse to judge.
 */
export function readReviewJson(body: Buffer): ReviewJson {
  const text = withoutManagedFields(body);
  if (text.length < 2 * mostValues) return { text, tooLarge: [] };
  const tooLarge = findObjects(text).filter(({ values }) => values > mostValues);
  let kept = "";
  let copied = 0;
  for (const { start, end } of tooLarge) {
    kept += `${text.slice(copied, start)}null`;
    copied = end;
  }
  return { text: kept + text.slice(copied), tooLarge: tooLarge.map(({ name }) => name) };
}

/** Where an object under review stands in the text, and how many values it holds. */
interface ObjectSpan {
  readonly name: ReviewedObject;
  readonly start: number;
  readonly end: number;
  readonly values: number;
}

/** Maps lie in maps: the body, the request in it, and in that the object. */
const objectDepth = 3;
const objectKey = /"(object|oldObject)"\s*:\s*$/;
const longestKey = 32;

function findObjects(text: string): ObjectSpan[] {
  const spans: ObjectSpan[] = [];
  let depth = 0;
  let begun: Pick<ObjectSpan, "name" | "start"> | undefined;
  let values = 0;
  for (let at = 0; at < text.length; at += 1) {
    const byte = text[at];
    if (byte === '"') {
      at = endOfString(text, at + 1);
    } else if (byte === ",") {
      values += 1;
    } else if (byte === "{" || byte === "[") {
      depth += 1;
      const name = depth === objectDepth ? nameBefore(text, at) : undefined;
      if (name !== undefined) [begun, values] = [{ name, start: at }, 1];
      if (!isEmpty(text, at + 1)) values += 1;
    } else if (byte === "}" || byte === "]") {
      if (depth === objectDepth && begun !== undefined) {
        spans.push({ ...begun, end: at + 1, values });
        begun = undefined;
      }
      depth -= 1;
    }
  }
  return spans;
}

function nameBefore(text: string, at: number): ReviewedObject | undefined {
  const [, name] = objectKey.exec(text.slice(Math.max(0, at - longestKey), at)) ?? [];
  return name === "object" || name === "oldObject" ? name : undefined;
}

/** True where a list or map is closed as soon as it is opened: a comma begins each value but the first. */
function isEmpty(text: string, at: number): boolean {
  while (text[at] === " " || text[at] === "\n") at += 1;
  return text[at] === "}" || text[at] === "]";
}

/** Where the quote is that closes a string whose content begins at `at`; the end of the text where none does. */
function endOfString(text: string, at: number): number {
  for (let end = text.indexOf('"', at); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text[end - 1 - backslashes] === "\\") backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}
