/** No cgo: the programs run in images that hold nothing else. No other toolchain: nothing but modules is downloaded. */
export function goEnvironment(): NodeJS.ProcessEnv {
    return { ...process.env, CGO_ENABLED: "0", GOTOOLCHAIN: "local" };
}
