import { randomBytes } from "node:crypto";
import type { KubeClient } from "../cluster/client.ts";
import { describeFailure, hasStatus, KubeError } from "../cluster/kube-error.ts";
import { toEvent, toEventsPath, toSeriesPatch, type EventDraft, type EventSource } from "./event.ts";
import type { Throttle } from "./throttle.ts";

/**
 * What became of an Event. `aggregated`: one that says the same is there and will count it. `dropped`: too many were raised.
 * `failed`: the API server would not have it, or could not be reached.
 */
export type EventOutcome = "written" | "aggregated" | "dropped" | "failed";

/** Who is told of Events. */
export interface EventObserver {
  counted(outcome: EventOutcome): void;
  /** Why one was not written, in one line. */
  failed(problem: string): void;
  /** One was written. */
  written(): void;
}

/** What raising Events needs. */
export interface EventOptions extends EventSource {
  readonly client: Pick<KubeClient, "post" | "mergePatch">;
  readonly throttle: Throttle;
  readonly observer: EventObserver;
  now(): Date;
  /** How often Events that happened again are told so, in milliseconds. */
  readonly flushMs?: number;
}

/** Raises Events, later and in order. */
export interface Events {
  /** Returns at once, and never throws: what cannot be raised is counted. */
  raise(draft: EventDraft): void;
  stop(): void;
}

/** An Event that is there, or is about to be. */
interface RaisedEvent {
  readonly path: string;
  readonly name: string;
  readonly draft: EventDraft;
  isWritten: boolean;
  count: number;
  /** How often it had happened when the API server was last told. */
  told: number;
  lastObserved: Date;
}

/** Events that wait to be written. More are dropped. */
const maxWaiting = 256;
/** Events that are remembered, so that what happens again is counted in them. */
const maxRemembered = 1_024;
/** One that has not happened again for so long is over: what comes then is a new one. client-go's events say the same of a series. */
const overAfterMs = 6 * 60_000;
const defaultFlushMs = 30_000;
/** Of Events that happened again, at each flush. */
const maxToldAtOnce = 64;

/**
 * Raises Events beside the reviews: nobody waits for it, and a burst is bounded three times: what happens again is counted in
 * the Event that is there, a tenant has so many new ones, and so many may wait. Nothing that goes wrong here is anybody else's
 * business: it is counted, and said once.
 */
export function createEvents(options: EventOptions): Events {
  const stopped = new AbortController();
  const state: State = { ...options, stopped: stopped.signal, raised: new Map(), waiting: [], isSending: false };
  const timer = setInterval(() => tellSeries(state), options.flushMs ?? defaultFlushMs).unref();
  return {
    raise: (draft) => raise(state, draft),
    stop() {
      stopped.abort();
      clearInterval(timer);
      state.waiting.length = 0;
    },
  };
}

interface State extends EventOptions {
  readonly stopped: AbortSignal;
  /** By what they say of what. */
  readonly raised: Map<string, RaisedEvent>;
  readonly waiting: (() => Promise<void>)[];
  isSending: boolean;
}

function raise(state: State, draft: EventDraft): void {
  const { raised, observer, throttle, waiting } = state;
  if (state.stopped.aborted) return;
  const key = toKey(draft);
  const known = raised.get(key);
  if (known !== undefined) {
    known.count += 1;
    known.lastObserved = state.now();
    observer.counted("aggregated");
    return;
  }
  if (waiting.length >= maxWaiting || !throttle(draft.tenant)) return observer.counted("dropped");
  const event = toRaised(draft, state.now());
  remember(raised, key, event);
  enqueue(state, () => write(state, key, event));
}

/** What is said, and of what: the note may differ, as the name of a pod does in it. */
function toKey({ about, policy, reason, action }: EventDraft): string {
  const { apiVersion, kind, namespace, name, uid } = about;
  return JSON.stringify([policy, reason, action, apiVersion, kind, namespace, name, uid]);
}

function toRaised(draft: EventDraft, now: Date): RaisedEvent {
  const name = `assaygate.${randomBytes(8).toString("hex")}`;
  return { path: toEventsPath(draft.about), name, draft, isWritten: false, count: 1, told: 1, lastObserved: now };
}

function remember(raised: Map<string, RaisedEvent>, key: string, event: RaisedEvent): void {
  const [oldest] = raised.keys();
  if (raised.size >= maxRemembered && oldest !== undefined) raised.delete(oldest);
  raised.set(key, event);
}

/** One at a time: they are in nobody's way. */
function enqueue(state: State, send: () => Promise<void>): void {
  state.waiting.push(send);
  if (!state.isSending) void sendAll(state);
}

async function sendAll(state: State): Promise<void> {
  state.isSending = true;
  for (let send = state.waiting.shift(); send !== undefined; send = state.waiting.shift()) await send();
  state.isSending = false;
}

async function write(state: State, key: string, event: RaisedEvent): Promise<void> {
  const { client, stopped, raised } = state;
  await attempt(state, async () => {
    try {
      await client.post(event.path, toEvent(event.draft, event.name, event.lastObserved, state), stopped);
      event.isWritten = true;
    } catch (cause) {
      raised.delete(key);
      throw cause;
    }
  });
}

/** Tells the API server how often Events have happened by now, and forgets those that are over. */
function tellSeries(state: State): void {
  if (state.isSending) return;
  const nowMs = state.now().getTime();
  const due = [...state.raised].filter(([, { isWritten, count, told }]) => isWritten && count > told);
  for (const [key, event] of due.slice(0, maxToldAtOnce)) enqueue(state, () => tellOne(state, key, event));
  for (const [key, { lastObserved, count, told }] of state.raised)
    if (count === told && nowMs - lastObserved.getTime() > overAfterMs) state.raised.delete(key);
}

async function tellOne(state: State, key: string, event: RaisedEvent): Promise<void> {
  const { client, stopped, raised } = state;
  const { count, lastObserved } = event;
  await attempt(state, async () => {
    try {
      await client.mergePatch(`${event.path}/${event.name}`, toSeriesPatch({ count, lastObserved }), stopped);
      event.told = count;
    } catch (cause) {
      // It is kept for an hour at most: what happens next is a new one.
      if (hasStatus(cause, 404)) raised.delete(key);
      throw cause;
    }
  });
}

async function attempt(state: State, send: () => Promise<void>): Promise<void> {
  const { observer, stopped } = state;
  try {
    await send();
    observer.counted("written");
    observer.written();
  } catch (cause) {
    if (stopped.aborted) return;
    observer.counted("failed");
    observer.failed(describeFailure(cause));
    if (cause instanceof KubeError && cause.status === undefined) dropWaiting(state);
  }
}

/** An API server that gives no answer is not asked for each of them. */
function dropWaiting({ waiting, raised, observer }: State): void {
  for (const _ of waiting.splice(0)) observer.counted("dropped");
  for (const [key, { isWritten }] of raised) if (!isWritten) raised.delete(key);
}
