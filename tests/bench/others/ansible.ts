import { execFileSync, spawn } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheDirectory } from "../../cluster/harness/paths";
import { ended } from "../support/ended";
import type { Login } from "./login";

/** The release that is measured. */
const RELEASE = "2.19.14";
const PLAYBOOK = join(__dirname, "playbook.yml");

/** Ansible in a virtual environment of its own, or why there is none. */
export type Found = { bin: string; why?: undefined } | { bin?: undefined; why: string };

/** Installs ansible-core once, beside the parts of the test cluster. */
export function findAnsible(): Found {
    const folder = join(cacheDirectory(), `ansible-core-${RELEASE}`);
    const whole = join(folder, "whole");
    const bin = join(folder, "bin");
    if (existsSync(whole)) return { bin };
    try {
        rmSync(folder, { recursive: true, force: true });
        execFileSync("python3", ["-m", "venv", folder], { stdio: "pipe" });
        const install = ["-m", "pip", "install", "--quiet", `ansible-core==${RELEASE}`];
        execFileSync(join(bin, "python"), install, { stdio: "pipe" });
        writeFileSync(whole, "");
        return { bin };
    } catch (error) {
        const said = String((error as { stderr?: Buffer }).stderr ?? "").trim();
        const last = said.split("\n").at(-1) ?? "";
        return {
            why: `ansible-core ${RELEASE} cannot be installed: ${last === "" ? (error as Error).message : last}`,
        };
    }
}

/** Runs the playbook and returns the seconds that it took. */
export async function runPlaybook(bin: string, { folder, nodes, user }: Login): Promise<number> {
    const hosts = nodes.map(
        ({ name, host, port }) => `${name} ansible_host=${host} ansible_port=${port}`,
    );
    const approver = nodes.find((node) => node.controlPlane)?.name ?? "";
    const inventory = join(folder, "inventory.ini");
    writeFileSync(
        inventory,
        [
            ...hosts,
            "[approver]",
            approver,
            "[all:vars]",
            `ansible_user=${user}`,
            `ansible_ssh_private_key_file=${join(folder, "key")}`,
            `ansible_ssh_common_args=-o IdentitiesOnly=yes -o StrictHostKeyChecking=yes -o UserKnownHostsFile=${join(folder, "known_hosts")}`,
            "",
        ].join("\n"),
    );
    const child = spawn(join(bin, "ansible-playbook"), ["-i", inventory, PLAYBOOK], {
        stdio: ["ignore", "pipe", "pipe"],
        env: {
            ...process.env,
            LC_ALL: "C.UTF-8",
            ANSIBLE_HOME: join(folder, "ansible"),
            ANSIBLE_NOCOLOR: "1",
        },
    });
    const { code, seconds, output } = await ended(child);
    if (code !== 0) {
        throw new Error(`ansible-playbook failed:\n${output.slice(-4000)}`);
    }
    return seconds;
}
