import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import * as z from "zod";
import { verifyNotation } from "../../../evidence/signature/notation/verify.ts";

const { now, target, certificates, envelope } = z
  .object({
    now: z.string().transform((text) => new Date(text)),
    target: z.object({ mediaType: z.string(), digest: z.string(), size: z.number() }),
    certificates: z.string(),
    envelope: z.looseObject({ signature: z.string() }),
  })
  .parse(JSON.parse(readFileSync(join(import.meta.dirname, "fixture", "notation.json"), "utf8")));

const trust = {
  stores: new Map([["tests", { type: "ca" as const, certificates }]]),
  trustStore: "tests",
  identities: ["x509.subject: C=US, ST=WA, O=Notary"],
};
const bytes = Buffer.from(JSON.stringify(envelope));

describe("a signature that notation 1.3.2 made", () => {
  it("is verified", async () => {
    expect(await verifyNotation(bytes, target, trust, now)).toMatchObject({ verified: true });
  });

  it("proves nothing about another artifact", async () => {
    expect(await verifyNotation(bytes, { ...target, size: target.size + 1 }, trust, now)).toMatchObject({
      code: "TARGET_MISMATCH",
    });
  });

  it("proves nothing to those who trust somebody else", async () => {
    const stranger = { ...trust, identities: ["x509.subject: C=US, ST=WA, O=Acme"] };
    expect(await verifyNotation(bytes, target, stranger, now)).toMatchObject({ code: "IDENTITY_NOT_TRUSTED" });
  });
});
