/**
 * The version of decision records that this gate writes, and reads. Fields may be added within it. Apart from their schema, which
 * only those build who read records.
 */
export const recordVersion = "assaygate.dev/decision-record/v1";
