import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { parseChallenges } from "../../../../registry/remote/authorization/challenge.ts";

/** Challenges as plain data. */
function parsed(header: string | string[] | undefined): unknown {
  return parseChallenges(header)?.map(({ scheme, parameters }) => ({ [scheme]: Object.fromEntries(parameters) }));
}

const quote = (text: string): string => `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;

describe("WWW-Authenticate", () => {
  it.each<[string, string | string[] | undefined, unknown]>([
    ["no header", undefined, []],
    ["an empty one", "", []],
    ["a scheme alone", "Negotiate", [{ negotiate: {} }]],
    ["Basic", 'Basic realm="r"', [{ basic: { realm: "r" } }]],
    [
      "Bearer as registries send it",
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/alpine:pull"',
      [
        {
          bearer: {
            realm: "https://auth.docker.io/token",
            service: "registry.docker.io",
            scope: "repository:library/alpine:pull",
          },
        },
      ],
    ],
    [
      "commas inside quotes",
      'Bearer scope="repository:a:pull,push",realm=x',
      [{ bearer: { scope: "repository:a:pull,push", realm: "x" } }],
    ],
    ["escapes", String.raw`Basic realm="a \"b\" \\ c"`, [{ basic: { realm: String.raw`a "b" \ c` } }]],
    ["blanks around = and ,", 'Bearer realm = "x" , service\t=\ty', [{ bearer: { realm: "x", service: "y" } }]],
    ["names in any case", 'BEARER Realm="x"', [{ bearer: { realm: "x" } }]],
    [
      "two challenges in a line",
      'Bearer realm="x", Basic realm="y"',
      [{ bearer: { realm: "x" } }, { basic: { realm: "y" } }],
    ],
    ["two lines", ['Bearer realm="x"', 'Basic realm="y"'], [{ bearer: { realm: "x" } }, { basic: { realm: "y" } }]],
    ["a token68", 'Negotiate YII==, Basic realm="y"', [{ negotiate: {} }, { basic: { realm: "y" } }]],
    ["empty list elements", ', ,Basic realm="y",,', [{ basic: { realm: "y" } }]],
    ["the same name in two challenges", 'A realm="x", B realm="y"', [{ a: { realm: "x" } }, { b: { realm: "y" } }]],
  ])("reads %s", (_, header, expected) => {
    expect(parsed(header)).toEqual(expected);
  });

  it.each<[string, string | string[]]>([
    ["T08: a parameter twice", 'Bearer realm="https://good",realm="https://evil"'],
    ["T08: a parameter twice in other case", 'Bearer realm="https://good",REALM="https://evil"'],
    ["a quote that does not close", 'Bearer realm="x'],
    ["an escape at the end", 'Bearer realm="x\\'],
    ["text behind a quote", 'Bearer realm="x"y'],
    ["no comma between parameters", 'Bearer realm="x" service="y"'],
    ["a URL without quotes", "Bearer realm=https://quay.io/token"],
    ["a control character in quotes", 'Bearer realm="x\u0000y"'],
    ["a parameter without a scheme", 'realm="x"'],
    ["one good line and one bad", ['Basic realm="x"', 'Bearer realm="']],
  ])("refuses %s", (_, header) => {
    expect(parseChallenges(header)).toBeUndefined();
  });

  it("gives back whatever was quoted", () => {
    const value = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCodePoint(code)) });
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 4 }), (pairs) => {
        const header = pairs.map(([realm, service]) => `Bearer realm=${quote(realm)}, service=${quote(service)}`);
        expect(parsed(header.join(", "))).toEqual(pairs.map(([realm, service]) => ({ bearer: { realm, service } })));
      }),
    );
  });

  it("answers for every text", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", " ", "=", ",", '"', "\\", "/") }), (text) => {
        const challenges = parseChallenges(text);
        expect(challenges === undefined || Array.isArray(challenges)).toBe(true);
      }),
    );
  });
});
