import {
  type Actor,
  type AnyAccess,
  mayCommand,
  mayReadAggregate,
  mayReadFeed,
  mayReadView,
} from "../domain/access.ts";
import { isMillraceError, MillraceError } from "../errors/millrace-error.ts";
import type { Exchange } from "./exchange.ts";
import { unauthenticated } from "./unauthenticated.ts";

export interface GateSettings {
  readonly access: AnyAccess | undefined;
  /** Whether callers can prove who they are at all. */
  readonly authenticates: boolean;
  readonly development: boolean;
  readonly operatorRole: string;
  readonly isLoopback: (request: Request) => boolean;
}

/** Decides who gets through (G12). Each `require…` throws `unauthenticated` where nobody was authenticated, else `forbidden`. */
export class Gate {
  readonly #settings: GateSettings;

  constructor(settings: GateSettings) {
    this.#settings = settings;
  }

  mayCommand(aggregate: string, command: string, actor: Actor | undefined): boolean {
    const { access } = this.#settings;
    return (
      this.#withoutRules(actor) ??
      verdict(`commands of ${aggregate}`, () => mayCommand(access, aggregate, command, actor))
    );
  }

  requireCommand(aggregate: string, command: string, actor: Actor | undefined): void {
    if (!this.mayCommand(aggregate, command, actor)) throw denied(actor, `send ${command} to ${aggregate}`);
  }

  mayReadAggregate(aggregate: string, actor: Actor | undefined): boolean {
    const { access } = this.#settings;
    return (
      this.#withoutRules(actor) ??
      verdict(`reading ${aggregate}`, () => mayReadAggregate(access, aggregate, actor))
    );
  }

  requireReadAggregate(aggregate: string, actor: Actor | undefined): void {
    if (!this.mayReadAggregate(aggregate, actor)) throw denied(actor, `read ${aggregate}`);
  }

  requireReadView(view: string, actor: Actor | undefined): void {
    const { access } = this.#settings;
    const mayRead =
      this.#withoutRules(actor) ?? verdict(`the view ${view}`, () => mayReadView(access, view, actor));
    if (!mayRead) throw denied(actor, `read the view ${view}`);
  }

  requireReadFeed(actor: Actor | undefined): void {
    const { access } = this.#settings;
    const mayRead = this.#withoutRules(actor) ?? verdict("the feed", () => mayReadFeed(access, actor));
    if (!mayRead) throw denied(actor, "read the feed");
  }

  /** Operators, and in development whoever sits at this machine. */
  requireOperator({ request, actor }: Pick<Exchange, "request" | "actor">): void {
    const { operatorRole, development, isLoopback } = this.#settings;
    if (actor?.roles.includes(operatorRole)) return;
    if (development && isLoopback(request) && !isFromAnotherSite(request)) return;
    throw denied(actor, `operate this service: it takes the role ${operatorRole}`);
  }

  /** Without access rules whoever can reach the service may do everything; if it asks for tokens, reaching it takes one. */
  #withoutRules(actor: Actor | undefined): boolean | undefined {
    const { access, authenticates } = this.#settings;
    return access === undefined ? !authenticates || actor !== undefined : undefined;
  }
}

/**
 * What an access rule says. Only `true` lets in: a rule that throws, or that says anything else, such as a promise, is a
 * bug (`domain-threw`), and lets nobody in.
 */
function verdict(what: string, rule: () => boolean): boolean {
  try {
    const said: unknown = rule();
    if (typeof said === "boolean") return said;
    throw new MillraceError(
      "domain-threw",
      `The access rule for ${what} must say true or false; it said ${said instanceof Promise ? "a promise" : typeof said}.`,
    );
  } catch (cause) {
    if (isMillraceError(cause)) throw cause;
    throw new MillraceError("domain-threw", `The access rule for ${what} threw.`, { cause });
  }
}

/** A web page that the developer happens to visit is at this machine too; its browser tells where it comes from. */
function isFromAnotherSite({ headers }: Request): boolean {
  const site = headers.get("sec-fetch-site");
  if (site !== null) return site !== "same-origin" && site !== "none";
  const origin = headers.get("origin");
  return origin !== null && origin.replace(/^https?:\/\//, "") !== headers.get("host");
}

function denied(actor: Actor | undefined, what: string): MillraceError {
  return actor === undefined
    ? unauthenticated(`Nobody is authenticated, and not everybody may ${what}.`)
    : new MillraceError("forbidden", `${JSON.stringify(actor.id)} may not ${what}.`);
}
