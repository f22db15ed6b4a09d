/**
 * SHA-256 in C, for bytes that a trace holds as their hash.
 *
 * @module
 */

/** The whole part of `value ** (1 / degree)`. */
function root(value: bigint, degree: bigint): bigint {
  let found = 0n;
  for (let bit = 1n << (BigInt(value.toString(2).length) / degree + 1n); bit > 0n; bit >>= 1n) {
    if ((found | bit) ** degree <= value) found |= bit;
  }
  return found;
}

/** The first 32 bits of the fractions of the first primes' roots, as FIPS 180-4 (4.2.2) wants. */
function fractions(count: number, degree: 2 | 3): string[] {
  const words: string[] = [];
  for (let n = 2; words.length < count; n++) {
    if (Array.from({ length: n - 2 }, (_, i) => i + 2).some((d) => n % d === 0)) continue;
    const scaled = root(BigInt(n) << BigInt(32 * degree), BigInt(degree));
    words.push(`0x${BigInt.asUintN(32, scaled).toString(16).padStart(8, "0")}`);
  }
  return words;
}

function rows(words: readonly string[]): string[] {
  return words.flatMap((_, i) => i % 6 === 0 ? [`\t\t${words.slice(i, i + 6).join(", ")},`] : []);
}

/** `has_sha256(bytes, length, hash)`: 1 or 0. */
export function sha256Lines(): readonly string[] {
  return `static uint32_t rotated(uint32_t word, int by)
{
	return word >> by | word << (32 - by);
}

/* SHA-256 (FIPS 180-4) of one more block of 64 bytes. */
static void sha256_block(uint32_t hash[8], const unsigned char *block)
{
	static const uint32_t constants[64] = {
${rows(fractions(64, 3)).join("\n")}
	};
	uint32_t words[64], state[8];
	int i;

	for (i = 0; i < 16; i++)
		words[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
			   (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
	for (; i < 64; i++) {
		uint32_t a = words[i - 15], b = words[i - 2];

		words[i] = words[i - 16] + words[i - 7] +
			   (rotated(a, 7) ^ rotated(a, 18) ^ (a >> 3)) +
			   (rotated(b, 17) ^ rotated(b, 19) ^ (b >> 10));
	}
	memcpy(state, hash, sizeof(state));
	for (i = 0; i < 64; i++) {
		uint32_t a = state[0], b = state[1], c = state[2], e = state[4], t;

		t = state[7] + (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) +
		    ((e & state[5]) ^ (~e & state[6])) + constants[i] + words[i];
		memmove(state + 1, state, 7 * sizeof(*state));
		state[4] += t;
		state[0] = t + (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) +
			   ((a & b) ^ (a & c) ^ (b & c));
	}
	for (i = 0; i < 8; i++)
		hash[i] += state[i];
}

/* Whether bytes have this hash. */
static int has_sha256(const unsigned char *bytes, size_t length, const char *want)
{
	uint32_t hash[8] = {
${rows(fractions(8, 2)).join("\n")}
	};
	unsigned char last[128] = { 0 };
	size_t whole = length / 64 * 64, rest = length - whole, at;
	size_t end = rest < 56 ? 64 : 128;
	char got[65];
	int i;

	for (at = 0; at < whole; at += 64)
		sha256_block(hash, bytes + at);
	memcpy(last, bytes + whole, rest);
	last[rest] = 0x80;
	for (i = 0; i < 8; i++)
		last[end - 1 - i] = (uint64_t)length * 8 >> (8 * i);
	for (at = 0; at < end; at += 64)
		sha256_block(hash, last + at);
	for (i = 0; i < 8; i++)
		snprintf(got + 8 * i, 9, "%08" PRIx32, hash[i]);
	return strcmp(got, want) == 0;
}`.split("\n");
}
