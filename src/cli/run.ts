import { type Command, CommanderError } from "commander";
import { describeFailure } from "./describe-failure.ts";
import { ExitCode } from "./exit-code.ts";

/** Parses `args`, does what they say and resolves with the exit code: 0 done, 1 failed or found something, 2 misused. */
export async function run(program: Command, args: readonly string[]): Promise<number> {
  const verbose = args.includes("--verbose") || (process.env.DEBUG ?? "") !== "";
  try {
    await program.parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof ExitCode) return error.exitCode;
    // Commander has written its message (or the help that was asked for) by now.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    process.stderr.write(describeFailure(error, verbose));
    return 1;
  }
}
