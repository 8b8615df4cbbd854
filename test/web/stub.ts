/** A part of which a test needs a little; touching the rest is a failure. */
export function stub<T extends object>(what: string, known?: Partial<T>): T;
export function stub(what: string, known: object = {}): object {
  return new Proxy(known, {
    get(target, name, receiver): unknown {
      if (Reflect.has(target, name) || typeof name === "symbol" || name === "then") {
        return Reflect.get(target, name, receiver);
      }
      throw new Error(`${what}.${name} is no part of this test`);
    },
  });
}
