import { killRounds } from "../crash/kill-rounds.ts";

// The long form of what `npm test` does in short: the same code with more rounds and other seeds.
const [rounds = "50", seed = String(Math.floor(Math.random() * 1e6))] = process.argv.slice(2);
console.log(`Killing with -9, ${rounds} rounds, seed ${seed}`);
await killRounds(Number(rounds), Number(seed), console.log);
console.log("No acknowledged event lost, no row wrong, no effect twice.");
