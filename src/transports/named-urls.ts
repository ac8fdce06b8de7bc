import { MillraceError } from "../errors/millrace-error.ts";

/** Names and URLs as an environment variable spells them: `accounts=http://accounts:3000,payments=…`. Throws `configuration-invalid`. */
export function namedUrlsIn(variable: string, value: string | undefined): ReadonlyMap<string, string> {
  const urls = new Map<string, string>();
  for (const part of (value ?? "").split(",").filter((each) => each.trim() !== "")) {
    const [, name = "", url = ""] = /^\s*([a-z][a-z0-9-]*)=(.+?)\s*$/.exec(part) ?? [];
    if (name === "") {
      throw invalidSetting(variable, "names and URLs, such as accounts=http://accounts:3000", part);
    }
    urls.set(name, requireUrl(url, variable));
  }
  return urls;
}

/** Throws `configuration-invalid` for what is no URL of HTTP. */
export function requireUrl(url: unknown, where: string): string {
  const parsed = typeof url === "string" && URL.canParse(url) ? new URL(url) : undefined;
  if (typeof url === "string" && (parsed?.protocol === "http:" || parsed?.protocol === "https:")) return url;
  throw invalidSetting(where, "a URL such as http://accounts:3000", url);
}

export function invalidSetting(where: string, expected: string, found: unknown): MillraceError {
  return new MillraceError(
    "configuration-invalid",
    `${where} must be ${expected}; found ${(JSON.stringify(found) ?? String(found)).slice(0, 200)}.`,
    { data: { where } },
  );
}
