/** Does some work once, however often it is asked for; after a failure the next who asks has it tried again. */
export function once<T>(work: () => Promise<T>): () => Promise<T> {
  let done: Promise<T> | undefined;
  return () => {
    if (done === undefined) {
      const doing = work();
      done = doing;
      doing.catch(() => {
        if (done === doing) done = undefined;
      });
    }
    return done;
  };
}
