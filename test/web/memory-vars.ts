import type { Vars } from "../../src/ports.ts";

/** Vars that nothing else changes and nobody watches. */
export function memoryVars(): Vars {
  const all = new Map<string, Map<string, string>>();
  const of = (app: string) => all.get(app) ?? new Map<string, string>();
  return {
    place: "memory",
    read: async (app) => Object.fromEntries(of(app)),
    async change(app, wish) {
      const before = of(app);
      const { set, remove } = typeof wish === "function" ? wish(Object.fromEntries(before)) : wish;
      const after = new Map([...before, ...Object.entries(set)]);
      remove.forEach((key) => after.delete(key));
      all.set(app, after);
      const keys = new Set([...before.keys(), ...after.keys()]);
      const changed = [...keys].filter((key) => before.get(key) !== after.get(key));
      return { vars: Object.fromEntries(after), changed };
    },
    removeAll: async (app) => void all.delete(app),
    apps: async () => [...all.keys()],
    watch: () => {
      throw new Error("nobody watches in these tests");
    },
  };
}
