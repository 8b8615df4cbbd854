/** Where an image comes from. */
export interface Reference {
  /** `docker.io`, `registry.example.org:5000` */
  readonly host: string;
  /** As Docker's API wants it: everything but the tag or digest. */
  readonly repository: string;
  /** Tag, or digest (`sha256:...`). */
  readonly version: string;
}

/** Docker's rules: a first part with a dot, a colon or the name localhost is a registry. */
export function parseReference(text: string): Reference {
  const [name = "", digest] = text.split("@", 2);
  const slash = name.lastIndexOf("/");
  const colon = name.lastIndexOf(":");
  const hasTag = colon > slash;
  const repository = hasTag ? name.slice(0, colon) : name;
  const [first = ""] = repository.split("/");
  const isHost = repository.includes("/") && (/[.:]/.test(first) || first === "localhost");
  return {
    host: isHost ? first : "docker.io",
    repository,
    version: digest ?? (hasTag ? name.slice(colon + 1) : "latest"),
  };
}
