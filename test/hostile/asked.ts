import { inspect } from "node:util";

/**
 * A part of which a test needs a little, or a real one: every call of it is written down, with its arguments. What it does
 * not have is written down, too, and fails.
 */
export function asked<T extends object>(calls: string[], what: string, known: Partial<T>): T;
export function asked(calls: string[], what: string, known: object): object {
  return new Proxy(known, {
    get(target, name): unknown {
      const value: unknown = Reflect.get(target, name);
      const isThere = Reflect.has(target, name) && typeof value !== "function";
      if (isThere || typeof name === "symbol" || name === "then") {
        return value;
      }
      return (...given: readonly unknown[]): unknown => {
        calls.push(`${what}.${name}(${inspect(given, { depth: 8, breakLength: Infinity })})`);
        if (typeof value !== "function") {
          throw new Error(`${what}.${name} is no part of this test`);
        }
        return Reflect.apply(value, target, given);
      };
    },
  });
}
