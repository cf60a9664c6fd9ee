/** How much may happen: so many at once, and then so many a second. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** What each tenant may do, and what all of them may together. */
export interface ThrottleLimits {
  readonly own: Rate;
  readonly all: Rate;
}

/** True where the tenant may do one more thing now: it is taken then. */
export type Throttle = (tenant: string) => boolean;

/** A token bucket: what is left, and when that was so. */
interface Bucket {
  tokens: number;
  atMs: number;
}

/** Tenants that are remembered. One that has all of its tokens back is as good as unknown. */
const maxTenants = 1_024;

/**
 * A token bucket for each tenant, and one for all of them: whoever does too much uses up what is its own, and leaves the others
 * theirs. Memory is bounded: with too many tenants that have done something of late, a further one may do nothing.
 */
export function createThrottle({ own, all }: ThrottleLimits, nowMs: () => number): Throttle {
  const shared: Bucket = { tokens: all.burst, atMs: nowMs() };
  const tenants = new Map<string, Bucket>();
  return (tenant) => {
    const at = nowMs();
    refill(shared, all, at);
    const bucket = tenants.get(tenant) ?? { tokens: own.burst, atMs: at };
    refill(bucket, own, at);
    if (bucket.tokens < 1 || shared.tokens < 1) return false;
    if (!tenants.has(tenant) && !hasRoom(tenants, own, at)) return false;
    tenants.set(tenant, bucket);
    bucket.tokens -= 1;
    shared.tokens -= 1;
    return true;
  };
}

function refill(bucket: Bucket, { burst, perSecond }: Rate, atMs: number): void {
  const gained = (Math.max(atMs - bucket.atMs, 0) / 1_000) * perSecond;
  bucket.tokens = Math.min(burst, bucket.tokens + gained);
  bucket.atMs = atMs;
}

function hasRoom(tenants: Map<string, Bucket>, own: Rate, atMs: number): boolean {
  if (tenants.size < maxTenants) return true;
  for (const [tenant, bucket] of tenants) {
    refill(bucket, own, atMs);
    if (bucket.tokens >= own.burst) tenants.delete(tenant);
  }
  return tenants.size < maxTenants;
}
