import { setFlagsFromString } from "node:v8";

/**
 * Has V8 collect what is dead before the heap has doubled, where it would let it grow by more, and leaves the place for what
 * is new as small as it is at the beginning. For commands that move much through little memory, on machines that have other work.
 */
export function keepHeapSmall(): void {
  setFlagsFromString("--heap-growing-percent=100");
  setFlagsFromString("--semi-space-growth-factor=1");
}
