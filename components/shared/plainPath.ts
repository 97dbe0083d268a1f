/** What a path has to be that is mounted, for a sentence about one that is not. */
export const PLAIN_PATH =
    "absolute, without . and .. and in letters, digits, dots, hyphens and underscores";

/** True for an absolute path that means the same to everybody who reads it. */
export function isPlainPath(path: string): boolean {
    return /^(\/[A-Za-z0-9_][A-Za-z0-9._-]*)+$/.test(path);
}
