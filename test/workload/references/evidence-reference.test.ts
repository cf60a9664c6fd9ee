import { describe, it, expect } from "@jest/globals";
import * as fc from "fast-check";
import { parseReference, parseReferences } from "../../../workload/references/evidence-reference.ts";
import { digestOf } from "../../support/artifacts.ts";

const digest = digestOf("evidence");

describe("parseReference", () => {
  it.each([
    ["host and path", `quay.io/acme/evals@${digest}`, "quay.io/acme/evals"],
    ["a port", `registry.acme.internal:5000/evals@${digest}`, "registry.acme.internal:5000/evals"],
    ["localhost", `localhost/evals@${digest}`, "localhost/evals"],
    ["EvalHub's https scheme and tag", `https://quay.io/org/repo:tag@${digest}`, "quay.io/org/repo"],
    ["T03 a tag, which is ignored", `quay.io/acme/evals:latest@${digest}`, "quay.io/acme/evals"],
  ])("reads %s", (_, text, repository) => {
    expect(parseReference(text)).toEqual({ kind: "full", text, repository, digest });
  });

  it("reads a bare digest", () => {
    expect(parseReference(digest)).toEqual({ kind: "bare", text: digest, digest });
  });

  it.each([
    ["T03 a tag alone", "quay.io/acme/evals:latest"],
    ["T03 neither tag nor digest", "quay.io/acme/evals"],
    ["T04 another algorithm", `quay.io/acme/evals@sha512:${"a".repeat(128)}`],
    ["T04 upper-case hex", `quay.io/acme/evals@sha256:${"A".repeat(64)}`],
    ["T04 an upper-case algorithm", `quay.io/acme/evals@SHA256:${"a".repeat(64)}`],
    ["T04 short hex", `quay.io/acme/evals@${digest.slice(0, -1)}`],
    ["T04 long hex", `quay.io/acme/evals@${digest}0`],
    ["T04 a line end after the digest", `${digest}\n`],
    ["T04 a zero-width joiner after the digest", `${digest}\u200D`],
    ["T04 a blank before the digest", ` ${digest}`],
    ["T04 sha256: twice", `quay.io/acme/evals@sha256:${digest}`],
    ["T04 @ twice", `quay.io/acme/evals@${digest}@${digest}`],
    ["T11 no host", `acme/evals@${digest}`],
    ["T11 no path", `quay.io@${digest}`],
    ["T11 an empty path", `quay.io/@${digest}`],
    ["T11 parent folders", `quay.io/acme/../evals@${digest}`],
    ["T11 encoded parent folders", `quay.io/acme/%2e%2e/evals@${digest}`],
    ["T11 a query", `quay.io/acme/evals?a=b@${digest}`],
    ["T11 a fragment", `quay.io/acme/evals#a@${digest}`],
    ["T11 a backslash", `quay.io\\acme/evals@${digest}`],
    ["T11 an unknown scheme", `file://quay.io/acme/evals@${digest}`],
    ["T11 two schemes", `https://https://quay.io/acme/evals@${digest}`],
    ["T11 a doubled slash", `quay.io//evals@${digest}`],
    ["T11 a slash at the end", `quay.io/evals/@${digest}`],
    ["T11 an upper-case path", `quay.io/Acme/evals@${digest}`],
    ["T11 two tags", `quay.io/acme/evals:a:b@${digest}`],
    ["T11 a homoglyph in the host", `qu\u0430y.io/acme/evals@${digest}`],
    ["T10 an address in IPv6", `[::1]:5000/evals@${digest}`],
    ["T05 more than 1024 characters", `quay.io/${"a/".repeat(600)}evals@${digest}`],
    ["nothing", ""],
  ])("refuses %s", (_, text) => {
    expect(parseReference(text)).toMatchObject({ kind: "malformed", text });
  });

  it.each([
    ["and by digest", `user:s3cret@quay.io/acme/evals@${digest}`, `***@quay.io/acme/evals@${digest}`],
    ["in a URL", `https://user:s3cret@quay.io/acme/evals@${digest}`, `https://***@quay.io/acme/evals@${digest}`],
    ["in a URL without a digest", "https://user:s3cret@quay.io/acme/evals", "https://***@quay.io/acme/evals"],
    ["with an @ in it", `user:s3@cret@quay.io/acme/evals@${digest}`, `***@quay.io/acme/evals@${digest}`],
    ["alone", `s3cret@quay.io/acme/evals:v1`, `***@quay.io/acme/evals:v1`],
  ])("refuses a login in front of the host, and repeats it nowhere (T11, T56): %s", (_, text, shown) => {
    const reference = parseReference(text);
    expect(reference).toEqual({
      kind: "malformed",
      text: shown,
      problem: expect.stringContaining("has a login in front of its host"),
    });
    expect(JSON.stringify(reference)).not.toContain("cret");
  });

  it("T11 reads back what it would write", () => {
    const segment = fc.stringMatching(/^[a-z0-9]{1,8}(?:(?:\.|_|__|-{1,3})[a-z0-9]{1,8}){0,2}$/);
    const host = fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,6}[a-z0-9])?\.[a-z]{2,6}(?::[0-9]{1,5})?$/);
    const hex = fc.stringMatching(/^[0-9a-f]{64}$/);
    const path = fc.array(segment, { minLength: 1, maxLength: 4 });
    const tag = fc.option(fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,20}$/), { nil: undefined });
    fc.assert(
      fc.property(host, path, tag, hex, (name, segments, label, digits) => {
        const repository = `${name}/${segments.join("/")}`;
        const text = `${repository}${label === undefined ? "" : `:${label}`}@sha256:${digits}`;
        expect(parseReference(text)).toEqual({ kind: "full", text, repository, digest: `sha256:${digits}` });
      }),
    );
  });

  it("T11 takes nothing for a repository but host, slash and path, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (name) => {
        const reference = parseReference(`${name}@${digest}`);
        if (reference.kind === "full") expect(reference.repository).toMatch(/^[a-z0-9.:-]+(?:\/[a-z0-9._-]+)+$/);
      }),
    );
  });
});

describe("parseReferences", () => {
  const a = `quay.io/acme/a@${digest}`;
  const b = `quay.io/acme/b@${digest}`;
  it.each([
    ["a comma", `${a},${b}`],
    ["a comma and blanks", `${a} , ${b}`],
    ["a line end", `${a}\n${b}`],
    ["blanks and tabs", `${a} \t\r\n ${b}`],
  ])("separates by %s", (_, text) => {
    expect(parseReferences(text).map((reference) => reference.text)).toEqual([a, b]);
  });

  it.each([
    ["at the start", `,${a}`],
    ["at the end", `${a},`],
    ["at the end, as a line end", `${a}\n`],
    ["doubled", `${a},,${b}`],
    ["alone", ","],
    ["missing, with nothing around it", ""],
  ])("keeps an empty reference as malformed where a separator stands %s", (_, text) => {
    expect(parseReferences(text).map(({ kind }) => kind)).toContain("malformed");
  });

  it("takes no other white space for a separator", () => {
    expect(parseReferences(`${a}\u00A0${b}`)).toMatchObject([{ kind: "malformed" }]);
  });
});
