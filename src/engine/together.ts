/**
 * Who asks for the same at the same moment gets the same answer: the question is put when all that is being done now
 * is done, so that nobody's answer is older than the question.
 */
export function together<A, R>(ask: (about?: A) => Promise<R>): (about?: A) => Promise<R> {
  const pending = new Map<string, Promise<R>>();
  return (about) => {
    const key = JSON.stringify(about) ?? "";
    const known = pending.get(key);
    if (known !== undefined) {
      return known;
    }
    const answer = Promise.resolve().then(() => {
      pending.delete(key);
      return ask(about);
    });
    pending.set(key, answer);
    return answer;
  };
}
