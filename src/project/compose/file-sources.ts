import { badProject } from "../../errors.ts";
import type { DefinitionPart, TreeMount } from "../../service.ts";
import { quote } from "../bad-line.ts";
import type { ComposeInput } from "./compose-input.ts";
import { escaped, plain } from "./dollars.ts";
import { hashOfText } from "./hash-of.ts";
import type { ModelFileSource } from "./model.ts";
import { factOf, mountedFiles, type TreeMounts } from "./tree-mounts.ts";

/** A text that has to be a file on the server before containers can mount it. */
export interface InlineFile {
  /** Absolute path on the server. */
  readonly source: string;
  /** SHA-256 of the text, hex: the name that `source` was made from. */
  readonly hash: string;
  readonly text: string;
}

const kinds = ["secrets", "configs"] as const;
type Kind = (typeof kinds)[number];

/**
 * Texts of secrets and configs that the file writes out or takes from config vars, each once.
 * @throws badProject for a config var that is not set
 */
export function inlineFiles(input: ComposeInput): InlineFile[] {
  const files = kinds.flatMap((kind) =>
    mountedParts(input, kind).flatMap(([name, part]) => {
      const text = inlineText(input, kind, name, part);
      return text === null ? [] : [inlineFile(input, text)];
    }),
  );
  return [...new Map(files.map((file) => [file.hash, file])).values()];
}

/** A secret of a build that comes from a config var. */
export interface BuildSecret extends InlineFile {
  readonly name: string;
}

/**
 * Secrets that builds take from config vars, as files: docker compose would look for them in its own environment, which
 * has no config vars, and build with an empty one.
 * @throws badProject for a config var that is not set
 */
export function buildSecrets(input: ComposeInput): BuildSecret[] {
  const used = Object.values(input.model.services).flatMap(({ build }) =>
    (build?.secrets ?? []).map(({ source }) => source),
  );
  return [...new Set(used)].flatMap((name) => {
    const text = inlineText(input, "secrets", name, input.model.secrets?.[name] ?? {});
    return text === null ? [] : [{ name, ...inlineFile(input, text) }];
  });
}

/**
 * The same as mounts, so that they are kept as long as a release needs them and missed when they are gone. The tree has
 * nothing for them: they have to be written before mounts are put in place.
 */
export function inlineMounts(input: ComposeInput): TreeMount[] {
  return inlineFiles(input).map(({ source, hash }) => ({
    path: "",
    kind: "content",
    form: "file",
    hash,
    source,
  }));
}

/** Secrets or configs that containers mount, each as a file. @throws badProject */
export function fileSources(
  input: ComposeInput,
  kind: Kind,
  tree: TreeMounts,
): Record<string, DefinitionPart> {
  return Object.fromEntries(
    mountedParts(input, kind).map(([name, part]) => {
      const text = inlineText(input, kind, name, part);
      const source =
        text === null ? pathOf(input, kind, name, part, tree) : inlineFile(input, text).source;
      return [name, { file: escaped(source) }];
    }),
  );
}

function mountedParts({ model }: ComposeInput, kind: Kind): [string, ModelFileSource][] {
  const mounted = mountedFiles(model, kind);
  return Object.entries(model[kind] ?? {}).flatMap(([name, part]): [string, ModelFileSource][] =>
    mounted.has(name) ? [[name, part ?? {}]] : [],
  );
}

function inlineText(
  { vars, file, app }: ComposeInput,
  kind: Kind,
  name: string,
  part: ModelFileSource,
): string | null {
  if (part.content !== undefined) {
    return plain(part.content);
  }
  if (part.environment === undefined) {
    return null;
  }
  const key = plain(part.environment);
  const value = Object.hasOwn(vars, key) ? vars[key] : undefined;
  if (value === undefined) {
    throw badProject(
      `${file}: ${singular(kind)} ${name} comes from the config var ${quote(key)}, which is not set.`,
      `Set it and push again: octo config:set ${app.name}/${key} -`,
    );
  }
  return value;
}

function inlineFile({ sourceOf }: ComposeInput, text: string): InlineFile {
  const hash = hashOfText(text);
  return { source: sourceOf("content", hash), hash, text };
}

function pathOf(
  input: ComposeInput,
  kind: Kind,
  name: string,
  part: ModelFileSource,
  tree: TreeMounts,
): string {
  const { file } = input;
  if (part.file === undefined) {
    throw badProject(
      `${file}: ${singular(kind)} ${name} is kept outside of the file, which only Docker Swarm can do.`,
      `Give it a file, or take it from a config var: ${name}: {environment: ${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")}}`,
    );
  }
  const path = plain(part.file);
  const fact = factOf(input, path);
  if (fact.where === "missing") {
    throw badProject(
      `${file}: ${singular(kind)} ${name} comes from the file ${quote(fact.path ?? path)}, which is not in the tree.`,
      `Commit it, or take it from a config var: ${name}: {environment: ${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")}}`,
    );
  }
  return tree.source(path, "reads");
}

function singular(kind: Kind): string {
  return kind === "secrets" ? "secret" : "config";
}
