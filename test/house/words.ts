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
    "create decide decode define delete deny describe detect digest discard draw encode ensure evaluate expand expect explain export extract fail " +
    "fetch fill find follow format freeze gather generate get group handle hash identify interpret intersect issue join keep limit list listen " +
    "load locate log make manage map match measure merge name normalize observe open outline pack parse pass pause peek plan prefer print " +
    "provide pull push put read record refuse register reject relay remember remove render replace replay report require resolve respond restore " +
    "run say select send serve set show shorten sign skip sort split start stop stream strip subscribe suggest take transform " +
    "translate triage trust unpack unwrap update validate verify visit wait walk warn watch wrap write"
  ).split(" "),
);

/** What makes a noun of a single word before it: `nameOf` is not a verb. */
export const prepositions: ReadonlySet<string> = new Set("of in at for on by".split(" "));
