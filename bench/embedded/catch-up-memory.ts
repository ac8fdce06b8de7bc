import { judge } from "../measure.ts";
import { catchUp } from "./catch-up.ts";

const mebibyte = 2 ** 20;

// A process of its own over a log that another one filled, so that nothing else counts.
const [path = "", events = "0"] = process.argv.slice(2);
const samples: number[] = [];
const timer = setInterval(() => samples.push(process.memoryUsage().rss / mebibyte), 100);
const rate = await catchUp(path, Number(events));
clearInterval(timer);
const third = Math.floor(samples.length / 3);
const peak = (values: readonly number[]) => Math.max(0, ...values);
const thirds = [samples.slice(0, third), samples.slice(third, 2 * third), samples.slice(2 * third)];
console.log(
  `\nCatch-up of ${Number(events).toLocaleString("en-US")} events: ${Math.round(rate).toLocaleString("en-US")} events/s`,
);
console.log(
  `  resident memory, MiB, peak of each third: ${thirds.map((part) => Math.round(peak(part))).join(", ")}`,
);
judge("peak MiB", peak(samples), 200, "at most");
