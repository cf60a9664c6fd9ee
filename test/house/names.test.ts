import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "@jest/globals";
import { findExports } from "../../scripts/code/exports.ts";
import { findFunctions } from "../../scripts/code/functions.ts";
import { withSyntaxTrees } from "../../scripts/code/syntax-trees.ts";
import { listSources, root } from "./imports.ts";
import { mayImport } from "./rooms.ts";
import {
  allowedNames,
  forbiddenWords,
  idiomaticMembers,
  idiomaticNames,
  knownNames,
  phrasalVerbs,
  predicates,
  prepositions,
  verbs,
} from "./words.ts";

const sources = Object.keys(mayImport).flatMap(listSources);
const [exported, functions] = withSyntaxTrees(root, sources, (trees) => [
  trees.flatMap(findExports),
  trees.flatMap(findFunctions),
]);

it("no exported name uses a forbidden word or is a bare participle, but for the known ones that are still there", () => {
  const found = exported
    .filter(({ name, kind }) => wordsOf(name).some(isForbidden) || (kind === "type" && isParticiple(name)))
    .map(({ name }) => name)
    .filter((name) => !(name in allowedNames));
  expect([...new Set(found)].toSorted()).toEqual(Object.keys(knownNames).toSorted());
});

it("every exported function and type has a docstring", () => {
  const bare = exported.filter(({ kind, documented }) => kind !== "constant" && !documented);
  expect(bare.map(({ path, name }) => `${path} ${name}`)).toEqual([]);
});

it("names that keep a forbidden word are still there", () => {
  const names = new Set(exported.map(({ name }) => name));
  expect(Object.keys(allowedNames).filter((name) => !names.has(name))).toEqual([]);
});

it("exported functions start with a verb, but for those that are idiomatic", () => {
  const asking = new Set(functions.filter(({ isPredicate }) => isPredicate).map(({ path, name }) => `${path} ${name}`));
  const nouns = exported
    .filter(({ kind, name }) => kind === "function" && !startsWithVerb(name))
    .filter(({ path, name }) => !(predicates.has(wordsOf(name)[0] ?? "") && asking.has(`${path} ${name}`)))
    .map(({ name }) => name);
  expect([...new Set(nouns)].toSorted()).toEqual(Object.keys(idiomaticNames).toSorted());
});

it("no function is a noun with a preposition", () => {
  const named = functions.map(({ name }) => name).filter((name) => !(name in idiomaticNames) && isPlacedNoun(name));
  expect([...new Set(named)].toSorted()).toEqual(Object.keys(idiomaticMembers).toSorted());
});

it.each([
  ["placesOf", true],
  ["isOn", false],
  ["waitFor", false],
  ["nameOfModel", false],
])("%s: is a noun with a preposition: %p", (name, expected) => expect(isPlacedNoun(name)).toBe(expected));

it.each([
  ["readWorkload", true],
  ["toLine", true],
  ["sign", true],
  ["placesOf", false],
  ["nameOf", false],
  ["nameOfModel", true],
  ["workloadReader", false],
])("%s: starts with a verb: %p", (name, expected) => expect(startsWithVerb(name)).toBe(expected));

it.each([
  ["Asked", true],
  ["Loaded", true],
  ["Seed", false],
  ["Reading", false],
  ["LoadedFiles", false],
])("%s: is a bare participle: %p", (name, expected) => expect(isParticiple(name)).toBe(expected));

it("the glossary explains no word that is forbidden, and each word once", () => {
  const glossary = readFileSync(join(root, "docs/glossary.md"), "utf8");
  const explained = [...glossary.matchAll(/^\| \*\*([\w ]+)\*\*/gm)].map(([, word = ""]) => word);
  expect(explained.length).toBeGreaterThan(40);
  expect(explained.filter((word, at) => explained.indexOf(word) !== at || word in forbiddenWords)).toEqual([]);
});

function wordsOf(name: string): string[] {
  return (name.match(/[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])/g) ?? []).map((word) => word.toLowerCase());
}

function isForbidden(word: string): boolean {
  return word in forbiddenWords;
}

/** A type of one word that says what was done to something, and not what it is. */
function isParticiple(name: string): boolean {
  const nouns = /^(?:Reading|Meaning|Setting|Listing|Seed|Feed|Embed|Thing|String|Finding|Mapping)$/;
  const irregular =
    /^(?:Un)?(?:Broken|Found|Given|Got|Held|Kept|Known|Made|Seen|Said|Sent|Shown|Taken|Told|Understood|Written)$/;
  return !nouns.test(name) && (irregular.test(name) || /^[A-Z][a-z]+(?:ed|ing)$/.test(name));
}

function startsWithVerb(name: string): boolean {
  const [first = "", second, ...rest] = wordsOf(name);
  const isNoun = second !== undefined && prepositions.has(second) && rest.length === 0;
  return verbs.has(first) && !isNoun;
}

/** `placesOf`, but not `waitFor`, whose first word can only be a verb. */
function isPlacedNoun(name: string): boolean {
  const [first = "", second = "", ...rest] = wordsOf(name);
  return prepositions.has(second) && rest.length === 0 && !phrasalVerbs.has(first);
}
