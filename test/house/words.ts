/** Words that no exported name uses, with the words of the field that mean it. `docs/glossary.md` says what those mean. */
export const forbiddenWords: Readonly<Record<string, string>> = {
  exhibit: "candidate",
  exhibits: "candidates",
  disproof: "FailResult",
  doubt: "ErrorResult",
  judgement: "evaluation, or a result",
  judge: "evaluate",
  judged: "evaluated",
  remark: "warning",
  remarks: "warnings",
  objection: "rejection, or FieldError",
  soften: "exempt",
  softens: "exempts",
  softening: "exemption",
  settle: "complete, promote or resolve",
  fly: "run",
  land: "forget",
  slot: "place",
  slots: "places",
  contend: "runLeaderElection",
  duty: "task",
  sighting: "observed record",
  beat: "renew",
  outside: "unmatched",
  sink: "target",
  parts: "dependencies, or options",
  asked: "request",
  wanted: "options",
  manager: "what it does",
  helper: "what it does",
  util: "what it does",
  utils: "what it does",
};

/**
 * Exported names that still use a forbidden word or are a bare participle, with the name that will replace them. Add none;
 * whoever renames one takes it out.
 */
export const knownNames: Readonly<Record<string, string>> = {};

/** Names that use such a word and keep it. */
export const allowedNames: Readonly<Record<string, string>> = {
  HelperOptions: "Docker's credential helpers are called so",
  HelperName: "Docker's credential helpers are called so",
  makeHelperIdentity: "Docker's credential helpers are called so",
  intersectParts: "parts of a device",
  doubtAdmits: "the lint rule doubt-admits is printed under that name",
};

/** What exported functions start with. `to`, `from`, `as`, `with`, `without` make one value of another; `is`, `has`, `may` ask. */
export const verbs: ReadonlySet<string> = new Set(
  (
    "to from as with without is has may can " +
    "add admit allow apply assign attach attest audit bind bound build carry catch check clip classify close collect combine compare compose compile connect convert count " +
    "choose create decide decode define delete deny describe detect digest discard draw encode ensure evaluate expand expect explain export extract fail " +
    "fetch fill find follow format freeze gather generate get group handle hash identify interpret intersect issue join keep limit list listen " +
    "load locate log make manage map match measure memoize merge name normalize observe open outline pack parse pass pause peek pipe plan prefer print " +
    "provide pull push put read record refuse register reject relay remember remove render replace replay report require resolve respond restore " +
    "run say select send serve set show shorten sign skip sort split start stop stream strip subscribe suggest take transform " +
    "translate triage trust unpack unwrap update validate verify visit wait walk warn watch wrap write"
  ).split(" "),
);

/** What else exported functions start with that answer yes or no: such a name is the question, without its "whether it". */
export const predicates: ReadonlySet<string> = new Set("asks installs leads names needs reaches replaces".split(" "));

/** Exported functions that start with no verb, and why they read better so. Add none that a verb can say. */
export const idiomaticNames: Readonly<Record<string, string>> = {
  absent: "what a registry came to, thrown under the name of its `kind`: `throw absent(…)`",
  refused: "as `absent`",
  unavailable: "as `absent`",
  error: "what a check comes to, under the name of its `outcome`, beside `fail`, `passWith` and `skip`",
  andThen: "as promises have `then`, for a value that may be at hand",
  allOf: "as `Promise.all`, for such values",
  both: "as `allOf`, for two of different types",
  deepFreeze: "the usual name for `Object.freeze` of everything below",
  sha256: "the name of the function in its specification",
};

/** Functions inside a file, or members of what others define, that are a noun and a preposition and keep it. */
export const idiomaticMembers: Readonly<Record<string, string>> = {
  validFor: "sigstore's TrustMaterial calls it so",
};

/** Verbs that a preposition may follow: `waitFor`, `parseAt`, `isOn`. */
export const phrasalVerbs: ReadonlySet<string> = new Set(
  "advise count discover expect go is list match parse pause read report run sign verify wait".split(" "),
);

/** What makes a noun of a single word before it: `nameOf` is not a verb. */
export const prepositions: ReadonlySet<string> = new Set("of in at for on by".split(" "));
