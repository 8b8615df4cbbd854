import { connect } from "node:net";

const timeoutMs = 1000;

/** The generation that nginx answers with; null while it doesn't answer. Old and new workers answer side by side. */
export function askGeneration(socket: string): Promise<number | null> {
  return new Promise((resolve) => {
    let answer = "";
    const connection = connect(socket);
    connection.setEncoding("utf8");
    connection.setTimeout(timeoutMs, () => connection.destroy());
    connection.on("data", (text: string) => (answer += text));
    // Not there yet, or just closed: either is "no answer", which `close` reports.
    connection.on("error", () => connection.destroy());
    connection.on("close", () => resolve(parseGeneration(answer)));
    connection.end("GET /generation HTTP/1.0\r\n\r\n");
  });
}

function parseGeneration(answer: string): number | null {
  const generation = /\r\n\r\n(\d+)$/.exec(answer)?.[1];
  return generation === undefined ? null : Number(generation);
}
