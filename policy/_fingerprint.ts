/**
 * What tells two findings apart, and a finding of today from that of yesterday.
 *
 * @module
 */
import { keyOf, type KnownFinding } from "./baseline.ts";

/** Hexadecimal digits of a fingerprint: 64 bits. */
const DIGITS = 16;

/**
 * A fingerprint for each finding: of its rule, its file and the text of its line, and of how many
 * like it came before it. Where in the file the line stands is no part of it.
 */
export async function fingerprints(findings: readonly KnownFinding[]): Promise<readonly string[]> {
  const seen = new Map<string, number>();
  const hashes = new Map<string, string>();
  const all: string[] = [];
  for (const finding of findings) {
    const key = keyOf(finding);
    const before = seen.get(key) ?? 0;
    seen.set(key, before + 1);
    let hash = hashes.get(key);
    if (hash === undefined) {
      const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
      hash = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0"))
        .join("").slice(0, DIGITS);
      hashes.set(key, hash);
    }
    all.push(`${hash}:${before + 1}`);
  }
  return all;
}
