import { merge, type Json } from "./json.ts";

/** The AdmissionReview that the API server would send; `change` is merged into the request. */
export function review(object: Json, change: Json = {}): Json {
  const { kind, apiVersion, metadata } = object as {
    kind: string;
    apiVersion: string;
    metadata: { name: string; namespace?: string };
  };
  const [group, version] = apiVersion.includes("/") ? apiVersion.split("/") : ["", apiVersion];
  const request = {
    uid: "705ab4f5-6393-11e8-b7cc-42010a800002",
    kind: { group, version, kind },
    resource: { group, version, resource: `${kind.toLowerCase()}s` },
    name: metadata.name,
    namespace: metadata.namespace ?? "",
    operation: "CREATE",
    userInfo: { username: "jane@example.com", groups: ["system:authenticated"] },
    object,
    oldObject: null,
    dryRun: false,
    options: { apiVersion: "meta.k8s.io/v1", kind: "CreateOptions" },
  };
  return { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", request: merge(request, change) };
}
