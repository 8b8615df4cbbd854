/** placeholder for typing while the real one is written */
export interface Queue {
  cancel(app: string, why: string): boolean;
}
