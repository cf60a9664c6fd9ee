import { expect, it } from "@jest/globals";
import { Refusal } from "../../../registry/proxy/refusal.ts";
import { parseRoute } from "../../../registry/proxy/route.ts";
import { digest } from "./proxy.ts";

const repository = "quay.io/team/evals";
const id = "A".repeat(22);

/** The route, or the status that the target is refused with. */
function outcome(method: string, target: string): unknown {
  try {
    return parseRoute(method, target, repository);
  } catch (error) {
    if (error instanceof Refusal) return error.status;
    throw error;
  }
}

it.each<[string, string, object]>([
  ["GET", "/v2/", { kind: "ping" }],
  ["HEAD", "/v2/", { kind: "ping" }],
  ["GET", "/v2", { kind: "ping" }],
  ["PUT", "/v2/team/evals/manifests/v1", { kind: "manifest", reference: "v1" }],
  ["GET", `/v2/team/evals/manifests/${digest}`, { kind: "manifest", reference: digest }],
  ["HEAD", `/v2/team/evals/blobs/${digest}`, { kind: "blob", digest }],
  ["GET", `/v2/team/evals/blobs/sha512:${"0".repeat(128)}`, { kind: "blob", digest: `sha512:${"0".repeat(128)}` }],
  ["POST", "/v2/team/evals/blobs/uploads/", { kind: "uploads" }],
  ["POST", "/v2/team/evals/blobs/uploads", { kind: "uploads" }],
  ["POST", `/v2/team/evals/blobs/uploads/?mount=${digest}&from=team/other`, { kind: "uploads" }],
  ["PATCH", `/v2/team/evals/blobs/uploads/${id}`, { kind: "upload", id, digest: undefined }],
  ["PUT", `/v2/team/evals/blobs/uploads/${id}?digest=${encodeURIComponent(digest)}`, { kind: "upload", id, digest }],
  ["PUT", `/v2/team/evals/blobs/uploads/${id}?digest=${digest}&x=y`, { kind: "upload", id, digest }],
])("%s %s is understood", (method, target, route) => expect(outcome(method, target)).toEqual(route));

it("takes the query of a list, each parameter once and encoded anew", () => {
  const route = parseRoute("GET", "/v2/team/evals/tags/list?n=2&n=3&last=a%26b&%2e%2e=x", repository);
  expect("query" in route && route.query.toString()).toBe("n=2&last=a%26b");
});

it.each([
  "",
  "*",
  "/",
  "/v1/",
  "//v2/",
  "/v2//",
  "/v2/_catalog",
  "/token",
  "/v2/team",
  "/v2/team/evals",
  "/v2/team/evals/",
  "/v2/team/evals2/manifests/v1",
  "/v2/team/other/manifests/v1",
  "/v2/TEAM/evals/manifests/v1",
  "/v2/team/evals/sub/manifests/v1",
  "/v2/team/evals/manifests/",
  "/v2/team/evals/manifests/..",
  "/v2/team/evals/manifests/.",
  "/v2/team/evals/manifests/v1/",
  "/v2/team/evals/manifests/v1/../v2",
  "/v2/team/evals/../other/manifests/v1",
  "/v2/team/evals/manifests/../../other/manifests/v1",
  "/v2/team/evals/%2e%2e/other/manifests/v1",
  "/v2/team/evals/..%2fother/manifests/v1",
  "/v2/team/evals/manifests/..%2f..%2fother%2fmanifests%2fv1",
  "/v2/team/evals/manifests/%252e%252e%252fother",
  "/v2/team%2fevals/manifests/v1",
  "/v2/team/evals//manifests/v1",
  "/v2//team/evals/manifests/v1",
  "/v2/team/evals\\..\\other/manifests/v1",
  "/v2/team/evals;/manifests/v1",
  "/v2/team/evals/manifests/v1#/../../other",
  "/v2/team/evals/manifests/v1@sha256",
  "http://quay.io/v2/team/evals/manifests/v1",
  "https://other.example/v2/team/evals/manifests/v1",
  "//other.example/v2/team/evals/manifests/v1",
  "/v2/team/evals/blobs/sha256:abc",
  "/v2/team/evals/blobs/v1",
  `/v2/team/evals/blobs/${digest.toUpperCase()}`,
  `/v2/team/evals/blobs/${digest}/..`,
  "/v2/team/evals/blobs/uploads/..",
  "/v2/team/evals/blobs/uploads/short",
  `/v2/team/evals/blobs/uploads/${id}/..`,
  `/v2/team/evals/blobs/uploads/${id}%2f`,
  "/v2/team/evals/tags/list/",
  "/v2/team/evals/tags",
  "/v2/team/evals/referrers/v1",
])("%j is not served", (target) => {
  expect(["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE"].map((method) => outcome(method, target))).toEqual(
    Array.from({ length: 6 }, () => 403),
  );
});

it.each([
  ["DELETE", `/v2/team/evals/manifests/${digest}`],
  ["DELETE", `/v2/team/evals/blobs/${digest}`],
  ["POST", "/v2/team/evals/manifests/v1"],
  ["PUT", `/v2/team/evals/blobs/${digest}`],
  ["GET", "/v2/team/evals/blobs/uploads/"],
  ["POST", "/v2/"],
  ["OPTIONS", "/v2/"],
])("%s %s is a method that the proxy does not take", (method, target) => expect(outcome(method, target)).toBe(405));

it.each(["", "?digest=", "?digest=x", `?digest=${digest}&digest=${digest}`, `?Digest=${digest}`])(
  "an upload does not end with %j",
  (query) => expect(outcome("PUT", `/v2/team/evals/blobs/uploads/${id}${query}`)).toBe(400),
);
