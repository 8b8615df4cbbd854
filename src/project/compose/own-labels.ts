type Labels = Readonly<Record<string, string | null>>;

/** Prefixes of labels that say what is whose: Goku's and docker compose's. */
const reserved = ["goku.", "com.docker.compose."];

/** Labels that a file may give; null where none is left. */
export function ownLabels(labels: unknown): Labels | null {
  if (typeof labels !== "object" || labels === null) {
    return null;
  }
  const left = Object.entries(labels).filter(
    ([name]) => !reserved.some((prefix) => name.toLowerCase().startsWith(prefix)),
  );
  return left.length === 0 ? null : Object.fromEntries(left);
}
