import type { Fields } from "./shape.ts";
import type { Kind } from "./kinds/kinds.ts";
import { canWriteModelFiles } from "./models/container-models.ts";
import { listModelVolumes } from "./models/locate.ts";
import type { ReadContainer, ReadPod } from "./models/read-pod.ts";
import { findPlaces, findValues } from "./path.ts";
import { isFields, joinPath } from "./shape.ts";

/**
 * What may run a model, as the object writes it: a reader that stopped early, or that found a container opaque, says the same of
 * many objects that are not the same. Two readings with equal workloads differ here if anything that counts was exchanged.
 *
 * A container counts that holds a server or a download, may reach an accelerator, or can write to the files of a model; and
 * every one where nothing names a model, but for those that `kubectl debug` adds. Of what counts everything is kept but fields
 * that change neither what runs nor what it sees. Takes linear time.
 */
export function describeWhatRuns(
  object: Fields,
  kind: Kind,
  pods: readonly ReadPod[],
  operated: ReadonlySet<string>,
  isNamed: boolean,
) {
  const unread = unreadByPath(object, kind);
  return {
    pods: pods.map((pod) => {
      const files = listModelVolumes(pod);
      return pod.containers
        .filter((read) => counts(read, files, pod, operated) || (!isNamed && !isEphemeral(read)))
        .map((read) => asWritten(read, pod, unread.get(read.container.path) ?? []));
    }),
    fields: fieldsBeside(object, kind, unread),
  };
}

function counts(read: ReadContainer, files: ReadonlySet<string>, pod: ReadPod, operated: ReadonlySet<string>): boolean {
  if (read.servers.length > 0 || read.downloads.length > 0 || read.call !== undefined) return true;
  return read.reaches || operated.has(read.container.path) || canWriteModelFiles(read, files, pod);
}

function isEphemeral({ container: { path } }: ReadContainer): boolean {
  return /(?:^|\.)ephemeralContainers\[\d+\]$/.test(path);
}

/** Of a container: what surrounds the program, and what runs beside it is kept as `hooks`. */
const unreadOfContainer: KeySet = new Set([
  "name",
  "resources",
  "resizePolicy",
  "ports",
  "imagePullPolicy",
  "lifecycle",
  "startupProbe",
  "livenessProbe",
  "readinessProbe",
  "restartPolicy",
  "restartPolicyRules",
  "stdin",
  "stdinOnce",
  "tty",
  "terminationMessagePath",
  "terminationMessagePolicy",
]);

function asWritten(
  { container, call, mounts, reaches }: ReadContainer,
  { volumes }: ReadPod,
  besides: readonly KeySet[],
) {
  const { path, fields, hooks, requests } = container;
  const mounted = new Set(mounts.map(({ volume }) => volume));
  return {
    path,
    reaches,
    hooks,
    requests: call && requests,
    fields: without(fields, [unreadOfContainer, ...besides]),
    volumes: [...mounted].map((name) => volumes.byName.get(name)?.fields),
  };
}

/**
 * A PodSpec's own fields. What they say of hardware and of reach stands in the reading; containers and volumes are compared one
 * by one; the others are about when and where a pod runs. An operator's fields beside them are something else.
 */
const fieldsOfPod: KeySet = new Set([
  "activeDeadlineSeconds",
  "affinity",
  "automountServiceAccountToken",
  "containers",
  "dnsConfig",
  "dnsPolicy",
  "enableServiceLinks",
  "ephemeralContainers",
  "hostAliases",
  "hostIPC",
  "hostNetwork",
  "hostPID",
  "hostUsers",
  "hostname",
  "hostnameOverride",
  "imagePullSecrets",
  "initContainers",
  "nodeName",
  "nodeSelector",
  "os",
  "overhead",
  "preemptionPolicy",
  "priority",
  "priorityClassName",
  "readinessGates",
  "resourceClaims",
  "resources",
  "restartPolicy",
  "runtimeClassName",
  "schedulerName",
  "schedulingGates",
  "securityContext",
  "serviceAccount",
  "serviceAccountName",
  "setHostnameAsFQDN",
  "shareProcessNamespace",
  "subdomain",
  "terminationGracePeriodSeconds",
  "tolerations",
  "topologySpreadConstraints",
  "volumes",
]);

type KeySet = ReadonlySet<string>;
type Unread = ReadonlyMap<string, readonly KeySet[]>;

/** What is left out of which of the operator's own objects, by their JSON paths. One may be several things at once. */
function unreadByPath(object: Fields, kind: Kind): Unread {
  const unread = new Map<string, KeySet[]>();
  const leaveOut = (path: string, keys: KeySet): void => {
    unread.set(path, [...(unread.get(path) ?? []), keys]);
  };
  for (const { path, except } of kind.compared)
    for (const { path: at } of findValues(object, path)) if (except.size > 0) leaveOut(at, except);
  for (const path of kind.templates) {
    for (const { path: at } of findPlaces(object, path)) {
      leaveOut(at, metadataOfPod);
      leaveOut(joinPath(at, "spec"), fieldsOfPod);
    }
  }
  for (const { path, containers } of kind.podSpecs) {
    for (const pod of findPlaces(object, path)) {
      leaveOut(pod.path, fieldsOfPod);
      for (const inline of containers)
        for (const { path: at } of findPlaces(pod.fields, inline, pod.path)) leaveOut(at, unreadOfContainer);
    }
  }
  return unread;
}

/** Which of it policies read is theirs to say, see unchanged.ts. */
const metadataOfPod: KeySet = new Set(["metadata"]);

/** What the kind says that its operator reads; of pods in it only the operator's own fields. */
function fieldsBeside(object: Fields, kind: Kind, unread: Unread): unknown[] {
  const onTheWay = new Set([...unread.keys()].flatMap(prefixes));
  const left = (value: unknown, path: string): unknown => {
    if (!onTheWay.has(path)) return value;
    if (Array.isArray(value)) return value.map((item: unknown, at) => left(item, `${path}[${at}]`));
    if (!isFields(value)) return value;
    const entries = Object.entries(without(value, unread.get(path) ?? []));
    return Object.fromEntries(entries.map(([key, item]) => [key, left(item, joinPath(path, key))]));
  };
  return kind.compared.map(({ path }) => findValues(object, path).map(({ path: at, value }) => [at, left(value, at)]));
}

/** The path itself, and those that lead to it. */
function prefixes(path: string): string[] {
  return [...path.matchAll(/[.[]|$/g)].map(({ index }) => path.slice(0, index));
}

function without(value: Fields, keys: readonly KeySet[]): Fields {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.some((set) => set.has(key))));
}
