import { setFlagsFromString } from "node:v8";

/**
 * Sets V8 up for a command, before anything of it is loaded: compiled code that was kept is taken only with the flags that it was
 * kept with.
 */
export function limitHeap(command: string | undefined): void {
  if (command === "push" || command === "pull" || command === "audit") keepHeapSmall();
  if (command === "audit") keepCompilersSmall();
}

/**
 * Has V8 collect what is dead before the heap has doubled, where it would let it grow by more, and leaves the place for what
 * is new as small as it is at the beginning. For commands that move much through little memory, on machines that have other work.
 */
function keepHeapSmall(): void {
  setFlagsFromString("--heap-growing-percent=100");
  setFlagsFromString("--semi-space-growth-factor=1");
}

/**
 * Has V8 compile less at the same time, for commands that run much code for a few seconds. Its middle compiler works on hundreds
 * of functions at once, of which each holds its working memory until all threads have come round, some 20 MiB. So it is left out,
 * and the last one, which takes them one by one, is asked earlier. undici's parser of HTTP is WebAssembly, of which that one takes
 * 20 MiB more. It stays as it is compiled first. Nothing of that is given back to the system.
 */
function keepCompilersSmall(): void {
  setFlagsFromString("--no-maglev");
  setFlagsFromString("--invocation-count-for-turbofan=1500");
  setFlagsFromString("--no-wasm-tier-up");
  setFlagsFromString("--no-wasm-dynamic-tiering");
}
