import { type Answer, empty, errorAnswer, type RecordedRequest } from "./exchange.ts";
import { blobsOf, digestOf, type Store, subjectOf } from "./store.ts";

/** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-manifests */
const maxManifestBytes = 4 * 1024 * 1024;

/**
 * Takes a manifest as it was sent, by tag or by digest. What it names must be there already. `listsReferrers`: whether the
 * answer says that the registry will list it under its subject.
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-manifests-with-subject
 */
export function putManifest(store: Store, request: RecordedRequest, url: string, listsReferrers: boolean): Answer {
  const { repository, reference, body, headers } = request;
  const digest = digestOf(body);
  if (body.length > maxManifestBytes) return errorAnswer(413, "MANIFEST_INVALID");
  if (reference.startsWith("sha256:") && reference !== digest) return errorAnswer(400, "DIGEST_INVALID");
  if (blobsOf(body).some((blob) => store.blob(repository, blob).status !== 200))
    return errorAnswer(400, "MANIFEST_BLOB_UNKNOWN");
  const mediaType = headers["content-type"];
  store.putManifest(repository, body, {
    ...(mediaType !== undefined && { mediaType }),
    ...(reference !== digest && { tag: reference }),
  });
  const subject = subjectOf(body);
  return empty(201, {
    location: `${url}/v2/${repository}/manifests/${digest}`,
    "docker-content-digest": digest,
    ...(listsReferrers && subject !== undefined && { "oci-subject": subject }),
  });
}
