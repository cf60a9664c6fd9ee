/** An object as an Event names it. https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-reference/ */
export interface EventObject {
  /** `group/version`, and the version alone for core. */
  readonly apiVersion: string;
  readonly kind: string;
  /** Empty for an object that lies in no namespace. */
  readonly namespace: string;
  readonly name: string;
  /** `kubectl describe` finds by it. */
  readonly uid?: string | undefined;
}

/** What is to be said in an Event. */
export interface EventDraft {
  readonly about: EventObject;
  /** The other object that it is about, where there is one. */
  readonly related?: EventObject | undefined;
  /** Of the policy that asked; empty where none did. */
  readonly policy: string;
  /** The code of a reason, at most 128 characters. */
  readonly reason: string;
  /** What the gate did, such as `Deny`. */
  readonly action: string;
  /** One line. */
  readonly note: string;
  /** Who brought it about, such as a namespace: what may be raised is shared between these first. */
  readonly tenant: string;
}

/** Who raises Events. */
export interface EventSource {
  /** Who it is to every reader, such as `assaygate.dev/gate`. */
  readonly controller: string;
  /** Which replica. */
  readonly instance: string;
}

/** How often an Event has happened, and when last. */
export interface EventSeries {
  readonly count: number;
  readonly lastObserved: Date;
}

/** Events about what lies in no namespace have to lie in this one. */
const namespaceOfOthers = "default";
/** The API server's own limits, in bytes. https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/ */
const maxNoteBytes = 1024;
const maxInstanceBytes = 128;

/** The path at which Events about an object are made. */
export function toEventsPath({ namespace }: EventObject): string {
  return `/apis/events.k8s.io/v1/namespaces/${encodeURIComponent(chooseNamespace(namespace))}/events`;
}

/** The object that the API server is sent. */
export function toEvent(draft: EventDraft, name: string, at: Date, { controller, instance }: EventSource): object {
  const { about, related, reason, action, note } = draft;
  return {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    metadata: { name, namespace: chooseNamespace(about.namespace) },
    eventTime: toMicroTime(at),
    type: "Warning",
    reason,
    action,
    note: clipBytes(note, maxNoteBytes),
    regarding: toReference(about),
    ...(related && { related: toReference(related) }),
    reportingController: controller,
    reportingInstance: clipBytes(instance, maxInstanceBytes),
  };
}

/** The change of an Event that has happened again. */
export function toSeriesPatch({ count, lastObserved }: EventSeries): object {
  return { series: { count, lastObservedTime: toMicroTime(lastObserved) } };
}

function toReference({ apiVersion, kind, namespace, name, uid }: EventObject): object {
  return { apiVersion, kind, name, ...(namespace !== "" && { namespace }), ...(uid !== undefined && { uid }) };
}

function chooseNamespace(namespace: string): string {
  return namespace === "" ? namespaceOfOthers : namespace;
}

/** Cuts between characters. */
function clipBytes(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text;
  const ellipsis = "…";
  const room = maxBytes - Buffer.byteLength(ellipsis);
  const cut = Buffer.from(text)
    .subarray(0, room)
    .toString("utf8")
    .replace(/\ufffd+$/, "");
  return `${cut}${ellipsis}`;
}

/** RFC 3339 with microseconds, as the API wants them. */
function toMicroTime(time: Date): string {
  return time.toISOString().replace(/Z$/, "000Z");
}
