/** What stands in for a function: it may look at the call, and makes it by `call()`. */
export type Around = (call: () => unknown, args: readonly unknown[], self: unknown) => unknown;

/** Puts something around a function of an object. @throws where there is no such function */
export function replace(target: object, name: string, around: Around): void {
  const original: unknown = Reflect.get(target, name);
  if (typeof original !== "function") {
    throw new TypeError(`there is no function ${name}`);
  }
  Object.defineProperty(target, name, {
    configurable: true,
    writable: true,
    enumerable: true,
    value(this: unknown, ...args: unknown[]): unknown {
      return around(() => Reflect.apply(original, this, args), args, this);
    },
  });
}
