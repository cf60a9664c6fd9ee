import { describe, expect, it } from "@jest/globals";
import { parseReview } from "../../../webhook/admission/review.ts";
import { createGuard } from "../../../webhook/admission/namespace-guard.ts";
import { guard as guardConfig } from "../../../config/cluster-config.ts";
import type { ReviewResponse } from "../../../webhook/admission/response.ts";
import type { Json } from "../../support/builders/json.ts";
import { review } from "../../support/builders/review.ts";

type Labels = Readonly<Record<string, string>> | undefined;

const environment = "assaygate.dev/environment";
const exclude = "assaygate.dev/exclude";

function namespace(labels: Labels): Json {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name: "prod", ...(labels && { labels }) } };
}

function ask(
  before: Labels | null,
  after: Labels | null,
  change: Json = {},
  config: Json = {},
): ReviewResponse["response"] {
  const object = after === null ? null : namespace(after);
  const oldObject = before === null ? null : namespace(before);
  const operation = before === null ? "CREATE" : after === null ? "DELETE" : "UPDATE";
  const request = review(namespace({}), { operation, ...change }) as { request: Json };
  const whole = { ...request, request: { ...request.request, object, oldObject } };
  return createGuard(guardConfig.parse(config))(parseReview(whole)).response;
}

const admin = { userInfo: { username: "root", groups: ["system:masters", "system:authenticated"] } };

describe("POST /guard (T50)", () => {
  it.each<[string, Labels | null, Labels | null, string]>([
    ["adding", {}, { [exclude]: "true" }, "added"],
    ["adding the first label of all", undefined, { [exclude]: "true" }, "added"],
    ["adding an empty value", {}, { [exclude]: "" }, "added"],
    ["changing", { [environment]: "production" }, { [environment]: "development" }, "changed"],
    ["removing", { [environment]: "production", team: "a" }, { team: "a" }, "removed"],
    ["removing every label", { [environment]: "production" }, undefined, "removed"],
    ["creating a namespace with one", null, { [environment]: "production" }, "added"],
  ])("refuses %s by anybody", (_, before, after, what) => {
    const response = ask(before, after);
    expect(response).toMatchObject({ allowed: false, status: { code: 403, reason: "Forbidden" } });
    expect(response.status?.message).toMatch(
      new RegExp(
        `^assaygate: Namespace prod refused: metadata\\.labels\\[assaygate\\.dev/\\w+\\]: may only be ${what} by members of system:masters`,
      ),
    );
    expect(response.status?.message).toContain("jane@example.com");
    expect(ask(before, after, admin)).toMatchObject({ allowed: true });
  });

  it.each<[string, Labels | null, Labels | null]>([
    ["a namespace without them", null, { team: "a" }],
    ["a namespace without labels", null, undefined],
    ["another label", { [environment]: "production" }, { [environment]: "production", team: "b" }],
    ["nothing", { [environment]: "production" }, { [environment]: "production" }],
    ["a deletion", { [environment]: "production" }, null],
    ["a label that only begins like one", {}, { "assaygate.dev/environment2": "x" }],
    ["a label with a name of every object", {}, { constructor: "x", toString: "y" }],
  ])("allows %s", (_, before, after) => expect(ask(before, after)).toMatchObject({ allowed: true }));

  it("names every label that it refuses", () => {
    const { status } = ask({ [environment]: "production" }, { [exclude]: "true" });
    expect(status?.details.causes.map(({ field }) => field)).toEqual([
      `metadata.labels[${environment}]`,
      `metadata.labels[${exclude}]`,
    ]);
  });

  it("believes the authenticated user only, as configured", () => {
    const config = { labels: ["*/tier"], groups: ["acme:platform"], users: ["argocd"] };
    const change = [{}, { "acme.example/tier": "gold" }] as const;
    const as = (username: string, ...groups: string[]): Json => ({ userInfo: { username, groups } });
    expect(ask(...change, as("argocd"), config).allowed).toBe(true);
    expect(ask(...change, as("jane", "acme:platform"), config).allowed).toBe(true);
    expect(ask(...change, as("acme:platform", "argocd"), config).allowed).toBe(false);
    expect(ask(...change, as("root", "system:masters"), config).allowed).toBe(false);
    expect(ask(...change, as(""), { ...config, groups: [], users: [] }).status?.message).toContain("by nobody");
  });

  it.each([
    ["no old object", { object: namespace({}), oldObject: null }],
    ["no object", { object: null, oldObject: namespace({}) }],
    ["labels that are none", { object: { metadata: { labels: [exclude] } }, oldObject: namespace({}) }],
    ["a label that is no text", { object: { metadata: { labels: { [exclude]: 7 } } }, oldObject: namespace({}) }],
    ["another kind", { kind: { group: "", version: "v1", kind: "Pod" } }],
  ])("refuses an update with %s", (_, change) => {
    const { request, ...rest } = review(namespace({}), { operation: "UPDATE" }) as { request: Json };
    const response = createGuard(guardConfig.parse({}))(parseReview({ ...rest, request: { ...request, ...change } }));
    expect(response.response.allowed).toBe(false);
  });
});
