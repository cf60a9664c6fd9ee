import type { Dialect } from "./dialect.ts";

const host = "europe-west3-docker.pkg.dev";

/**
 * Google's Artifact Registry issues tokens at `/v2/token` for the service of its own host
 * (https://github.com/apple/container/issues/2274) to the users `oauth2accesstoken` and `_json_key`
 * (https://cloud.google.com/artifact-registry/docs/docker/authentication). Blobs are fetched from `/artifacts-downloads/…` with
 * no header (https://github.com/ahmetb/serverless-registry-proxy/issues/8), and sent to `/artifacts-uploads/…`
 * (https://github.com/oras-project/rust-oci-client/pull/175). Who asks for referrers is sent to a page for signing in, as
 * others found: https://github.com/awslabs/soci-snapshotter/blob/main/docs/registry.md#failure-examples
 */
export const artifactRegistry: Dialect = {
  name: "Artifact Registry",
  host,
  path: "acme-project/evals/granite",
  user: "_json_key",
  login: { kind: "token", tokenPath: "/v2/token", service: host, elsewhere: false },
  blobs: {
    status: 302,
    to: { path: "/artifacts-downloads/namespaces/acme/repositories/{repository}/downloads/{digest}" },
  },
  referrers: "sign-in",
  missingRepository: "absent",
  uploads: {
    location: ({ repository, id }) => `/artifacts-uploads/namespaces/acme/repositories/${repository}/uploads/${id}`,
  },
  routes: [
    ["download", /^\/artifacts-downloads\/namespaces\/acme\/repositories\/(.+)\/downloads\/([^/]+)$/],
    ["upload", /^\/artifacts-uploads\/namespaces\/acme\/repositories\/(.+)\/uploads\/([^/]+)$/],
  ],
};
