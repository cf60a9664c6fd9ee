import semver from "semver";
import type { VersionRule } from "../policy.ts";

const looksLikeRange = /[\s<>^~|*=]|(?:^|\.)[xX](?:\.|$)/;

/**
 * A rule over versions: compared as strings unless a range is written; a range is one of node-semver and never matches
 * what is not a version in its strict spelling (`v1.2.0` and `1.2` are not). Undefined when the range cannot be read.
 * https://github.com/npm/node-semver#ranges
 */
export function compileVersionRule(text: string): VersionRule | undefined {
  if (!looksLikeRange.test(text)) return { text, allows: (version) => version === text };
  if (semver.validRange(text) === null) return undefined;
  const range = new semver.Range(text);
  return {
    text,
    allows(version) {
      const parsed = semver.parse(version);
      return parsed?.raw === version && /^[0-9]/.test(version) && range.test(parsed);
    },
  };
}
