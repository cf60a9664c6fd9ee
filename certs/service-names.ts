/**
 * The names of a Service inside its cluster. The API server calls a webhook by `<service>.<namespace>.svc`; the others are for
 * people. https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#service-reference
 */
export function listServiceNames(service: string, namespace: string): string[] {
  const qualified = `${service}.${namespace}`;
  return [`${qualified}.svc`, `${qualified}.svc.cluster.local`, qualified, service];
}
