import type { Variables } from "../expansion.ts";

/** Variables of `env`, over those around it. Made of the new ones alone: commands and variables must not multiply. */
export class Overlay implements Variables {
  readonly base: Variables;
  readonly over: ReadonlyMap<string, string>;

  constructor(base: Variables, over: ReadonlyMap<string, string>) {
    this.base = base;
    this.over = over;
  }

  get(name: string): string | undefined {
    return this.over.get(name) ?? this.base.get(name);
  }

  has(name: string): boolean {
    return this.over.has(name) || this.base.has(name);
  }
}
