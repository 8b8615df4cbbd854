/** True for an error of Node's file, process and network calls with one of these codes (`ENOENT`, `ESRCH` ...). */
export function hasErrno(error: unknown, ...codes: readonly string[]): boolean {
  return (
    error instanceof Error &&
    "code" in error &&
    typeof error.code === "string" &&
    codes.includes(error.code)
  );
}
