/** Takes out of a text what differs from run to run: ids, versions, random and temporary names, process ids. Pure. */
export function normalised(text: string, folder: string): string {
  return text
    .replaceAll(folder, "")
    .replaceAll(/gkt-[0-9a-f]{8}-?/g, "")
    .replaceAll(/goku-test-\w{6}/g, "#")
    .replaceAll(/goku-compose-\w{6}/g, "goku-compose-#")
    .replaceAll(/\bapp\d+/g, "appN")
    .replaceAll(/\bv\d+\b/g, "vN")
    .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "#")
    .replaceAll(/(?<![0-9a-z])[0-9a-f]{6,}(?![0-9a-z])/g, "#")
    .replaceAll(/\/proc\/self\/fd\/\d+/g, "fd")
    .replaceAll(/\d{3,}/g, "N")
    .replaceAll(/(?<=\/(?:nginx|run)\/.*)\b\d+\b/g, "N");
}

/** `POST /containers/create blog-main.vN.1` */
export function requestLabel(method: string, path: string): string {
  const [name = "", query = ""] = path.split("?");
  const parameters = new URLSearchParams(query);
  const shown = ["name", "t", "fromImage", "condition"].flatMap((key) => parameters.get(key) ?? []);
  return [method, name.replace(/^\/v1\.\d+\//, "/"), ...shown].join(" ");
}

/** `git cat-file`, `docker compose create`: the program and its words, without options and paths. */
export function commandLabel(file: string, args: readonly string[]): string {
  const words = args.filter((each) => /^[a-z][a-z-]+$|^-[a-z]$/i.test(each)).slice(0, 4);
  return [file.split("/").at(-1) ?? file, ...words].join(" ");
}

/** `UPDATE releases publishing`: the statement's first words, and the status that it sets. */
export function statementLabel(sql: string, parameters: readonly unknown[]): string {
  const words = /^\s*(INSERT(?: OR \w+)?(?: INTO)?|UPDATE|DELETE FROM|\w+)\s+(\w*)/i.exec(sql);
  const first = parameters[0];
  const status =
    typeof first === "object" && first !== null && "status" in first ? String(first.status) : "";
  return [words?.[1] ?? "", words?.[2] ?? "", status].filter((word) => word !== "").join(" ");
}
