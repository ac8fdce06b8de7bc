/** What the doctor says of one thing. */
export interface Finding {
  readonly verdict: "OK" | "WARN" | "FAIL";
  readonly subject: string;
  readonly detail: string;
  /** What to do. */
  readonly advice?: string;
}

export function ok(subject: string, detail: string): Finding {
  return { verdict: "OK", subject, detail };
}

export function warn(subject: string, detail: string, advice: string): Finding {
  return { verdict: "WARN", subject, detail, advice };
}

export function fail(subject: string, detail: string, advice: string): Finding {
  return { verdict: "FAIL", subject, detail, advice };
}
