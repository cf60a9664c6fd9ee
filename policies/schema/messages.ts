/** Messages that the schema shares with what is checked after it. */
export const messages = {
  asksForNothing: "asks for nothing: every evaluation would satisfy it",
  minAboveMax: "min is greater than max",
  leavesOutEverything: "leaves out every workload that match covers: say which ones to leave out",
  selectorValues: "In and NotIn need values, Exists and DoesNotExist take none",
  oneSource: "needs exactly one of annotation, label, namespaceLabel, argument",
  metricAndBounds: "metric goes with min or max, and min and max with metric",
  metricOrPassed: "asks for nothing: give a metric with min or max, or passed: true",
  oneSigner: "needs exactly one of cosign, notation",
} as const;
