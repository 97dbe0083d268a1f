import { PulumiCommand } from "@pulumi/pulumi/automation";

/** Installs the Pulumi CLI the official way into a folder. Run as a process of its own, so that it can be given up. */
async function main(folder: string | undefined): Promise<void> {
    if (folder === undefined) {
        throw new Error("which folder?");
    }
    await PulumiCommand.install({ root: folder });
}

main(process.argv[2]).catch((error: unknown) => {
    const [line = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
    console.error(line);
    process.exitCode = 1;
});
