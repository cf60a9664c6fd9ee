import type { Dialect } from "./dialect.ts";

/**
 * Quay issues tokens itself, at `/v2/auth` (https://github.com/quay/claircore/pull/879, where a path that leads nowhere is
 * answered with 401), for robots that are named `<organisation>+<name>`, and lists referrers:
 * https://docs.redhat.com/en/documentation/red_hat_quay/3.17/html/red_hat_quay_api_reference/referrers
 */
export const quay: Dialect = {
  name: "Quay",
  host: "quay.io",
  path: "acme/evals",
  user: "acme+gate",
  login: { kind: "token", tokenPath: "/v2/auth", service: "quay.io", elsewhere: false },
  blobs: "sent",
  referrers: "listed",
  missingRepository: "denied",
  uploads: {},
};
