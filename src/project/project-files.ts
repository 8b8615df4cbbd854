export const dockerfileName = "Dockerfile";
export const cnameFile = "CNAME";
export const submodulesFile = ".gitmodules";

/** Names of a compose file, the one that counts first. */
export const composeNames = [
  "compose.yaml",
  "compose.yml",
  "docker-compose.yml",
  "docker-compose.yaml",
] as const;

/** Ignore files of the Dockerfile, the one that counts first: docker's own order. */
export const ignoreNames = [`${dockerfileName}.dockerignore`, ".dockerignore"] as const;

/** Paths that have to be read from the tree before `readProject`. */
export function projectFiles(): readonly string[] {
  return [dockerfileName, ...ignoreNames, cnameFile, submodulesFile, ...composeNames];
}

/** The tree names submodules. */
export function hasSubmodules(files: ReadonlyMap<string, string>): boolean {
  return /^\s*\[submodule\b/m.test(files.get(submodulesFile) ?? "");
}
