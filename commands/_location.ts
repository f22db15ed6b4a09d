/**
 * Errors that came out of a script, with their file, line and column.
 *
 * @module
 */
import { type Placed, placeOf } from "./_script.ts";

/** Where an error stands, for whoever prints it. */
export interface Location extends Placed {
  readonly file: string;
}
const locations = new WeakMap<Error, Location>();

/** File, line and column of an error that came out of a script. */
export function locationOf(error: Error): Location | undefined {
  return locations.get(error);
}

function locate(error: unknown, file: string): unknown {
  if (error instanceof Error) {
    const place = placeOf(error);
    if (place !== undefined && !locations.has(error)) locations.set(error, { file, ...place });
  }
  return error;
}

/** Adds the file to errors that have a line. */
export function located<T>(action: () => T, file: string): T {
  try {
    return action();
  } catch (error) {
    throw locate(error, file);
  }
}

/** The same for what takes time. */
export async function locatedAsync<T>(action: () => Promise<T>, file: string): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw locate(error, file);
  }
}
