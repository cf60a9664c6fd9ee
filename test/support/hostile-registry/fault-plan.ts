import type { Fault, RecordedRequest, RequestKind } from "./exchange.ts";

/** Which requests a fault is for. Whatever is not given matches all. */
export interface FaultScope {
  readonly repository?: string;
  readonly kind?: RequestKind;
  /** Digest or tag. */
  readonly reference?: string;
  /** How often, before the next fault or the truth has its turn. Default: for ever. */
  readonly times?: number;
}

/** The misbehaviour that is planned, in the order in which it was. */
export interface FaultPlan {
  readonly add: (fault: Fault, scope?: FaultScope) => void;
  readonly clear: () => void;
  /** The fault that answers this request, used up by one. */
  readonly take: (request: RecordedRequest) => Fault | undefined;
}

export function createFaultPlan(): FaultPlan {
  const planned: { fault: Fault; scope: FaultScope; left: number }[] = [];
  const fits = ({ repository, kind, reference }: FaultScope, request: RecordedRequest): boolean =>
    (repository ?? request.repository) === request.repository &&
    (kind ?? request.kind) === request.kind &&
    (reference ?? request.reference) === request.reference;
  return {
    add: (fault, scope = {}) => void planned.push({ fault, scope, left: scope.times ?? Number.POSITIVE_INFINITY }),
    clear: () => void planned.splice(0),
    take(request) {
      const found = planned.find(({ scope, left }) => left > 0 && fits(scope, request));
      if (found === undefined) return undefined;
      found.left -= 1;
      return found.fault;
    },
  };
}
