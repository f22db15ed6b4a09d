/**
 * What stands before the definitions of a C file: headers, and what old C libraries lack.
 *
 * @module
 */

/** Headers, and what in a file asks for each; all files have the others. */
const includes: readonly (readonly [string, RegExp?])[] = [
  ["errno.h"],
  ["fcntl.h"],
  ["inttypes.h", /\bPRI\w+\b/],
  ["poll.h", /\bpoll\(/],
  ["setjmp.h", /\bsigjmp_buf\b/],
  ["signal.h", /\bsigaction\b/],
  ["stdarg.h", /\bva_list\b/],
  ["stddef.h"],
  ["stdint.h"],
  ["stdio.h"],
  ["stdlib.h"],
  ["string.h"],
  ["sys/ioctl.h", /\bioctl\(/],
  ["sys/mman.h", /\bmmap\(|\bmap_error\(|\bMFD_/],
  ["sys/stat.h", /\bstruct stat\b/],
  ["sys/syscall.h", /\bsyscall\(/],
  ["sys/types.h"],
  ["sys/vfs.h", /\bstruct statfs\b/],
  ["time.h", /\bclock_gettime\(/],
  ["unistd.h"],
];

/** Constants that C libraries older than the kernel do not have. */
const late: Readonly<Record<string, string>> = {
  F_ADD_SEALS: "1033",
  F_GET_SEALS: "1034",
  MFD_CLOEXEC: "1",
  MFD_ALLOW_SEALING: "2",
};

function hasWord(code: string, word: string): boolean {
  return new RegExp(`\\b${word}\\b`).test(code);
}

/** The feature macros and `#include` lines that some code needs. */
export function includeLines(code: string): readonly string[] {
  return [
    "#ifndef _GNU_SOURCE",
    "#define _GNU_SOURCE",
    "#endif",
    "#define _FILE_OFFSET_BITS 64",
    ...includes.filter(([, asks]) => asks?.test(code) ?? true).map(([name]) =>
      `#include <${name}>`
    ),
  ];
}

/** Definitions of constants that the C library may lack. */
export function lateConstants(code: string): readonly string[] {
  return Object.entries(late).filter(([name]) => hasWord(code, name))
    .flatMap(([name, value]) => [`#ifndef ${name}`, `#define ${name} ${value}`, "#endif"]);
}

/** Types of 64 bits that are aligned so everywhere, as the kernel has them: 32-bit x86 would not. */
export function wideTypes(code: string): readonly string[] {
  return [["uint64_t", "aligned_u64"], ["int64_t", "aligned_s64"]]
    .filter(([, name = ""]) => hasWord(code, name))
    .map(([type, name]) => `typedef ${type} ${name} __attribute__((aligned(8)));`);
}
