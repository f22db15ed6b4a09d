/** A kernel release, compared by its first two numbers. */
export interface Release {
  /** As `uname -r` prints it. */
  readonly text: string;
  readonly major: number;
  readonly minor: number;
}

/** Reads `6.12`, `7.2.13`, `6.12.107-arm64`; null where it does not start like that. */
export function parseRelease(text: string): Release | null {
  const match = /^(\d{1,3})\.(\d{1,4})(?:[.-].*)?$/.exec(text);
  if (match === null) return null;
  return { text, major: Number(match[1]), minor: Number(match[2]) };
}

/** Whether a release is `major.minor` or later. */
export function atLeast(release: Release, major: number, minor: number): boolean {
  return release.major > major || (release.major === major && release.minor >= minor);
}
