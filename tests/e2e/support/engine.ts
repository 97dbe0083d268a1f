import { spawnSync } from "node:child_process";
import { locate } from "../../scripts/support/shells";

/** Plugins that a stack of this package needs; they are installed together with the engine. */
const PLUGINS = ["kubernetes", "tls", "command"];

/** What this machine lacks to run the real engine, in plain words. Empty when it can. */
export function engineRequirements(): string[] {
    const version = spawnSync("pulumi", ["version"], { encoding: "utf8" });
    if (version.status !== 0) {
        return ["`pulumi` is not on PATH; install it: https://www.pulumi.com/docs/install/"];
    }
    const plugins = spawnSync("pulumi", ["plugin", "ls", "--json"], { encoding: "utf8" });
    const names = plugins.status === 0 ? pluginNames(plugins.stdout) : [];
    // Where one cannot be downloaded, the others are not tried: each may take its time to fail.
    let reachable = true;
    return PLUGINS.filter((plugin) => !names.includes(plugin)).flatMap((plugin) => {
        reachable = reachable && canDownload(plugin);
        return reachable
            ? []
            : [
                  `the plugin ${plugin} is missing; install it: pulumi plugin install resource ${plugin}`,
              ];
    });
}

function pluginNames(json: string): string[] {
    return (JSON.parse(json) as { name: string }[]).map(({ name }) => name);
}

/** Fetches a missing plugin as a user's engine would. */
function canDownload(plugin: string): boolean {
    const { status } = spawnSync("pulumi", ["plugin", "install", "resource", plugin], {
        stdio: "ignore",
        timeout: 120_000,
    });
    return status === 0;
}

/** What this machine lacks to run a program in another language, in plain words. */
export function languageRequirements(language: string, tools: string[]): string[] {
    return [`pulumi-language-${language}`, ...tools]
        .filter((tool) => locate(tool) === undefined)
        .map((tool) => `\`${tool}\` is not on PATH; programs in ${language} need it`);
}
