/** What the process that serves tells the one that watches. */
export type DevMessage =
  | { readonly kind: "file"; readonly file: string }
  /** The service's files are all right; what fails after this is not theirs. */
  | { readonly kind: "loaded" };
