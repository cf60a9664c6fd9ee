import { Observable, type ConfigurationOptions, type ObservableMiddleware } from "@kubernetes/client-node";

/** Options of one call by @kubernetes/client-node that end it when the signal says so. The client has no limit of its own. */
export function endingWith(signal: AbortSignal): ConfigurationOptions {
  const middleware: ObservableMiddleware = {
    pre(request) {
      request.setSignal(signal);
      return new Observable(Promise.resolve(request));
    },
    post: (response) => new Observable(Promise.resolve(response)),
  };
  return { middleware: [middleware], middlewareMergeStrategy: "append" };
}
