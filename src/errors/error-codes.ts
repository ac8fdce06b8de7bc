/** What is known about an error code apart from the occasion: see docs/errors.md, which a test compares. */
interface ErrorCodeFacts {
  /** Whether the same request may succeed later without a change to it. */
  readonly retryable: boolean;
  readonly meaning: string;
}

/** Every error code of Millrace. A code never changes its meaning; a new meaning is a new code. */
export const errorCodes = {
  // Declarations
  "declaration-invalid": { retryable: false, meaning: "A declaration of a service contradicts itself." },
  "json-schema-missing": { retryable: false, meaning: "A schema cannot tell its JSON Schema." },
  "configuration-invalid": {
    retryable: false,
    meaning: "A setting is missing or has a value that is not accepted.",
  },
  "authentication-undecided": {
    retryable: false,
    meaning: "Outside development a service must say how callers are authenticated.",
  },

  // References
  "reference-not-yet-known": {
    retryable: true,
    meaning: "What a command refers to is not known here yet, and the service that owns it may have it.",
  },
  "reference-unconfirmed": {
    retryable: true,
    meaning: "What is known of something that a command refers to is older than may be trusted.",
  },

  // Requests
  "request-malformed": { retryable: false, meaning: "The request is not what the route takes." },
  "data-invalid": { retryable: false, meaning: "Data does not fit its schema." },
  "text-refused": {
    retryable: false,
    meaning: "Text holds U+0000 or a lone surrogate, which not every store can keep.",
  },
  "payload-too-large": {
    retryable: false,
    meaning: "A body or an event is larger than allowed, or the key or indexed text of a row is.",
  },
  "headers-too-large": {
    retryable: false,
    meaning: "The headers of a request, its URL among them, are larger than allowed.",
  },
  "request-late": { retryable: true, meaning: "The request did not arrive within the time allowed." },
  "aggregate-not-found": { retryable: false, meaning: "No aggregate with this id exists." },
  "aggregate-exists": {
    retryable: false,
    meaning: "The creating command names an aggregate that exists already.",
  },
  "command-unknown": { retryable: false, meaning: "The aggregate has no command of this name." },
  "version-not-found": { retryable: false, meaning: "The stream has no event of this version." },
  "route-not-found": { retryable: false, meaning: "No route has this path." },
  "method-not-allowed": { retryable: false, meaning: "The route does not take this method." },
  "media-type-unsupported": {
    retryable: false,
    meaning: "The body is not in a media type that the route reads.",
  },
  unauthenticated: { retryable: false, meaning: "The caller did not prove who it is." },
  forbidden: { retryable: false, meaning: "The caller may not do this." },
  refused: {
    retryable: false,
    meaning: "The domain refused the command; the problem carries the refusal's own code.",
  },

  // Appends
  conflict: {
    retryable: true,
    meaning: "A stream is not at the expected version, also after bounded retries.",
  },
  "version-mismatch": {
    retryable: false,
    meaning: "The aggregate is not at the version that the caller required.",
  },
  "command-id-reused": { retryable: false, meaning: "A command id was used before, for another command." },
  "causation-too-deep": {
    retryable: false,
    meaning: "Commands and events cause one another beyond the allowed depth.",
  },
  overloaded: { retryable: true, meaning: "The queue of appends is full." },
  "outcome-unknown": {
    retryable: true,
    meaning: "The store broke off during an append; send the command again with its id.",
  },

  // Domain code
  "domain-threw": {
    retryable: false,
    meaning: "A function of the domain threw: a bug, reported as one. Nothing was changed.",
  },
  "event-type-unknown": {
    retryable: true,
    meaning: "The log holds an event that this version of the service does not know.",
  },
  "event-unreadable": {
    retryable: false,
    meaning: "A recorded event does not fit its schema after upcasting.",
  },

  // Views and tokens
  "view-not-found": { retryable: false, meaning: "The service has no view of this name." },
  "row-not-found": { retryable: false, meaning: "The view has no row with this key." },
  "query-invalid": {
    retryable: false,
    meaning: "A filter, sort or cursor is not one that the view declares.",
  },
  "view-lagging": {
    retryable: true,
    meaning: "The view did not reach the caller's token within the time allowed.",
  },
  "view-building": {
    retryable: true,
    meaning: "The view is being built and has not caught up for the first time.",
  },
  "view-parked": { retryable: false, meaning: "What was asked for is covered by an event that is parked." },
  "token-invalid": { retryable: false, meaning: "The token cannot be read." },
  "log-diverged": {
    retryable: false,
    meaning: "The log is not the one that the token or checkpoint was taken from.",
  },

  // Other services
  "feed-not-found": { retryable: false, meaning: "The service publishes nothing, or is another one." },
  "service-unavailable": { retryable: true, meaning: "Another service cannot be reached, or is busy." },
  "service-refused": {
    retryable: false,
    meaning: "Another service did not take what it was sent or asked, and will not take it later.",
  },
  "feed-unreadable": {
    retryable: false,
    meaning: "The feed of another service holds an integration event that this one cannot take.",
  },

  // Operations
  "processor-not-found": { retryable: false, meaning: "The service has no processor of this name." },
  "parked-not-found": { retryable: false, meaning: "No such parked sequence or event." },
  "discard-refused": {
    retryable: false,
    meaning: "A view's rows must equal the fold of the log, so its events cannot be discarded.",
  },
  "log-not-empty": { retryable: false, meaning: "Only an empty store takes an import." },

  // Stores
  "store-closed": { retryable: false, meaning: "The store was closed." },
  "store-foreign": { retryable: false, meaning: "The database holds something that Millrace did not write." },
  "store-newer": { retryable: false, meaning: "The database was written by a newer version of Millrace." },
  "store-corrupt": { retryable: false, meaning: "The database is damaged." },
  "store-read-only": { retryable: false, meaning: "The database cannot be written." },
  "store-full": { retryable: true, meaning: "The disk is full; nothing of the write was kept." },
  "store-unavailable": {
    retryable: true,
    meaning: "The database cannot be reached or is locked by another process.",
  },
  internal: { retryable: false, meaning: "A fault of the service itself." },
} as const satisfies Record<string, ErrorCodeFacts>;

/** A stable error code. */
export type ErrorCode = keyof typeof errorCodes;
