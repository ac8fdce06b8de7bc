import type { CommandCall } from "../message/command.ts";
import type { AnyAggregate } from "./aggregate.ts";
import { requireDuration } from "./duration.ts";
import type { EventOf } from "./event-source.ts";
import { type Process, process } from "./process.ts";
import type { CommandAnswer } from "./process-handlers.ts";
import { become, cancel, schedule, send } from "./process-step.ts";
import { type Asked, askReferrer, type ReferenceCommands } from "./reference-marks.ts";
import { shape } from "./schema.ts";

export interface RetirementDeclaration<A extends AnyAggregate, Type extends EventOf<A>["type"]> {
  /** Kebab-case: see `ProcessDeclaration.name`. */
  readonly name: string;
  readonly of: A;
  /** The event with which somebody wants to retire an aggregate, which is pending from then on. */
  readonly asked: Type;
  /** The services to ask, which `decide` had of `DecisionFacts.referrers` and wrote into that event. */
  readonly referrers: (event: Extract<EventOf<A>, { readonly type: NoInfer<Type> }>) => readonly string[];
  /** What retires it, once all have acknowledged. */
  readonly retire: (aggregateId: string) => CommandCall;
  /** What keeps it, where one has refused, or not answered in time: the reason says which and why. */
  readonly keep: (aggregateId: string, reason: string) => CommandCall;
  /** Events after which one that was retired may be referred to again. */
  readonly restored?: readonly EventOf<A>["type"][];
  /** How long to wait for all; default "30 s". */
  readonly within?: string;
}

interface State {
  readonly id: string;
  readonly phase: "in use" | "asking" | "retired";
  /** How often it was asked for: an answer to an earlier time is none to this one. */
  readonly round: number;
  readonly referrers: readonly string[];
  readonly acknowledged: readonly string[];
}

const unused: State = { id: "", phase: "in use", round: 0, referrers: [], acknowledged: [] };

/**
 * Declares how aggregates are retired that other services may refer to: each of these is asked, and refuses while it refers to the one in
 * question. One that has acknowledged lets nothing begin to refer to it, until it is told that it stays. A process of the service that owns them.
 */
export function retirement<A extends AnyAggregate, const Type extends EventOf<A>["type"]>(
  declaration: RetirementDeclaration<A, Type>,
): Process {
  const { name, of, asked, referrers, retire, keep, restored = [], within = "30 s" } = declaration;
  requireDuration(within);

  const begin = (before: State, event: EventOf<A>) => {
    const { aggregateId: id } = event;
    const round = before.round + 1;
    const asks = referrers(event as Parameters<typeof referrers>[0]);
    const next: State = { id, phase: "asking", round, referrers: asks, acknowledged: [] };
    // Who is not asked again must not keep it for retired: nobody would ever tell.
    const dropped = before.acknowledged
      .filter((referrer) => before.phase === "asking" && !asks.includes(referrer))
      .map((referrer) => release(before, referrer));
    if (asks.length === 0) return [...complete(next), ...dropped];
    return [
      become(next),
      ...dropped,
      ...asks.map((referrer) => send(askReferrer(referrer, "RetireReference", id, { round }))),
      schedule("unanswered", { after: within }),
    ];
  };

  const complete = (state: State) => [
    become({ ...state, phase: "retired" } as const),
    cancel("unanswered"),
    send(retire(state.id)),
  ];

  const lift = (before: State, reason: string) => [
    become({ ...before, phase: "in use" } as const),
    cancel("unanswered"),
    ...before.acknowledged.map((referrer) => release(before, referrer)),
    send(keep(before.id, reason)),
  ];

  const answered = (before: State, answer: CommandAnswer) => {
    const { service = "", data } = answer.call as CommandCall<keyof ReferenceCommands, Asked>;
    const isCurrent = data.round === before.round && before.phase === "asking";
    if (answer.status === "refused") {
      return isCurrent ? lift(before, `${service}: ${answer.detail}`) : undefined;
    }
    // It came too late: the other service must not keep for retired what stays in use, or what it is no longer asked about.
    const isOver = before.phase === "in use" || !before.referrers.includes(service);
    if (!isCurrent) return isOver ? release(before, service) : undefined;
    const acknowledged = [...before.acknowledged, service];
    const next = { ...before, acknowledged };
    return before.referrers.every((referrer) => acknowledged.includes(referrer))
      ? complete(next)
      : become(next);
  };

  const retired = (before: State, { status }: CommandAnswer) =>
    status === "refused" && before.phase === "retired"
      ? lift(before, `${of.name} ${before.id} could not be retired.`)
      : undefined;

  const inUseAgain = (before: State) =>
    before.phase === "retired"
      ? [
          become({ ...before, phase: "in use" } as const),
          ...before.acknowledged.map((referrer) => release(before, referrer)),
        ]
      : undefined;

  return process({
    name,
    from: [of],
    correlate: ({ aggregateId }) => aggregateId,
    begins: asked,
    state: shape<State>(),
    initialState: unused,
    on: Object.fromEntries([[asked, begin], ...restored.map((type) => [type, inUseAgain])]),
    answers: { RetireReference: answered, [retire("").type]: retired },
    deadlines: {
      unanswered: (before) => {
        const silent = before.referrers.filter((referrer) => !before.acknowledged.includes(referrer));
        return lift(before, `${silent.join(", ")} did not answer within ${within}.`);
      },
    },
  });
}

function release({ id, round }: State, referrer: string) {
  return send(askReferrer(referrer, "KeepReference", id, { round }));
}
