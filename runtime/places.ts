import type { Asker } from "./asker.ts";
import { TimeUp } from "./unless-aborted.ts";

/** How many places there are. */
export interface PlacesOptions {
  /** What each owner always has, whatever the others do. */
  readonly own: number;
  /** What there is beyond, for all owners together; none of them holds more of it than `own`. */
  readonly shared: number;
}

/** One who waits for a place, or has one. */
export interface Ticket {
  /** Resolves to what gives the place back, once there is one; rejects with TimeUp. */
  readonly taken: Promise<() => void>;
  /** Waits for another asker as well, so that nobody waits longer for having joined somebody else. */
  addAsker(asker: Asker): void;
}

/** `owner` is whose places they are, such as a registry's. */
export type TakePlace = (owner: string, askers: Iterable<Asker>, signal: AbortSignal) => Ticket;

type Take = (lane: Lane) => void;

/** One tenant's: how many places it holds, and who waits, by asker. */
interface Lane {
  held: number;
  readonly waiting: Map<Asker, Set<Take>>;
}

interface Owner {
  held: number;
  /** By tenant. Here as in a lane, whoever had a turn goes to the end. */
  readonly lanes: Map<string, Lane>;
}

/** All places of one sort, and who has them. */
interface Places extends PlacesOptions {
  readonly owners: Map<string, Owner>;
  /** How many of the shared places are taken. */
  borrowed: number;
}

/**
 * Places that belong to an owner first and are shared second, so that one whose work never ends takes nobody else's. Of an
 * owner's places no tenant holds more than `own`, which is half of what there can be. Tenants take turns, and so do the askers
 * of one tenant.
 */
export function createPlaces(options: PlacesOptions): TakePlace {
  const places: Places = { ...options, owners: new Map(), borrowed: 0 };
  return (name, askers, signal) => {
    const owner = places.owners.get(name) ?? { held: 0, lanes: new Map<string, Lane>() };
    places.owners.set(name, owner);
    const ticket = issueTicket(places, name, owner, signal);
    for (const asker of askers) ticket.addAsker(asker);
    return ticket;
  };
}

function issueTicket(places: Places, name: string, owner: Owner, signal: AbortSignal): Ticket {
  const { promise: taken, resolve, reject } = Promise.withResolvers<() => void>();
  const lanes = new Map<Asker, Lane>();
  let waits = true;
  const stopWaiting = (): void => {
    waits = false;
    for (const [asker, lane] of lanes) leaveLane(lane, asker, take);
    signal.removeEventListener("abort", giveUp);
  };
  const take: Take = (lane) => {
    stopWaiting();
    if (owner.held >= places.own) places.borrowed += 1;
    owner.held += 1;
    lane.held += 1;
    resolve(() => release(places, name, owner, lane));
  };
  const giveUp = (): void => {
    stopWaiting();
    forget(places.owners, name, owner);
    reject(new TimeUp({ cause: signal.reason }));
  };
  signal.addEventListener("abort", giveUp, { once: true });
  if (signal.aborted) giveUp();
  return {
    taken,
    addAsker(asker) {
      if (!waits) return;
      lanes.set(asker, enterLane(owner, asker, take));
      serve(places, owner);
    },
  };
}

function hasPlace({ own, shared, borrowed }: Places, { held }: Owner): boolean {
  return held < own || (held < 2 * own && borrowed < shared);
}

/** Gives what is free to those who wait at one owner. */
function serve(places: Places, owner: Owner): void {
  while (hasPlace(places, owner)) {
    const next = [...owner.lanes].find(([, { held, waiting }]) => waiting.size > 0 && held < places.own);
    if (next === undefined) return;
    const [tenant, lane] = next;
    toTheEnd(owner.lanes, tenant, lane);
    takeFirst(lane);
  }
}

function release(places: Places, name: string, owner: Owner, lane: Lane): void {
  const { own, shared, owners } = places;
  if (owner.held > own) places.borrowed -= 1;
  owner.held -= 1;
  lane.held -= 1;
  serve(places, owner);
  forget(owners, name, owner);
  if (shared === 0) return;
  // What was borrowed goes round.
  const round = [...owners];
  for (const [other, waiting] of round) {
    if (places.borrowed >= shared) return;
    toTheEnd(owners, other, waiting);
    serve(places, waiting);
  }
}

function enterLane({ lanes }: Owner, asker: Asker, take: Take): Lane {
  const lane = lanes.get(asker.tenant) ?? { held: 0, waiting: new Map<Asker, Set<Take>>() };
  lanes.set(asker.tenant, lane);
  const own = lane.waiting.get(asker) ?? new Set();
  lane.waiting.set(asker, own.add(take));
  return lane;
}

function leaveLane({ waiting }: Lane, asker: Asker, take: Take): void {
  const own = waiting.get(asker);
  own?.delete(take);
  if (own?.size === 0) waiting.delete(asker);
}

function takeFirst(lane: Lane): void {
  const [next] = lane.waiting;
  if (next === undefined) return;
  const [asker, takes] = next;
  toTheEnd(lane.waiting, asker, takes);
  const [first] = takes;
  first?.(lane);
}

function toTheEnd<K, V>(map: Map<K, V>, key: K, value: V): void {
  map.delete(key);
  map.set(key, value);
}

/** Those who neither hold a place nor wait for one. */
function forget(owners: Map<string, Owner>, name: string, { lanes }: Owner): void {
  for (const [tenant, { held, waiting }] of lanes) if (held === 0 && waiting.size === 0) lanes.delete(tenant);
  if (lanes.size === 0) owners.delete(name);
}
