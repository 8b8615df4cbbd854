/** Namespaces that Goku keeps ready. */
const spares = 2;
/** Those whose replica is gone rest for the next one, at most so many. */
const mostRested = 64;
export const mostSpares = spares + mostRested;

/** What is wrong with the number of namespaces where so many replicas run; empty for nothing. */
export function wrongNamespaces(namespaces: number, replicas: number): string[] {
  const least = replicas + spares;
  return namespaces >= least && namespaces <= replicas + mostSpares
    ? []
    : [`${namespaces} namespaces instead of ${least} to ${replicas + mostSpares}`];
}
