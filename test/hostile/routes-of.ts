import type { Express } from "express";

/**
 * What an express app answers, in order: `POST /api/:verb`, and `*` for a handler of every path, by its name where it
 * has one. A router is its routes.
 */
export function routesOf(app: Express): string[] {
  return layersOf(app.router).flatMap(describeLayer);
}

interface Layer {
  readonly name: string;
  readonly handle: unknown;
  readonly route?: { readonly path: unknown; readonly methods: Readonly<Record<string, boolean>> };
}

function layersOf(router: unknown): readonly Layer[] {
  if (!hasStack(router)) {
    throw new Error("express keeps its routes elsewhere");
  }
  return router.stack;
}

function describeLayer({ name, handle, route }: Layer): string[] {
  if (route !== undefined) {
    const methods = Object.keys(route.methods).map((method) => method.toUpperCase());
    return methods.map((method) => `${method} ${String(route.path)}`);
  }
  return hasStack(handle) ? layersOf(handle).flatMap(describeLayer) : [`* ${name}`];
}

function hasStack(value: unknown): value is { readonly stack: readonly Layer[] } {
  const isOpen = typeof value === "function" || (typeof value === "object" && value !== null);
  return isOpen && "stack" in value && Array.isArray(value.stack);
}
