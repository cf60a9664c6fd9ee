import type { Dialect } from "./dialect.ts";

/**
 * GitHub's registry issues tokens at `/token` for the service `ghcr.io` (https://github.com/devcontainers/cli/pull/341), sends
 * relative places for uploads (https://github.com/apple/swift-container-plugin/pull/44), redirects blobs to a store elsewhere
 * with 307 (https://github.com/containerd/stargz-snapshotter/pull/167), and answers 404 where referrers are asked for:
 * https://github.com/rtvkiz/minimal/issues/7
 */
export const ghcr: Dialect = {
  name: "GHCR",
  host: "ghcr.io",
  path: "acme/evals",
  user: "acme",
  login: { kind: "token", tokenPath: "/token", service: "ghcr.io", elsewhere: false },
  blobs: { status: 307, to: "elsewhere" },
  referrers: "tagged",
  missingRepository: "absent",
  uploads: { location: ({ repository, id }) => `/v2/${repository}/blobs/uploads/${id}` },
};
