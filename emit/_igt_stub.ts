/**
 * A header in place of IGT's igt.h, for tests: the few macros that an emitted file uses, in the
 * shape in which IGT documents them. It shows that the file is valid C and what it does, not that it
 * builds inside IGT.
 *
 * @module
 */

/** The header's text. */
export const igtStub = `#pragma once
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#define IGT_TEST_DESCRIPTION(text) const char *igt_test_description = text
#define igt_main() main(void)
#define igt_subtest(name) for (int once = printf("Subtest %s\\n", name); once; once = 0)
#define igt_debug(...) fprintf(stderr, __VA_ARGS__)
static inline void __attribute__((noreturn)) igt_end(int status)
{
	exit(status);
}
#define igt_skip(...) do { printf(__VA_ARGS__); igt_end(77); } while (0)
#define igt_assert_eq_s64(a, b) do { \\
	int64_t got = (a), want = (b); \\
	if (got != want) { \\
		printf("%s is %lld, not %lld\\n", #a, (long long)got, (long long)want); \\
		igt_end(98); \\
	} \\
} while (0)
`;
