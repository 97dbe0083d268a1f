import { main } from "@pulumi/pulumi/provider";
import { PackageProvider } from "./packageProvider";

/**
 * What Pulumi's plugin host finds in this folder's package, and calls. It offers the components by itself where it finds
 * none, so nothing else is exported here; programs import `index.ts`.
 */
export = (): Promise<void> => {
    const served = main(new PackageProvider(), process.argv.slice(2));
    // The host has every stack trace translated to TypeScript, and the SDK takes several for each resource, which it hardly
    // ever shows: most of the time of a run. Here they name compiled lines.
    Reflect.deleteProperty(Error, "prepareStackTrace");
    return served;
};
