import { isUtf8 } from "node:buffer";
import { show } from "../policies/show.ts";
import { refused, type EvidenceError } from "./errors.ts";
import { limits } from "./limits.ts";

/**
 * The JSON value in attacker-controlled bytes, when every reader would understand the same by it: valid UTF-8 without a byte
 * order mark, no key twice in one object however it is spelled, no `__proto__`, no key that cannot be written without escapes,
 * nothing nested deeper than `limits.jsonDepth`, no object with more than `limits.jsonKeys` keys. Everything else is
 * ARTIFACT_INVALID.
 */
export function parseStrictJson(bytes: Uint8Array): unknown {
  if (!isUtf8(bytes)) throw notJson();
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  try {
    return JSON.parse(withPlainKeys(text));
  } catch (error) {
    throw error instanceof SyntaxError ? notJson({ cause: error }) : error;
  }
}

function notJson(options?: ErrorOptions): EvidenceError {
  return refused("ARTIFACT_INVALID", "it is not JSON in UTF-8", options);
}

const quote = 0x22;
const backslash = 0x5c;

/**
 * One pass over the text before it is parsed: refuses what is ambiguous, and returns the text with every key written without
 * escapes, because JSON.parse may take an escaped key for another one that it met before. It may misread text that is not
 * JSON, because JSON.parse then refuses that. https://github.com/nodejs/node/issues/63785
 */
function withPlainKeys(text: string): string {
  const keysOfOpenObjects: Set<string>[] = [];
  const rewritten: string[] = [];
  let copied = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === "{" || character === "[") {
      depth += 1;
      if (depth > limits.jsonDepth)
        throw refused("ARTIFACT_INVALID", `its JSON is nested deeper than ${limits.jsonDepth}`);
      if (character === "{") keysOfOpenObjects.push(new Set());
    } else if (character === "}" || character === "]") {
      depth -= 1;
      if (character === "}") keysOfOpenObjects.pop();
    } else if (character === '"') {
      const end = endOfString(text, at);
      if (isKey(text, end)) {
        const literal = text.slice(at, end);
        const plain = plainKey(literal);
        addKey(keysOfOpenObjects.at(-1), plain.slice(1, -1));
        if (plain !== literal) {
          rewritten.push(text.slice(copied, at), plain);
          copied = end;
        }
      }
      at = end - 1;
    }
  }
  return rewritten.length === 0 ? text : `${rewritten.join("")}${text.slice(copied)}`;
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === quote) return at + 1;
    if (code === backslash) at += 1;
  }
  return text.length;
}

/** In JSON, a string before a colon is a key of the innermost open object. */
function isKey(text: string, end: number): boolean {
  let at = end;
  while (text[at] === " " || text[at] === "\n" || text[at] === "\r" || text[at] === "\t") at += 1;
  return text[at] === ":";
}

/** The same key in quotes, without escapes. */
function plainKey(literal: string): string {
  if (!literal.includes("\\")) return literal;
  const plain = JSON.stringify(String(JSON.parse(literal)));
  if (!plain.includes("\\")) return plain;
  throw refused("ARTIFACT_INVALID", "its JSON has a key with a quote, a backslash or a control character");
}

function addKey(keys: Set<string> | undefined, key: string): void {
  if (key === "__proto__") throw refused("ARTIFACT_INVALID", "its JSON has a key __proto__");
  if (keys !== undefined && keys.size >= limits.jsonKeys) {
    throw refused("ARTIFACT_INVALID", `its JSON has an object with more than ${limits.jsonKeys} keys`);
  }
  if (keys?.has(key) === true)
    throw refused("ARTIFACT_INVALID", `its JSON has the key ${show(key)} twice in one object`);
  keys?.add(key);
}
